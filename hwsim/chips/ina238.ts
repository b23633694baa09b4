// INA237/INA238 power monitor (TI SBOSA20, table 7-3 "INA238 Registers"): 16-bit registers, high byte first, but for the
// power register of 24 bits. Shunt range ±163.84 mV, or a quarter of it with ADCRANGE. Current and power need SHUNT_CAL.
import { clamp } from '../../src/core/units.ts';
import { repeatWord, wordAt, type ChipModel, type Probe } from './chip-model.ts';

const CONFIG = 0x00;
const SHUNT_CAL = 0x02;
const POWER = 0x08;
const RESET = 0x8000;
const ADC_RANGE = 0x0010;

/** Registers that can be written, with their values after power-on. */
const POWER_ON: readonly (readonly [register: number, value: number])[] = [
  [CONFIG, 0x0000],
  [0x01, 0xfb68],
  [SHUNT_CAL, 0x1000],
  [0x0b, 0x0001],
  [0x0c, 0x7fff],
  [0x0d, 0x8000],
  [0x0e, 0x7fff],
  [0x0f, 0x0000],
  [0x10, 0x7ff0],
  [0x11, 0xffff],
];
const IDENTITY = new Map([
  [0x3e, 0x5449],
  [0x3f, 0x2381],
]);

const SHUNT_VOLT_PER_BIT = 5e-6;
const BUS_VOLT_PER_BIT = 3.125e-3;
const DEGREES_PER_BIT = 0.125;

export interface Ina238Pins {
  readonly busV: Probe;
  readonly currentA: Probe;
  readonly dieC: Probe;
}

export class Ina238Model implements ChipModel {
  readonly #shuntOhm: number;
  readonly #pins: Ina238Pins;
  #registers = new Map(POWER_ON);
  #pointer = 0;

  constructor(shuntOhm: number, pins: Ina238Pins) {
    this.#shuntOhm = shuntOhm;
    this.#pins = pins;
  }

  reset(): void {
    this.#registers = new Map(POWER_ON);
    this.#pointer = 0;
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array {
    if (write[0] !== undefined) this.#pointer = write[0];
    const word = wordAt(write, 1);
    if (word !== null) this.#store(word);
    if (this.#pointer === POWER) return bytesOf(this.#power(), 3, readLength);
    return repeatWord(this.#read() & 0xffff, readLength);
  }

  #store(word: number): void {
    if (this.#pointer === CONFIG && (word & RESET) !== 0) this.reset();
    else if (this.#registers.has(this.#pointer)) this.#registers.set(this.#pointer, word);
  }

  #read(): number {
    switch (this.#pointer) {
      case 0x04:
        return this.#shunt();
      case 0x05:
        return this.#bus();
      case 0x06:
        return clamp(Math.round(this.#pins.dieC() / DEGREES_PER_BIT), -0x800, 0x7ff) << 4;
      case 0x07:
        return this.#current();
      default:
        return this.#registers.get(this.#pointer) ?? IDENTITY.get(this.#pointer) ?? 0;
    }
  }

  #shunt(): number {
    const step = SHUNT_VOLT_PER_BIT / (this.#isFine() ? 4 : 1);
    return clamp(Math.round((this.#pins.currentA() * this.#shuntOhm) / step), -0x8000, 0x7fff);
  }

  #bus(): number {
    return clamp(Math.round(this.#pins.busV() / BUS_VOLT_PER_BIT), 0, 0x7fff);
  }

  /** SHUNT_CAL = 819.2·10⁶ · CURRENT_LSB · R, four times that with ADCRANGE: the register is shunt · 4096 / SHUNT_CAL. */
  #current(): number {
    const calibration = (this.#registers.get(SHUNT_CAL) ?? 0) & 0x7fff;
    if (calibration === 0) return 0;
    return clamp(Math.trunc((this.#shunt() * 4096) / calibration), -0x8000, 0x7fff);
  }

  /** Power in W is 0.2 · CURRENT_LSB · register. */
  #power(): number {
    return Math.min(0xffffff, Math.trunc((Math.abs(this.#current()) * this.#bus() * BUS_VOLT_PER_BIT) / 0.2));
  }

  #isFine(): boolean {
    return ((this.#registers.get(CONFIG) ?? 0) & ADC_RANGE) !== 0;
  }
}

function bytesOf(value: number, width: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (value >> (8 * (width - 1 - (index % width)))) & 0xff);
}
