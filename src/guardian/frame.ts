// What one tick tells the controller.
import type { Reading } from '../core/reading.ts';
import type { CoolingStep } from '../cooling/step.ts';
import type { FanFrame, Frame, SensorFrame, SlotFrame } from '../protocols/guardian-link.ts';
import type { SensorStep } from '../sensing/sensor-watch.ts';

const MAX_DETAIL = 200;

export interface FrameInput {
  readonly seq: number;
  readonly atMs: number;
  readonly lateMs: number;
  readonly sweepMs: number;
  readonly sensors: ReadonlyMap<string, SensorStep>;
  readonly tachometers: ReadonlyMap<string, readonly Reading[]>;
  readonly cooling: CoolingStep;
  readonly slots: readonly SlotFrame[];
  readonly intentHeld: boolean;
}

export function frameOf(input: FrameInput): Frame {
  const { seq, atMs, lateMs, sweepMs, cooling, slots, intentHeld } = input;
  const sensors: Record<string, SensorFrame> = {};
  for (const [name, { reading, state }] of input.sensors) sensors[name] = { reading: short(reading), state };
  return {
    type: 'frame',
    seq,
    atMs,
    lateMs,
    sweepMs,
    sensors,
    fans: [...cooling.ratios].map(([id, ratio]) => fanFrame(id, ratio, input)),
    zones: [...cooling.zones],
    slots: [...slots],
    intentHeld,
  };
}

function fanFrame(id: string, ratio: number, { tachometers, cooling }: FrameInput): FanFrame {
  return { id, ratio, rpm: (tachometers.get(id) ?? []).map(short), state: cooling.health.get(id) ?? 'ok' };
}

/** With a detail no longer than the protocol allows. */
function short(reading: Reading): Reading {
  if (reading.kind === 'value' || reading.detail.length <= MAX_DETAIL) return reading;
  return { ...reading, detail: reading.detail.slice(0, MAX_DETAIL) };
}
