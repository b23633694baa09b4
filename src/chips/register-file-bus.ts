// An in-process I2cBus with one chip on it that is nothing but a register file: what a dump of registers answers.
// Word registers are as an SMBus word read returns them: the low byte comes first on the wire.
import type { I2cAnswer, I2cBus } from '../core/ports.ts';

export type RegisterWidth = 'byte' | 'word';

/** Registers read on and on from the pointer; written ones keep what was written. Registers beyond the file read FFh. */
export class RegisterFileBus implements I2cBus {
  readonly id = 'register-file';
  readonly #bytes: Uint8Array;
  readonly #width: 1 | 2;
  readonly #address: number;

  constructor(address: number, width: RegisterWidth, registers: readonly number[]) {
    this.#address = address;
    this.#width = width === 'word' ? 2 : 1;
    this.#bytes = new Uint8Array(256 * this.#width).fill(0xff);
    for (const [index, value] of registers.slice(0, 256).entries()) {
      this.#bytes[index * this.#width] = value & 0xff;
      if (this.#width === 2) this.#bytes[index * 2 + 1] = value >> 8;
    }
  }

  transfer(address: number, write: Uint8Array, readLength: number): Promise<I2cAnswer> {
    if (address !== this.#address) {
      return Promise.resolve({ kind: 'error', error: 'nack', detail: 'nothing has this address' });
    }
    const bytes = this.#bytes;
    const start = (write[0] ?? 0) * this.#width;
    for (let index = 1; index < write.length; index++) bytes[(start + index - 1) % bytes.length] = write[index] ?? 0;
    const data = new Uint8Array(readLength);
    for (let index = 0; index < readLength; index++) data[index] = bytes[(start + index) % bytes.length] ?? 0;
    return Promise.resolve({ kind: 'ok', data });
  }
}
