// What the topics of a chassis carry: exactly these keys in this order, whatever else the view has. Records are stamped
// with `at` and `seq` when they are sent.
import type { Plan } from '../../core/plan.ts';
import type { ChassisView, FanView, MoveView, SensorView, SlotPrediction, SlotView } from '../../core/view.ts';

/** The chassis' own record; as `offline` it is also the Will. */
export function statusPayload(
  view: Pick<ChassisView, 'version' | 'board' | 'startedAt'>,
  state: 'online' | 'offline',
): string {
  return JSON.stringify({ state, version: view.version, board: view.board, startedAt: view.startedAt });
}

export function slotRecord(view: SlotView) {
  const { slot, temperatureC, marginK, inletC, powerW, state, reason } = view;
  const sled = view.sled === null ? null : { id: view.sled.id, model: view.sled.model, power: view.sled.power };
  const prediction = view.prediction === null ? {} : { prediction: predictionRecord(view.prediction) };
  return { slot, sled, temperatureC, marginK, inletC, powerW, state, reason, ...prediction };
}

function predictionRecord({ inS, temperatureC, lowC, highC }: SlotPrediction) {
  return { inS, temperatureC, lowC, highC };
}

export function fanRecord({ id, ratio, rpm, state }: FanView) {
  return { id, ratio, rpm, state };
}

export function sensorRecord({ name, value, unit, state }: SensorView) {
  return { name, value, unit, state };
}

export function moveRecord(view: MoveView) {
  const { id, workload, from, to, trigger, state, epoch, downtimeMs, error } = view;
  const progress = { bytes: view.progress.bytes, rounds: view.progress.rounds };
  return { id, workload, from, to, trigger, state, epoch, progress, downtimeMs, error };
}

/** What tells one Plan from another: all of it but the time it took. */
export function planIdentity(plan: Plan): string {
  return JSON.stringify({ ...plan, elapsedMs: 0 });
}

/** @param body JSON of a record */
export function stamped(body: string, at: string, seq: number): string {
  return `${body.slice(0, -1)},"at":${JSON.stringify(at)},"seq":${seq}}`;
}
