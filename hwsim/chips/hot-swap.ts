// PMBus hot-swap controllers that answer in DIRECT format, raw = (m·X + b)·10^R, low byte first: LTC4286/LTC4287 (Analog
// Devices, table of PMBus coefficients; the voltage range is bit 1 of MFR_CONFIG1, the shunt scales current and power) and
// MP5023 (MPS, fixed coefficients). PMBus Specification Part II for the commands.
import { clamp } from '../../src/core/units.ts';
import type { ChipModel, Probe } from './chip-model.ts';

type Coefficients = readonly [m: number, b: number, r: number];

interface Numbers {
  readonly voltage: Coefficients;
  readonly current: Coefficients;
  readonly power: Coefficients;
  readonly temperature: Coefficients;
}

export type HotSwapName = 'ltc4286' | 'ltc4287' | 'mp5023';

export interface HotSwapPins {
  readonly supplyV: Probe;
  readonly currentA: Probe;
  readonly temperatureC: Probe;
}

const READ_VIN = 0x88;
const READ_VOUT = 0x8b;
const READ_IOUT = 0x8c;
const READ_TEMPERATURE_1 = 0x8d;
const READ_PIN = 0x97;
const MFR_CONFIG1 = 0xf2;
const RANGE_102V = 0x0002;
/** STATUS_BYTE to STATUS_MFR_SPECIFIC: nothing is wrong. */
const STATUS_FIRST = 0x78;
const STATUS_LAST = 0x80;

/** Drop over the switch, V. */
const SWITCH_DROP_V = 0.02;

export class HotSwapModel implements ChipModel {
  readonly #chip: HotSwapName;
  readonly #shuntMicroOhm: number;
  readonly #pins: HotSwapPins;
  #command = 0;
  #config1 = RANGE_102V;

  constructor(chip: HotSwapName, shuntMicroOhm: number, pins: HotSwapPins) {
    this.#chip = chip;
    this.#shuntMicroOhm = shuntMicroOhm;
    this.#pins = pins;
  }

  reset(): void {
    this.#command = 0;
    this.#config1 = RANGE_102V;
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array | null {
    const [command, low, high] = write;
    if (command !== undefined) this.#command = command;
    if (this.#command === MFR_CONFIG1 && low !== undefined && high !== undefined && this.#chip !== 'mp5023') {
      this.#config1 = (high << 8) | low;
    }
    if (readLength === 0) return new Uint8Array(0);
    const word = this.#read();
    return Uint8Array.from({ length: readLength }, (_, index) =>
      index === 0 ? word & 0xff : index === 1 ? word >> 8 : 0xff,
    );
  }

  /** A command that it does not have reads as an idle bus. */
  #read(): number {
    const { supplyV, currentA, temperatureC } = this.#pins;
    const numbers = this.#numbers();
    switch (this.#command) {
      case READ_VIN:
        return raw(supplyV(), numbers.voltage);
      case READ_VOUT:
        return raw(Math.max(0, supplyV() - SWITCH_DROP_V), numbers.voltage);
      case READ_IOUT:
        return raw(currentA(), numbers.current);
      case READ_PIN:
        return raw(supplyV() * currentA(), numbers.power);
      case READ_TEMPERATURE_1:
        return raw(temperatureC(), numbers.temperature);
      case MFR_CONFIG1:
        return this.#chip === 'mp5023' ? 0xffff : this.#config1;
      default:
        return this.#command >= STATUS_FIRST && this.#command <= STATUS_LAST ? 0 : 0xffff;
    }
  }

  #numbers(): Numbers {
    if (this.#chip === 'mp5023') {
      return { voltage: [32, 0, 0], current: [16, 0, 0], power: [1, 0, 0], temperature: [2, 0, 0] };
    }
    const finer = (this.#config1 & RANGE_102V) === 0 ? 4 : 1;
    return {
      voltage: [32 * finer, 0, 1],
      current: [1024 * this.#shuntMicroOhm, 0, -3],
      power: [finer * this.#shuntMicroOhm, 0, -2],
      temperature: [1, 273, 0],
    };
  }
}

function raw(value: number, [m, b, r]: Coefficients): number {
  return clamp(Math.round((m * value + b) * 10 ** r), -0x8000, 0x7fff) & 0xffff;
}
