// A PMBus device for tests: registers by page, a PAGE command, invalid commands noted in STATUS_CML or not
// acknowledged, packet error codes.
import type { I2cAnswer } from '../../src/core/ports.ts';
import { ProbeBus } from './probe-bus.ts';

/** Bytes of each command, as on the wire. */
export type PmbusPage = Readonly<Record<number, readonly number[]>>;

export interface PmbusDeviceOptions {
  /** What it does with a command that it does not have. */
  readonly unknown?: 'nack' | 'invalid-command';
  readonly pec?: boolean;
  /** Spoils packet error codes of what is read. */
  readonly spoilPec?: boolean;
}

export function word(value: number): readonly number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

export class PmbusDevice {
  readonly bus: ProbeBus;
  readonly written: { page: number; command: number; bytes: readonly number[] }[] = [];
  page = 0;
  cml = 0;
  readonly #pages: Record<number, readonly number[]>[];
  readonly #options: PmbusDeviceOptions;

  constructor(pages: readonly PmbusPage[], options: PmbusDeviceOptions = {}) {
    this.#pages = pages.map((page) => ({ ...page }));
    this.#options = options;
    this.bus = new ProbeBus({ transfer: (address, write, length) => this.#transfer(address, write, length) });
  }

  #transfer(address: number, write: Uint8Array, length: number): Promise<I2cAnswer> {
    const command = write[0] ?? 0;
    if (length > 0) return Promise.resolve(this.#read(address, command, length));
    const end = this.#options.pec === true ? write.length - 1 : write.length;
    if (this.#options.pec === true && crc8([address << 1, ...write]) !== 0) return Promise.resolve(nack('bad PEC'));
    const bytes = [...write.subarray(1, end)];
    this.written.push({ page: this.page, command, bytes });
    if (command === 0x03) this.cml = 0;
    else if (command === 0x00) this.#select(bytes[0] ?? 0);
    else if (this.page < this.#pages.length) (this.#pages[this.page] ?? {})[command] = bytes;
    return Promise.resolve({ kind: 'ok', data: new Uint8Array() });
  }

  #select(page: number): void {
    if (page < this.#pages.length) this.page = page;
    else this.cml |= 0x40; // invalid data
  }

  #read(address: number, command: number, length: number): I2cAnswer {
    const bytes = this.#registerOf(command);
    if (bytes === null) {
      if (this.#options.unknown === 'nack') return nack('no such command');
      this.cml |= 0x80;
    }
    const data = Array.from({ length }, (_, index) => bytes?.[index] ?? 0xff);
    if (this.#options.pec === true && bytes !== null && length > bytes.length) {
      const spoil = this.#options.spoilPec === true ? 1 : 0;
      data[bytes.length] = crc8([address << 1, command, (address << 1) | 1, ...bytes]) ^ spoil;
    }
    return { kind: 'ok', data: Uint8Array.from(data) };
  }

  #registerOf(command: number): readonly number[] | null {
    if (command === 0x00) return this.#pages.length > 1 ? [this.page] : null;
    const own = this.#pages[this.page]?.[command];
    if (command === 0x78) return [(own?.[0] ?? 0) | (this.cml === 0 ? 0 : 0x02)];
    if (command === 0x7e) return [this.cml];
    return own ?? null;
  }
}

function nack(detail: string): I2cAnswer {
  return { kind: 'error', error: 'nack', detail };
}

/** CRC-8 by long division of the bits, unlike the product's. */
function crc8(bytes: readonly number[]): number {
  const bits = bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((bit) => (byte >> bit) & 1));
  let remainder = 0;
  for (const bit of [...bits, 0, 0, 0, 0, 0, 0, 0, 0]) {
    remainder = (remainder << 1) | bit;
    if (remainder > 0xff) remainder ^= 0x107;
  }
  return remainder;
}
