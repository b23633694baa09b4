// 24Cxx EEPROMs: 24C02 with an 8-bit data address, 24C04 to 24C16 with its upper bits in the device address, 24C32
// and above with a 16-bit one. Microchip AT24C02 DS20006127, AT24C04/08 DS20006130, AT24C64 DS20006270: Read Operations.
import type { I2cBus } from '../core/ports.ts';
import type { BytesAnswer, EepromChip } from './chip.ts';
import { ChipRegisters } from './chip-registers.ts';

export interface At24Variant {
  readonly sizeBytes: number;
  readonly addressBytes: 1 | 2;
}

function variant(kibibit: number): At24Variant {
  return { sizeBytes: kibibit * 128, addressBytes: kibibit > 16 ? 2 : 1 };
}

export const at24Variants: Readonly<Record<string, At24Variant>> = Object.fromEntries(
  [2, 4, 8, 16, 32, 64, 128, 256, 512].flatMap((kibibit) => {
    const name = `24c${String(kibibit).padStart(2, '0')}`;
    return [
      [name, variant(kibibit)],
      [`at${name}`, variant(kibibit)],
    ];
  }),
);

/** Longest read. Blocks are aligned to it, so none crosses a page or the 256 bytes of one device address. */
export const AT24_BLOCK_BYTES = 32;

/** Device address and address bytes of one byte of the EEPROM. */
export function at24Address(device: number, offset: number, addressBytes: 1 | 2): readonly [number, Uint8Array] {
  if (addressBytes === 2) return [device, Uint8Array.of(offset >> 8, offset & 0xff)];
  return [device | (offset >> 8), Uint8Array.of(offset & 0xff)];
}

export function openAt24(name: string, kind: At24Variant, bus: I2cBus, address: number): EepromChip {
  const registers = new ChipRegisters(name, bus, address);
  return {
    kind: 'eeprom',
    name,
    busId: bus.id,
    address,
    sizeBytes: kind.sizeBytes,
    read: async (offset, length): Promise<BytesAnswer> => {
      if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 0) {
        return registers.refusal(`a read of ${length} bytes from ${offset}`);
      }
      if (offset + length > kind.sizeBytes) {
        return registers.refusal(`a read of ${length} bytes from ${offset}, beyond its ${kind.sizeBytes} bytes`);
      }
      const data = new Uint8Array(length);
      for (let at = offset; at < offset + length;) {
        const block = Math.min(AT24_BLOCK_BYTES - (at % AT24_BLOCK_BYTES), offset + length - at);
        const [device, pointer] = at24Address(address, at, kind.addressBytes);
        const answer = await registers.readAt(device, pointer, block);
        if (answer.kind === 'failed') return answer;
        data.set(answer.data, at - offset);
        at += block;
      }
      return { kind: 'ok', data };
    },
  };
}
