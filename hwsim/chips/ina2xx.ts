// INA219 (TI SBOS448), INA226 (SBOS547) and INA230 (SBOS601) current and power monitors: 16-bit registers, high byte
// first. Current and power read 0 until the calibration register has been written.
import { clamp } from '../../src/core/units.ts';
import { repeatWord, wordAt, type ChipModel, type Probe } from './chip-model.ts';

interface Layout {
  readonly configPor: number;
  readonly shuntLsbV: number;
  readonly busLsbV: number;
  readonly busMaxV: number;
  /** Current register = shunt register × calibration / this. */
  readonly currentDivisor: number;
  /** Power register = current register × bus register / this. */
  readonly powerDivisor: number;
  readonly identity: ReadonlyMap<number, number>;
}

const ina226: Layout = {
  configPor: 0x4127,
  shuntLsbV: 2.5e-6,
  busLsbV: 1.25e-3,
  busMaxV: 40.96,
  currentDivisor: 2048,
  powerDivisor: 20_000,
  identity: new Map([
    [0xfe, 0x5449],
    [0xff, 0x2260],
  ]),
};

export type Ina2xxName = 'ina219' | 'ina226' | 'ina230';

const layouts: Readonly<Record<Ina2xxName, Layout>> = {
  ina219: {
    configPor: 0x399f,
    shuntLsbV: 10e-6,
    busLsbV: 4e-3,
    busMaxV: 32,
    currentDivisor: 4096,
    powerDivisor: 5000,
    identity: new Map(),
  },
  ina226,
  ina230: { ...ina226, identity: new Map([[0xff, 0x2260]]) },
};

const CALIBRATION = 5;
const MASK_ENABLE = 6;
const CONVERSION_READY = 0x0008;

export class Ina2xxModel implements ChipModel {
  readonly #chip: Ina2xxName;
  readonly #layout: Layout;
  readonly #shuntOhm: number;
  readonly #busV: Probe;
  readonly #currentA: Probe;
  #pointer = 0;
  #config = 0;
  #calibration = 0;
  #mask = 0;
  #alert = 0;

  constructor(chip: Ina2xxName, shuntOhm: number, busV: Probe, currentA: Probe) {
    this.#chip = chip;
    this.#layout = layouts[chip];
    this.#shuntOhm = shuntOhm;
    this.#busV = busV;
    this.#currentA = currentA;
    this.reset();
  }

  reset(): void {
    this.#pointer = 0;
    this.#config = this.#layout.configPor;
    this.#calibration = 0;
    this.#mask = 0;
    this.#alert = 0;
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array {
    if (write[0] !== undefined) this.#pointer = write[0];
    const word = wordAt(write, 1);
    if (word !== null) this.#store(word);
    return readLength === 0 ? new Uint8Array(0) : repeatWord(this.#read() & 0xffff, readLength);
  }

  #store(word: number): void {
    if (this.#pointer === 0) {
      if ((word & 0x8000) === 0) this.#config = this.#chip === 'ina219' ? word & 0x3fff : (word & 0x0fff) | 0x4000;
      else this.reset();
    } else if (this.#pointer === CALIBRATION)
      this.#calibration = this.#chip === 'ina219' ? word & 0xfffe : word & 0x7fff;
    else if (this.#pointer === MASK_ENABLE && this.#chip !== 'ina219') this.#mask = word & 0xfc03;
    else if (this.#pointer === 7 && this.#chip !== 'ina219') this.#alert = word;
  }

  #read(): number {
    const shunt = this.#shuntRegister();
    switch (this.#pointer) {
      case 0:
        return this.#config;
      case 1:
        return shunt;
      case 2:
        return this.#chip === 'ina219' ? (this.#busRegister() << 3) | 0x02 : this.#busRegister(); // CNVR: ready
      case 3:
        return Math.abs(Math.trunc((this.#currentRegister(shunt) * this.#busRegister()) / this.#layout.powerDivisor));
      case 4:
        return this.#currentRegister(shunt);
      case CALIBRATION:
        return this.#calibration;
      case MASK_ENABLE:
        return this.#chip === 'ina219' ? 0 : this.#mask | CONVERSION_READY;
      case 7:
        return this.#alert;
      default:
        return this.#layout.identity.get(this.#pointer) ?? 0;
    }
  }

  /** The INA219's gain (PG, bits 12:11) limits the range to ±40, 80, 160 or 320 mV. */
  #shuntRegister(): number {
    const full = this.#chip === 'ina219' ? 4000 << ((this.#config >> 11) & 0x03) : 0x7fff;
    return Math.round(clamp((this.#currentA() * this.#shuntOhm) / this.#layout.shuntLsbV, -full, full));
  }

  #busRegister(): number {
    return Math.round(clamp(this.#busV(), 0, this.#layout.busMaxV - this.#layout.busLsbV) / this.#layout.busLsbV);
  }

  #currentRegister(shunt: number): number {
    return clamp(Math.trunc((shunt * this.#calibration) / this.#layout.currentDivisor), -0x8000, 0x7fff);
  }
}
