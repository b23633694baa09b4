// MAX31790 six-channel fan controller (Maxim 19-6540 rev. 2, table 2 ff.): global and fan configuration, fan dynamics,
// duty ramp, tachometer counts, fan faults, and the I2C watchdog that takes every fan to full speed.
import { clamp } from '../../src/core/units.ts';
import type { ChipTime, FanDriver, Probe } from './chip-model.ts';

const CHANNELS = 6;
const TACHOMETERS = 12;
const GLOBAL = 0x00;
const FAULT_2 = 0x10;
const FAULT_1 = 0x11;
const MASK_2 = 0x12;
const MASK_1 = 0x13;
const FAIL_OPTIONS = 0x14;
const TACH_COUNT = 0x18;
const DUTY = 0x30;
const TARGET_DUTY = 0x40;
const TARGET_COUNT = 0x50;
const WINDOW = 0x60;

const STANDBY = 0x80;
const RESET = 0x40;
const WATCHDOG_FAULT = 0x01;
const RPM_MODE = 0x80;
const MONITOR = 0x10;
const TACH_ENABLE = 0x08;
const PWM_PIN_IS_TACH = 0x01;

const MAX_DUTY = 511;
const MAX_COUNT = 2047;
/** Tachometer clock, Hz; the count is of this clock over SR tachometer periods. */
const TACH_CLOCK_HZ = 8192;
/** What fans give, not the chip: pulses in a revolution. */
const PULSES_PER_REV = 2;
/** Watchdog bits 2:1 of the global configuration. */
const watchdogPeriodS = [null, 5, 10, 30] as const;
/** How long a tachometer must be slow before it counts as a fault: fault queue bits 1:0, checks of a second each. */
const faultQueueS = [1, 2, 4, 6] as const;
/** Seconds for one step of the duty, PWM rate-of-change bits 4:2 of fan dynamics. */
const stepS = [0, 1, 2, 4, 8, 16, 32, 64].map((factor) => factor * 0.001953125);

export class Max31790Model implements FanDriver {
  /** The speed of the fan behind tachometer input 1..12, rpm; null = no fan there. */
  readonly #rpm: (tachometer: number) => Probe | null;
  /** Duty at power-on, from the PWM_START pins. */
  readonly #startDuty: number;
  readonly #registers = new Uint8Array(0x68);
  readonly #duty = new Float64Array(CHANNELS);
  readonly #slowS = new Float64Array(TACHOMETERS);
  #pointer = 0;
  /** The count whose high byte was read last. */
  #heldTach: number | null = null;
  #heldCount = 0;
  #lastTalkS: number | null = null;
  #lastTickS = 0;
  #watchdogTripped = false;

  constructor(rpm: (tachometer: number) => Probe | null, startRatio = 0.3) {
    this.#rpm = rpm;
    this.#startDuty = Math.round(startRatio * MAX_DUTY);
    this.reset();
  }

  reset(): void {
    const r = this.#registers;
    r.fill(0);
    r[GLOBAL] = 0x20;
    r[0x01] = 0x44;
    for (let fan = 0; fan < CHANNELS; fan++) {
      r[0x08 + fan] = 0x4c; // SR = 4, 7.8 ms a step
      this.#setWord(TARGET_DUTY + fan * 2, this.#startDuty << 7);
      this.#setWord(TARGET_COUNT + fan * 2, 0x3c00);
      this.#duty[fan] = this.#startDuty;
    }
    r[MASK_2] = 0x3f;
    r[MASK_1] = 0x3f;
    r[FAIL_OPTIONS] = 0x45;
    this.#pointer = 0;
    this.#watchdogTripped = false;
  }

  /** What the fan on PWM output 1..6 is driven with, 0..1. */
  ratio(channel: number): number {
    if (((this.#registers[GLOBAL] ?? 0) & STANDBY) !== 0) return 0;
    return (this.#duty[channel - 1] ?? 0) / MAX_DUTY;
  }

  transfer(write: Uint8Array, readLength: number, time: ChipTime): Uint8Array {
    this.#heldTach = null;
    this.tick(time.plantS);
    this.#lastTalkS = time.plantS;
    this.#watchdogTripped = false;
    if (write[0] !== undefined) this.#pointer = write[0];
    for (const value of write.subarray(1)) this.#store(this.#step(), value);
    return Uint8Array.from({ length: readLength }, () => this.#read(this.#step()));
  }

  tick(plantS: number): void {
    const elapsedS = Math.max(0, plantS - this.#lastTickS);
    this.#lastTickS = plantS;
    this.#checkWatchdog(plantS);
    for (let fan = 0; fan < CHANNELS; fan++) this.#moveDuty(fan, elapsedS);
    this.#checkFaults(elapsedS);
  }

  #step(): number {
    const register = this.#pointer;
    this.#pointer = (this.#pointer + 1) & 0xff;
    return register;
  }

  #checkWatchdog(plantS: number): void {
    const periodS = watchdogPeriodS[((this.#registers[GLOBAL] ?? 0) >> 1) & 0x03] ?? null;
    if (periodS === null || this.#lastTalkS === null || plantS - this.#lastTalkS < periodS) return;
    this.#watchdogTripped = true;
    this.#registers[GLOBAL] = (this.#registers[GLOBAL] ?? 0) | WATCHDOG_FAULT;
  }

  /** Duty goes to its target in the steps that fan dynamics says; a fault or the watchdog decides over it. */
  #moveDuty(fan: number, elapsedS: number): void {
    const forced = this.#forcedDuty(fan);
    if (forced !== null) {
      this.#duty[fan] = forced;
      return;
    }
    const now = this.#duty[fan] ?? 0;
    const target = this.#wantedDuty(fan, now);
    const secondsAStep = stepS[((this.#registers[0x08 + fan] ?? 0) >> 2) & 0x07] ?? 0;
    const most = secondsAStep === 0 ? MAX_DUTY : elapsedS / secondsAStep;
    this.#duty[fan] = now + clamp(target - now, -most, most);
  }

  #forcedDuty(fan: number): number | null {
    if (this.#watchdogTripped) return MAX_DUTY;
    const option = ((this.#registers[FAIL_OPTIONS] ?? 0) >> 2) & 0x03;
    const faults = this.#registers[FAULT_1] ?? 0;
    if (faults === 0 || option === 1) return null; // 01: goes on at the same duty
    if (option === 3) return MAX_DUTY; // 11: all fans
    return ((faults >> fan) & 1) === 0 ? null : option === 2 ? MAX_DUTY : 0;
  }

  /** In RPM mode the chip itself looks for the duty that gives the target count. */
  #wantedDuty(fan: number, now: number): number {
    const config = this.#config(fan);
    if ((config & MONITOR) !== 0) return 0;
    if ((config & RPM_MODE) === 0) return this.#word(TARGET_DUTY + fan * 2) >> 7;
    const count = this.#count(fan);
    const target = this.#word(TARGET_COUNT + fan * 2) >> 5;
    return count === target ? now : count > target ? MAX_DUTY : 0;
  }

  /** A fan that turns slower than its target count is at fault; the bit stays until the target is written again. */
  #checkFaults(elapsedS: number): void {
    const queueS = faultQueueS[(this.#registers[FAIL_OPTIONS] ?? 0) & 0x03] ?? 1;
    for (let tach = 0; tach < TACHOMETERS; tach++) {
      const fan = tach % CHANNELS;
      const shouldTurn = tach >= CHANNELS || (this.#config(fan) & MONITOR) !== 0 || (this.#duty[fan] ?? 0) >= 1;
      const slow = this.#isMeasured(tach) && shouldTurn && this.#count(tach) > this.#word(TARGET_COUNT + fan * 2) >> 5;
      const slowS = slow ? (this.#slowS[tach] ?? 0) + elapsedS : 0;
      this.#slowS[tach] = slowS;
      if (slowS < queueS) continue;
      const register = tach < CHANNELS ? FAULT_1 : FAULT_2;
      this.#registers[register] = (this.#registers[register] ?? 0) | (1 << fan);
    }
  }

  /** Tachometers 7 to 12 are PWM pins that the configuration makes inputs. */
  #isMeasured(tach: number): boolean {
    const config = this.#config(tach % CHANNELS);
    return (config & TACH_ENABLE) !== 0 && (tach < CHANNELS || (config & PWM_PIN_IS_TACH) !== 0);
  }

  /** Count = 60 · SR · 8192 / (pulses · rpm), 2047 when it is slower than that can say or not measured. */
  #count(tach: number): number {
    const rpm = this.#isMeasured(tach) ? (this.#rpm(tach + 1)?.() ?? 0) : 0;
    const sr = 2 ** Math.min(5, (this.#registers[0x08 + (tach % CHANNELS)] ?? 0) >> 5);
    if (rpm <= 0) return MAX_COUNT;
    return Math.min(MAX_COUNT, Math.round((60 * sr * TACH_CLOCK_HZ) / (PULSES_PER_REV * rpm)));
  }

  #store(register: number, value: number): void {
    if (register === GLOBAL) this.#configure(value);
    else if (register === FAULT_1 || register === FAULT_2 || (register >= TACH_COUNT && register < TARGET_DUTY)) return;
    else if (register < this.#registers.length) this.#registers[register] = value;
    if (register < TARGET_COUNT || register >= WINDOW) return;
    const clear = ~(1 << ((register - TARGET_COUNT) >> 1));
    this.#registers[FAULT_1] = (this.#registers[FAULT_1] ?? 0) & clear;
    this.#registers[FAULT_2] = (this.#registers[FAULT_2] ?? 0) & clear;
  }

  #configure(value: number): void {
    if ((value & RESET) !== 0) this.reset();
    else this.#registers[GLOBAL] = (value & ~WATCHDOG_FAULT) | ((this.#registers[GLOBAL] ?? 0) & WATCHDOG_FAULT);
  }

  #read(register: number): number {
    if (register >= TACH_COUNT && register < DUTY) {
      // a count's two bytes are of one measurement: its register changes only with the next
      if (register % 2 === 0 || this.#heldTach !== register >> 1)
        this.#heldCount = this.#count((register - TACH_COUNT) >> 1);
      this.#heldTach = register % 2 === 0 ? register >> 1 : null;
      return byteOf(this.#heldCount << 5, register);
    }
    if (register >= DUTY && register < DUTY + 2 * CHANNELS) {
      return byteOf(Math.round(this.#duty[(register - DUTY) >> 1] ?? 0) << 7, register);
    }
    const value = this.#registers[register] ?? 0;
    if (register === GLOBAL) this.#registers[GLOBAL] = value & ~WATCHDOG_FAULT; // the flag is cleared by reading it
    return value;
  }

  #config(fan: number): number {
    return this.#registers[0x02 + fan] ?? 0;
  }

  #word(register: number): number {
    return ((this.#registers[register] ?? 0) << 8) | (this.#registers[register + 1] ?? 0);
  }

  #setWord(register: number, value: number): void {
    this.#registers[register] = value >> 8;
    this.#registers[register + 1] = value & 0xff;
  }
}

/** Even registers are high bytes. */
function byteOf(word: number, register: number): number {
  return register % 2 === 0 ? (word >> 8) & 0xff : word & 0xff;
}
