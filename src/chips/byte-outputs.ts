// PWM outputs whose duty is one byte each, and the answers of fan controllers that have no watchdog.
import { clamp } from '../core/units.ts';
import type { ChipResult, FanChip, FanStatusAnswer, WatchdogTimeoutS } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import type { ChipRegisters } from './chip-registers.ts';

export interface ByteOutputs {
  /** Duty register of each output. */
  readonly duties: readonly number[];
  /** Register value at full duty. */
  readonly full: number;
}

export function byteOutputs(
  registers: ChipRegisters,
  { duties, full }: ByteOutputs,
): Pick<FanChip, 'pwmCount' | 'setDuty' | 'readDuty'> {
  const noOutput = (pwm: number) => registers.refusal(`no PWM output ${pwm}, it has 1 to ${duties.length}`);
  return {
    pwmCount: duties.length,
    setDuty: async (pwm, ratio) => {
      const register = duties[pwm - 1];
      if (register === undefined) return noOutput(pwm);
      if (Number.isNaN(ratio)) return registers.refusal(`a duty ratio of NaN for PWM output ${pwm}`);
      return registers.write(register, Math.round(clamp(ratio, 0, 1) * full));
    },
    readDuty: async (pwm) => {
      const register = duties[pwm - 1];
      if (register === undefined) return noOutput(pwm);
      const answer = await registers.readByte(register);
      return answer.kind === 'failed' ? answer : { kind: 'ok', ratio: clamp(answer.value / full, 0, 1) };
    },
  };
}

/** Off is what it always is; anything else cannot be had. */
export function refuseWatchdog(registers: ChipRegisters, timeoutS: WatchdogTimeoutS): ChipResult {
  return timeoutS === 0 ? CHIP_OK : registers.refusal(`it has no watchdog, so not one of ${timeoutS} s`);
}

/** The status of a controller without a watchdog: `bits` of `register` by tachometer. */
export async function tachometerFaults(
  registers: ChipRegisters,
  register: number,
  bits: readonly number[],
): Promise<FanStatusAnswer> {
  const answer = await registers.readByte(register);
  if (answer.kind === 'failed') return answer;
  return {
    kind: 'ok',
    standby: false,
    watchdogExpired: false,
    watchdogTimeoutS: 0,
    faultyTachometers: bits.flatMap((bit, index) => ((answer.value & bit) === 0 ? [] : [index + 1])),
  };
}

/** Writes each register that is not yet as wanted; stops at the first failure. */
export async function updateAll(
  registers: ChipRegisters,
  changes: readonly (readonly [register: number, clearBits: number, setBits: number])[],
): Promise<ChipResult> {
  for (const [register, clearBits, setBits] of changes) {
    const result = await registers.update(register, (value) => (value & ~clearBits) | setBits);
    if (result.kind === 'failed') return result;
  }
  return CHIP_OK;
}
