// The speeds that can be set on one device. Modbus is slow: a speed is written when it changes and every few seconds,
// not with every tick; what prepares for it (manual control) first of all, and again now and then.
import type { ChipFailure, ChipResult, DutyAnswer } from '../../chips/chip.ts';
import { CHIP_OK } from '../../chips/chip.ts';
import type { ModbusAnswer, ModbusLink } from '../../core/ports.ts';
import type { ModbusActuator } from '../../protocols/modbus/register-map.ts';
import { decodeSpeed, encodeSpeed, preparationOf } from '../../protocols/modbus/speed.ts';

/** A speed that did not change is written again after this: the device may have lost it. */
export const REWRITE_MS = 5000;
/** And what prepares for speeds after this: a device that was reset between two polls is on its own control. */
export const PREPARE_AGAIN_MS = 60_000;

export class SpeedOutputs {
  readonly #link: ModbusLink;
  readonly #unit: number;
  readonly #actuators: readonly ModbusActuator[];
  readonly #nowMs: () => number;
  readonly #written = new Map<number, { readonly word: number; readonly atMs: number }>();
  #preparedMs = -Infinity;
  #preparing: Promise<ModbusAnswer> | null = null;

  /** `actuators`: those in use. */
  constructor(link: ModbusLink, unit: number, actuators: readonly ModbusActuator[], nowMs: () => number) {
    this.#link = link;
    this.#unit = unit;
    this.#actuators = actuators;
    this.#nowMs = nowMs;
  }

  async set(pwm: number, ratio: number): Promise<ChipResult> {
    const actuator = this.#actuators.find((one) => one.pwm === pwm);
    const word = actuator === undefined ? null : encodeSpeed(actuator, ratio);
    if (actuator === undefined || word === null) {
      const detail = actuator === undefined ? `there is no output ${pwm}` : `${ratio} is no ratio`;
      return { kind: 'failed', reason: 'fault', detail };
    }
    const startMs = this.#nowMs();
    const prepared = await this.#prepare();
    if (prepared.kind === 'error') return failureOf(prepared);
    const last = this.#written.get(pwm);
    if (last !== undefined && last.word === word && startMs - last.atMs < REWRITE_MS) return CHIP_OK;
    const answer = await this.#link.writeHolding(this.#unit, actuator.at, [word]);
    if (answer.kind === 'ok') {
      this.#written.set(pwm, { word, atMs: startMs });
      return CHIP_OK;
    }
    this.#written.delete(pwm);
    return failureOf(answer);
  }

  /** The speed it is asked for, by its own register. */
  async read(pwm: number): Promise<DutyAnswer> {
    const actuator = this.#actuators.find((one) => one.pwm === pwm);
    if (actuator === undefined) return { kind: 'failed', reason: 'fault', detail: `there is no output ${pwm}` };
    const answer = await this.#link.readHolding(this.#unit, actuator.at, 1);
    if (answer.kind === 'error') return failureOf(answer);
    return { kind: 'ok', ratio: decodeSpeed(actuator, answer.registers[0] ?? 0) };
  }

  /** The device was away: nothing it was told is sure. */
  forget(): void {
    this.#written.clear();
    this.#preparedMs = -Infinity;
  }

  #prepare(): Promise<ModbusAnswer> {
    if (this.#nowMs() - this.#preparedMs < PREPARE_AGAIN_MS) return Promise.resolve({ kind: 'ok', registers: [] });
    this.#preparing ??= this.#writePreparation().finally(() => {
      this.#preparing = null;
    });
    return this.#preparing; // outputs set at the same time share it
  }

  async #writePreparation(): Promise<ModbusAnswer> {
    for (const { at, value } of preparationOf(this.#actuators)) {
      const answer = await this.#link.writeHolding(this.#unit, at, [value]);
      if (answer.kind === 'error') return answer;
    }
    this.#preparedMs = this.#nowMs();
    return { kind: 'ok', registers: [] };
  }
}

/** Exported for readings, which fail for the same reasons. */
export function failureOf(answer: ModbusAnswer & { readonly kind: 'error' }): ChipFailure {
  const reason = answer.error === 'timeout' || answer.error === 'io' ? 'timeout' : 'fault';
  return { kind: 'failed', reason, detail: answer.detail };
}
