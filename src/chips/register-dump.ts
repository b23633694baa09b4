// A dump of a chip's registers, as `chip decode` takes it: no bus, nothing to wait for.
// Words are as an SMBus word read returns them: the low byte comes first on the wire.
import type { RegisterWidth } from './register-file-bus.ts';

/** Registers beyond those given read FFh, as on a bus that nobody drives. */
export class RegisterDump {
  readonly chip: string;
  readonly #bytes: Uint8Array;
  readonly #step: 1 | 2;

  constructor(chip: string, width: RegisterWidth, registers: readonly number[]) {
    this.chip = chip;
    this.#step = width === 'word' ? 2 : 1;
    this.#bytes = new Uint8Array(256 * this.#step).fill(0xff);
    for (const [index, value] of registers.slice(0, 256).entries()) {
      this.#bytes[index * this.#step] = value & 0xff;
      if (this.#step === 2) this.#bytes[index * 2 + 1] = value >> 8;
    }
  }

  /** The first byte that the register gives on the wire. */
  byte(register: number): number {
    return this.#bytes[register * this.#step] ?? 0xff;
  }

  /** 16 bits, most significant byte first on the wire; of registers of one byte, this one and the next. */
  word(register: number): number {
    const at = register * this.#step;
    return ((this.#bytes[at] ?? 0xff) << 8) | (this.#bytes[at + 1] ?? 0xff);
  }
}
