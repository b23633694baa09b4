// Fans on the SoC's own PWM, which real boards reach through the kernel's hwmon files; here a register file as
// src/core/bus-wire.ts lays it out: pwmN one byte, fanN_input two bytes, high byte first.
import { hwmonFanRegisters } from '../../src/core/bus-wire.ts';
import { clamp } from '../../src/core/units.ts';
import type { FanDriver, Probe } from './chip-model.ts';

const OUTPUTS = 16;
const FULL_PWM = 255;
const MAX_RPM = 0xffff;

export class HwmonFanModel implements FanDriver {
  readonly #rpm: (tachometer: number) => Probe | null;
  readonly #startPwm: number;
  #pwm: number[] = [];
  #pointer = 0;

  constructor(rpm: (tachometer: number) => Probe | null, startRatio = 0.3) {
    this.#rpm = rpm;
    this.#startPwm = Math.round(startRatio * FULL_PWM);
    this.reset();
  }

  reset(): void {
    this.#pwm = Array.from({ length: OUTPUTS }, () => this.#startPwm);
    this.#pointer = 0;
  }

  ratio(output: number): number {
    return (this.#pwm[output - 1] ?? 0) / FULL_PWM;
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array | null {
    const [pointer, value] = write;
    if (pointer !== undefined) this.#pointer = pointer;
    const pwm = this.#pointer - hwmonFanRegisters.pwm;
    const isPwm = pwm >= 1 && pwm <= OUTPUTS;
    if (isPwm && value !== undefined) this.#pwm[pwm - 1] = value;
    if (isPwm) return new Uint8Array(readLength).fill(this.#pwm[pwm - 1] ?? 0);
    const fan = (this.#pointer - hwmonFanRegisters.fan) / 2;
    const probe = Number.isInteger(fan) && fan >= 1 && fan <= OUTPUTS ? this.#rpm(fan) : null;
    if (probe === null) return null; // there is no such file
    const rpm = Math.round(clamp(probe(), 0, MAX_RPM));
    return Uint8Array.of(rpm >> 8, rpm & 0xff).subarray(0, readLength);
  }
}
