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

/** `outletC` in the order of the parameters' slots, `exhaustBeforeC` of the step before (breaks the loop). */
export function breathe(
  plant: PlantParameters,
  air: Airflow,
  outletC: readonly number[],
  ambientC: number,
  exhaustBeforeC: number,
): Breathing {
  const flow = air.slotM3s;
  const intakeC = ambientC + plant.exhaustRecirculation * (exhaustBeforeC - ambientC);
  const index = new Map(plant.slots.map((slot, s) => [slot.slot, s]));
  const wanted = plant.mixing.map((mix) => mix.fraction * (flow[index.get(mix.to) ?? -1] ?? 0));
  const wantedOf = flow.map(() => 0);
  plant.mixing.forEach((mix, i) => (wantedOf[index.get(mix.from) ?? -1]! += wanted[i] ?? 0));

  const inletC = flow.map(() => intakeC);
  const leaving = [...flow];
  plant.mixing.forEach((mix, i) => {
    const from = index.get(mix.from) ?? -1;
    const to = index.get(mix.to) ?? -1;
    const there = flow[from] ?? 0;
    const taken = (wanted[i] ?? 0) * Math.min(1, there / Math.max(wantedOf[from] ?? 0, Number.MIN_VALUE));
    leaving[from]! -= taken;
    inletC[to]! += (taken / (flow[to] ?? 1)) * ((outletC[from] ?? intakeC) - intakeC);
  });
  const leavingM3s = leaving.reduce((sum, part) => sum + part, air.bypassM3s);
  const excess = leaving.reduce((sum, part, s) => sum + part * ((outletC[s] ?? intakeC) - intakeC), 0);
  const exhaustC = intakeC + excess / leavingM3s;
  // what returns to the intake has not left: (1 − r) of the stream goes to the room
  const exhaustHeatW = AIR_J_PER_M3K * leavingM3s * (1 - plant.exhaustRecirculation) * (exhaustC - ambientC);
  return { inletC, intakeC, exhaustC, exhaustHeatW };
}
