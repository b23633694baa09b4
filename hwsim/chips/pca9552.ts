// PCA9552 16-bit LED driver (NXP PCA9552 rev. 6, table 4): inputs at 0–1, two blink rates at 2–5, four selectors of two
// bits for each pin at 6–9; bit 4 of the command steps on. 00 = pin low (LED on), 01 = off (open), 10/11 = blinking.
import type { ChipModel } from './chip-model.ts';
import type { Wire } from '../lines/wire.ts';

const AUTO_INCREMENT = 0x10;
const FIRST_SELECTOR = 6;
const REGISTERS = 10;
const POR = [0, 0, 0xff, 0x80, 0xff, 0x80, 0x55, 0x55, 0x55, 0x55];

export class Pca9552Model implements ChipModel {
  readonly #pins: readonly Wire[];
  #command = 0;
  #registers: number[] = [];

  constructor(pin: (index: number) => Wire) {
    this.#pins = Array.from({ length: 16 }, (_, index) => pin(index));
    this.reset();
  }

  reset(): void {
    this.#command = 0;
    this.#registers = [...POR];
    this.#drive();
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array | null {
    if (write[0] !== undefined) this.#command = write[0];
    let register = this.#command & 0x0f;
    if (register >= REGISTERS) return null;
    const next = () => void (register = (this.#command & AUTO_INCREMENT) === 0 ? register : (register + 1) % REGISTERS);
    for (const value of write.subarray(1)) {
      if (register >= 2) this.#registers[register] = value;
      next();
    }
    if (write.length > 1) this.#drive();
    return Uint8Array.from({ length: readLength }, () => {
      const value = register < 2 ? this.#inputs(register) : (this.#registers[register] ?? 0);
      next();
      return value;
    });
  }

  #inputs(port: number): number {
    let levels = 0;
    for (let bit = 0; bit < 8; bit++) if (this.#pins[port * 8 + bit]?.level === 1) levels |= 1 << bit;
    return levels;
  }

  /** A blinking pin is shown as lit: nothing here looks faster than it blinks. */
  #drive(): void {
    for (const [index, wire] of this.#pins.entries()) {
      const selector = this.#registers[FIRST_SELECTOR + (index >> 2)] ?? 0x55;
      wire.drive(((selector >> ((index & 3) * 2)) & 0x03) === 1 ? null : 0);
    }
  }
}
