// 24Cxx serial EEPROMs (Atmel AT24C02/64 data sheets): address pointer of one byte up to 16 Kbit and of two from 32
// Kbit, writes that wrap inside a page, reads that wrap at the end, silence for the write cycle of 5 ms.
import type { ChipModel, ChipTime } from './chip-model.ts';

const WRITE_CYCLE_MS = 5;

export interface EepromGeometry {
  readonly sizeBytes: number;
  readonly pageBytes: number;
  readonly addressBytes: 1 | 2;
}

/** From a chip's name: 24c02, 24C64, at24c64, 24lc256. Null when it is none. */
export function eepromGeometry(chip: string): EepromGeometry | null {
  const kilobits = Number(/^(?:at)?24(?:c|lc|aa|fc|cs)(\d{2,4})$/.exec(chip.toLowerCase())?.[1]);
  if (![1, 2, 4, 8, 16, 32, 64, 128, 256, 512].includes(kilobits)) return null;
  const pageBytes = kilobits <= 2 ? 8 : kilobits <= 16 ? 16 : kilobits <= 64 ? 32 : kilobits <= 256 ? 64 : 128;
  return { sizeBytes: kilobits * 128, pageBytes, addressBytes: kilobits <= 16 ? 1 : 2 };
}

/** Bus addresses it answers at: 4 to 16 Kbit parts take the upper address bits from the device address. */
export function eepromAddressCount(geometry: EepromGeometry): number {
  return geometry.addressBytes === 1 ? Math.max(1, geometry.sizeBytes / 256) : 1;
}

export class EepromModel implements ChipModel {
  readonly #geometry: EepromGeometry;
  readonly #memory: Uint8Array;
  #pointer = 0;
  #busyUntilMs = Number.NEGATIVE_INFINITY;

  constructor(geometry: EepromGeometry, content: Uint8Array) {
    this.#geometry = geometry;
    this.#memory = new Uint8Array(geometry.sizeBytes).fill(0xff);
    this.#memory.set(content.subarray(0, geometry.sizeBytes));
  }

  /** The content outlasts the power. */
  reset(): void {
    this.#pointer = 0;
    this.#busyUntilMs = Number.NEGATIVE_INFINITY;
  }

  transfer(write: Uint8Array, readLength: number, time: ChipTime): Uint8Array | null {
    return this.transferBlock(0, write, readLength, time);
  }

  /** As the block of 256 bytes that the device address selects. */
  transferBlock(block: number, write: Uint8Array, readLength: number, time: ChipTime): Uint8Array | null {
    if (time.busMs < this.#busyUntilMs) return null;
    const { addressBytes, sizeBytes } = this.#geometry;
    if (write.length >= addressBytes) {
      const address = addressBytes === 1 ? block * 256 + (write[0] ?? 0) : ((write[0] ?? 0) << 8) | (write[1] ?? 0);
      this.#pointer = address % sizeBytes;
    }
    if (write.length > addressBytes) this.#program(write.subarray(addressBytes), time.busMs);
    return Uint8Array.from({ length: readLength }, () => {
      const value = this.#memory[this.#pointer] ?? 0xff;
      this.#pointer = (this.#pointer + 1) % sizeBytes;
      return value;
    });
  }

  #program(bytes: Uint8Array, busMs: number): void {
    const { pageBytes } = this.#geometry;
    const page = this.#pointer - (this.#pointer % pageBytes);
    for (const value of bytes) {
      this.#memory[this.#pointer] = value;
      this.#pointer = page + ((this.#pointer + 1 - page) % pageBytes);
    }
    this.#busyUntilMs = busMs + WRITE_CYCLE_MS;
  }
}
