// Whose air a slot breathes: fresh air, what slots in front have warmed, and a little of the chassis' own exhaust.
// Streams are balanced: nobody takes in more of a slot's exhaust than there is.
import { AIR_J_PER_M3K } from '../../src/core/units.ts';
import type { Airflow } from './airflow.ts';
import type { PlantParameters } from './parameters.ts';

export interface Breathing {
  /** Temperature the inlets go to, in the order of the parameters' slots. */
  readonly inletC: readonly number[];
  /** Intake of the chassis: ambient and recirculated exhaust. */
  readonly intakeC: number;
  /** Mean temperature of all air that leaves. */
  readonly exhaustC: number;
  /** Heat the leaving air carries into the room, W. */
  readonly exhaustHeatW: number;
}

/** What one slot takes in of another's exhaust; both as positions in the parameters' slots. */
export interface Stream {
  readonly from: number;
  readonly to: number;
  readonly fraction: number;
}

/** The plant file's `mixing`, with slots as positions. */
export function streamsOf(plant: PlantParameters): readonly Stream[] {
  const position = (slot: number) => plant.slots.findIndex((entry) => entry.slot === slot);
  return plant.mixing.map(({ from, to, fraction }) => ({ from: position(from), to: position(to), fraction }));
}

/**
 * `outletC` in the order of the parameters' slots; `exhaustBeforeC` is that of the step before, which breaks the loop
 * from the exhaust back to the intake.
 */
export function breathe(
  streams: readonly Stream[],
  recirculated: number,
  air: Airflow,
  outletC: readonly number[],
  ambientC: number,
  exhaustBeforeC: number,
): Breathing {
  const flowAt = (slot: number) => air.slotM3s[slot] ?? 0;
  const intakeC = ambientC + recirculated * (exhaustBeforeC - ambientC);
  const riseAt = (slot: number) => (outletC[slot] ?? intakeC) - intakeC;
  const taken = balanced(streams, flowAt);
  const inletC = air.slotM3s.map((flow, slot) => {
    const gained = streams.map((stream, i) => (stream.to === slot ? (taken[i] ?? 0) * riseAt(stream.from) : 0));
    return intakeC + sum(gained) / flow;
  });
  const leaving = air.slotM3s.map(
    (flow, slot) => flow - sum(streams.map((stream, i) => (stream.from === slot ? (taken[i] ?? 0) : 0))),
  );
  const leavingM3s = sum(leaving) + air.bypassM3s;
  const exhaustC = intakeC + sum(leaving.map((flow, slot) => flow * riseAt(slot))) / leavingM3s;
  // what returns to the intake has not left: only the rest of the stream goes to the room
  const exhaustHeatW = AIR_J_PER_M3K * leavingM3s * (1 - recirculated) * (exhaustC - ambientC);
  return { inletC, intakeC, exhaustC, exhaustHeatW };
}

/** Air each stream carries, m³/s: what `to` wants, cut in proportion where `from` does not give off that much. */
function balanced(streams: readonly Stream[], flowAt: (slot: number) => number): number[] {
  const wanted = streams.map((stream) => stream.fraction * flowAt(stream.to));
  return streams.map((stream, i) => {
    const wantedOfIt = sum(wanted.filter((_, other) => streams[other]?.from === stream.from));
    return wantedOfIt > 0 ? (wanted[i] ?? 0) * Math.min(1, flowAt(stream.from) / wantedOfIt) : 0;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
