// MAX31790: six PWM outputs, six tachometers, and any PWM pin as a further tachometer. Maxim 19-6540, tables
// "Register Map" and those of each register. A tachometer count is the number of 8192 Hz cycles in SR tachometer pulses (SR: speed range),
// 11 bits left-aligned; all ones = no pulse came in time. Duty cycles are 9 bits left-aligned.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { clamp } from '../core/units.ts';
import type { ChannelInfo, ChipResult, FanChip, FanStatusAnswer, WatchdogTimeoutS } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { ChipRegisters, readingOf, wordAt } from './chip-registers.ts';

/** `…1`: of the first fan; the others follow at one byte (configuration, dynamics) or two (counts, duties). */
export const MAX31790_REGISTER = {
  global: 0x00,
  configuration1: 0x02,
  dynamics1: 0x08,
  faults7to12: 0x10,
  faults1to6: 0x11,
  count1: 0x18,
  duty1: 0x30,
  targetDuty1: 0x40,
  targetCount1: 0x50,
};

export const MAX31790_GLOBAL = { standby: 0x80, watchdogShift: 1, watchdogMask: 0x06, watchdogExpired: 0x01 };

export const MAX31790_FAN = {
  rpmMode: 0x80,
  monitorOnly: 0x10,
  tachometerEnable: 0x08,
  lockedRotor: 0x04,
  /** The PWM pin is a tachometer input. */
  pwmIsTachometer: 0x01,
};

export const MAX31790_PWMS = 6;
export const MAX31790_TACHOMETERS = 12;
const FULL_DUTY = 511;
const NO_PULSE_COUNT = 0x7ff;
const WATCHDOG_S: readonly WatchdogTimeoutS[] = [0, 5, 10, 30];
const SPEED_RANGE: readonly number[] = [1, 2, 4, 8, 16, 32, 32, 32];

export const MAX31790_CHANNELS: readonly ChannelInfo[] = Array.from({ length: MAX31790_TACHOMETERS }, (_, index) => ({
  channel: `fan${index + 1}`,
  unit: 'rpm',
}));

/** Tachometer pulses counted, from the fan dynamics register (bits 7:5). */
export function speedRangeOf(dynamics: number): number {
  return SPEED_RANGE[(dynamics >> 5) & 7] ?? 32;
}

/** rpm from a count register (left-aligned): 60·8192·SR / (NP·count); 0 when no pulse came, null for a count of 0. */
export function rpmOfCount(register: number, speedRange: number, pulsesPerRevolution = 2): number | null {
  const count = register >> 5;
  if (count === NO_PULSE_COUNT) return 0;
  return count === 0 ? null : (60 * 8192 * speedRange) / (pulsesPerRevolution * count);
}

/** Count register (left-aligned) for a speed; the inverse of rpmOfCount, limited to what the register holds. */
export function countOfRpm(rpm: number, speedRange: number, pulsesPerRevolution = 2): number {
  const count = rpm > 0 ? Math.round((60 * 8192 * speedRange) / (pulsesPerRevolution * rpm)) : NO_PULSE_COUNT;
  return clamp(count, 1, NO_PULSE_COUNT) << 5;
}

/** Duty register (left-aligned) for a ratio 0..1, and back. */
export function dutyRegisterOf(ratio: number): number {
  return Math.round(clamp(ratio, 0, 1) * FULL_DUTY) << 7;
}

export function ratioOfDuty(register: number): number {
  return (register >> 7) / FULL_DUTY;
}

export interface Max31790Options {
  /** Tachometers in use (from 1). Those above 6 take the PWM pin of that number less 6 away from its output. */
  readonly tachometers?: readonly number[];
}

export function openMax31790(bus: I2cBus, address: number, options: Max31790Options = {}): FanChip {
  const registers = new ChipRegisters('max31790', bus, address);
  const borrowed = (options.tachometers ?? []).filter((tachometer) => tachometer > MAX31790_PWMS);
  const channels = MAX31790_CHANNELS.slice(0, borrowed.length > 0 ? MAX31790_TACHOMETERS : MAX31790_PWMS);
  const hasPwm = (pwm: number) => Number.isInteger(pwm) && pwm >= 1 && pwm <= MAX31790_PWMS;

  const rpmReading = (register: number, dynamics: number, index: number, nowMs: number): Reading => {
    const rpm = rpmOfCount(register, speedRangeOf(dynamics));
    if (rpm !== null) return good(rpm, nowMs);
    const where = MAX31790_REGISTER.count1 + 2 * index;
    return readingOf(registers.failure('implausible', where, 'a tachometer count of 0'), nowMs);
  };

  return {
    kind: 'fan',
    name: registers.name,
    busId: bus.id,
    address,
    channels,
    pwmCount: MAX31790_PWMS,
    configure: () => configure(registers, borrowed),

    read: async (channel, nowMs) => {
      const index = channels.findIndex((info) => info.channel === channel);
      if (index < 0) return readingOf(registers.refusal(`no channel ${channel}`), nowMs);
      const [dynamics, count] = await Promise.all([
        registers.readByte(MAX31790_REGISTER.dynamics1 + (index % MAX31790_PWMS)),
        registers.readWord(MAX31790_REGISTER.count1 + 2 * index),
      ]);
      if (dynamics.kind === 'failed') return readingOf(dynamics, nowMs);
      if (count.kind === 'failed') return readingOf(count, nowMs);
      return rpmReading(count.value, dynamics.value, index, nowMs);
    },

    // One burst from the dynamics to the last count: the registers auto-increment. For six tachometers it takes the
    // wire no longer than six words, and a chip that was reset cannot be read with the wrong speed range.
    readAll: async (nowMs) => {
      const first = MAX31790_REGISTER.dynamics1;
      const countsAt = MAX31790_REGISTER.count1 - first;
      const answer = await registers.read(first, countsAt + 2 * channels.length);
      return new Map(
        channels.map(({ channel }, index) => {
          if (answer.kind === 'failed') return [channel, readingOf(answer, nowMs)];
          const dynamics = answer.data[index % MAX31790_PWMS] ?? 0;
          return [channel, rpmReading(wordAt(answer.data, countsAt + 2 * index), dynamics, index, nowMs)];
        }),
      );
    },

    setDuty: async (pwm, ratio) => {
      if (!hasPwm(pwm)) return registers.refusal(`no PWM output ${pwm}, it has 1 to ${MAX31790_PWMS}`);
      if (Number.isNaN(ratio)) return registers.refusal(`a duty ratio of NaN for PWM output ${pwm}`);
      const duty = dutyRegisterOf(ratio);
      return registers.write(MAX31790_REGISTER.targetDuty1 + 2 * (pwm - 1), duty >> 8, duty & 0xff);
    },

    readDuty: async (pwm) => {
      if (!hasPwm(pwm)) return registers.refusal(`no PWM output ${pwm}, it has 1 to ${MAX31790_PWMS}`);
      const answer = await registers.readWord(MAX31790_REGISTER.duty1 + 2 * (pwm - 1));
      return answer.kind === 'failed' ? answer : { kind: 'ok', ratio: ratioOfDuty(answer.value) };
    },

    armWatchdog: (timeoutS) =>
      registers.update(MAX31790_REGISTER.global, (value) => {
        const kept = value & ~(MAX31790_GLOBAL.watchdogMask | MAX31790_GLOBAL.watchdogExpired);
        return kept | (WATCHDOG_S.indexOf(timeoutS) << MAX31790_GLOBAL.watchdogShift);
      }),

    readStatus: () => readStatus(registers),
  };
}

/** Runs, every output under PWM control with its tachometer counting. Duties, spin-up and ramps stay as they are. */
async function configure(registers: ChipRegisters, borrowed: readonly number[]): Promise<ChipResult> {
  const before = await registers.read(MAX31790_REGISTER.global, MAX31790_REGISTER.dynamics1);
  if (before.kind === 'failed') return before;
  const wanted = Array.from({ length: MAX31790_PWMS }, (_, index) => {
    const value = before.data[MAX31790_REGISTER.configuration1 + index] ?? 0;
    const kept = value & ~(MAX31790_FAN.rpmMode | MAX31790_FAN.monitorOnly | MAX31790_FAN.lockedRotor);
    const pin = borrowed.includes(index + 1 + MAX31790_PWMS) ? MAX31790_FAN.pwmIsTachometer : 0;
    return kept | MAX31790_FAN.tachometerEnable | pin;
  });
  for (const [index, value] of wanted.entries()) {
    const register = MAX31790_REGISTER.configuration1 + index;
    if (before.data[register] === value) continue;
    const result = await registers.write(register, value);
    if (result.kind === 'failed') return result;
  }
  const global = before.data[MAX31790_REGISTER.global] ?? 0;
  if ((global & MAX31790_GLOBAL.standby) === 0) return CHIP_OK;
  return registers.write(MAX31790_REGISTER.global, global & ~MAX31790_GLOBAL.standby);
}

async function readStatus(registers: ChipRegisters): Promise<FanStatusAnswer> {
  const [global, faults] = await Promise.all([
    registers.readByte(MAX31790_REGISTER.global),
    registers.read(MAX31790_REGISTER.faults7to12, 2),
  ]);
  if (global.kind === 'failed') return global;
  if (faults.kind === 'failed') return faults;
  const bits = (((faults.data[0] ?? 0) & 0x3f) << MAX31790_PWMS) | ((faults.data[1] ?? 0) & 0x3f);
  const timeout = (global.value & MAX31790_GLOBAL.watchdogMask) >> MAX31790_GLOBAL.watchdogShift;
  return {
    kind: 'ok',
    standby: (global.value & MAX31790_GLOBAL.standby) !== 0,
    watchdogExpired: (global.value & MAX31790_GLOBAL.watchdogExpired) !== 0,
    watchdogTimeoutS: WATCHDOG_S[timeout] ?? 0,
    faultyTachometers: MAX31790_CHANNELS.map((_, index) => index + 1).filter((fan) => (bits >> (fan - 1)) & 1),
  };
}
