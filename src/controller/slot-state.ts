// What a slot's readings amount to: ok, warm, hot or unknown, with the reason in words. Pure.
import type { BoardSlot } from '../board/schema.ts';
import { LEAK_REASON, type SlotPrediction, type SlotView } from '../core/view.ts';
import { valueOrNull } from '../core/reading.ts';
import type { Frame, SlotFrame } from '../protocols/guardian-link.ts';

/** @param expectedC Where the model says the slot is heading at the present speeds; null while it says nothing. */
export function slotView(
  slot: BoardSlot,
  frame: Frame | null,
  agentSled: string | null,
  expectedC: number | null,
  prediction: SlotPrediction | null = null,
): SlotView {
  const seen = frame?.slots.find((entry) => entry.slot === slot.number);
  const read = (sensor: string | undefined) =>
    sensor === undefined ? null : valueOrNull(frame?.sensors[sensor]?.reading);
  const temperatureC = read(slot.sensors.temperature);
  const marginK = temperatureC === null ? null : round(slot.limitC - temperatureC);
  return {
    slot: slot.number,
    sled: sledView(seen, agentSled),
    temperatureC: temperatureC === null ? null : round(temperatureC),
    marginK,
    inletC: nullableRound(read(slot.sensors.inlet)),
    powerW: nullableRound(read(slot.sensors.power)),
    ...judge(slot, frame, seen, temperatureC, expectedC),
    prediction: temperatureC === null ? null : prediction,
  };
}

function judge(
  slot: BoardSlot,
  frame: Frame | null,
  seen: SlotFrame | undefined,
  temperatureC: number | null,
  expectedC: number | null,
): Pick<SlotView, 'state' | 'reason'> {
  if (frame === null) return { state: 'unknown', reason: 'nothing heard from the guardian yet' };
  if (seen?.leak !== undefined) return { state: 'unknown', reason: LEAK_REASON[seen.leak] };
  if (seen?.presence === 'absent') return { state: 'unknown', reason: 'no sled in this slot' };
  if (seen?.power === 'off') return { state: 'unknown', reason: 'the sled’s power is off' };
  if (temperatureC === null) {
    const reading = frame.sensors[slot.sensors.temperature]?.reading;
    const why =
      reading?.kind === 'none'
        ? `${reading.reason}${reading.detail === '' ? '' : `: ${reading.detail}`}`
        : 'never read';
    return { state: 'unknown', reason: `${slot.sensors.temperature} gives no temperature (${why})` };
  }
  const aimC = slot.limitC - slot.marginK;
  if (temperatureC > slot.limitC)
    return { state: 'hot', reason: `${round(temperatureC - slot.limitC)} K over its limit of ${slot.limitC} °C` };
  if (temperatureC > aimC)
    return { state: 'warm', reason: `within ${slot.marginK} K of its limit of ${slot.limitC} °C` };
  if (expectedC !== null && expectedC > aimC) {
    return {
      state: 'warm',
      reason: `heading for ${round(expectedC)} °C at the present fan speeds; its limit is ${slot.limitC} °C`,
    };
  }
  return { state: 'ok', reason: null };
}

function sledView(seen: SlotFrame | undefined, agentSled: string | null): SlotView['sled'] {
  if (seen === undefined || seen.presence === 'absent') return null;
  const serial = seen.fru?.serial ?? '';
  const id = serial === '' ? agentSled : serial; // an erased FRU has no serial
  if (id === null) return seen.presence === 'present' ? { id: 'unknown', model: 'unknown', power: seen.power } : null;
  return { id, model: seen.fru?.model ?? 'unknown', power: seen.power };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function nullableRound(value: number | null): number | null {
  return value === null ? null : round(value);
}
