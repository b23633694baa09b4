// How much air passes each slot: every fan works against filter and chassis, what it delivers divides over the slots
// as they are open, and what a blocked slot does not take goes, in part, to the others. m³/s; speeds relative to full.
import type { PlantParameters } from './parameters.ts';

/** A closed slot still has gaps. */
const SEAL_LEAK = 0.01;
/** A fan that runs down never quite stops; slower than this it brings no air. */
const STANDING = 1e-6;

export interface Airflow {
  /** In the order of the parameters' slots. */
  readonly slotM3s: readonly number[];
  /** Past the slots. */
  readonly bypassM3s: number;
}

/** `speeds` in the order of the parameters' fans, `openness` in that of its slots. */
export function airflow(plant: PlantParameters, speeds: readonly number[], openness: readonly number[]): Airflow {
  const slotM3s = plant.slots.map((_, s) => plant.sled.naturalFlowM3s * Math.max(SEAL_LEAK, openness[s] ?? 0));
  let bypassM3s = 0;
  plant.fans.forEach((fan, m) => {
    const speed = speeds[m] ?? 0;
    if (speed < STANDING) return;
    const weights = plant.slots.map((slot) => slot.share[fan.id] ?? 0);
    const wholeWeight = weights.reduce((sum, weight) => sum + weight, 0);
    const open = weights.map((weight, s) => (weight / wholeWeight) * Math.max(SEAL_LEAK, openness[s] ?? 0));
    const past = plant.bypass + plant.backflow * wayBack(speeds, m);
    const area = open.reduce((sum, part) => sum + part, past);
    // the passage the fans were sized for is 1 + bypass: the impedance is given at that
    const deliveredM3s = fan.maxFlowM3s * speed * operatingPoint(plant, area / (1 + plant.bypass), speed);
    open.forEach((part, s) => (slotM3s[s] = (slotM3s[s] ?? 0) + (deliveredM3s * part) / area));
    bypassM3s += (deliveredM3s * past) / area;
  });
  return { slotM3s, bypassM3s };
}

/** Mean lag of the other fans behind this one: 1 = all others stand. */
function wayBack(speeds: readonly number[], fan: number): number {
  if (speeds.length < 2) return 0;
  const own = speeds[fan] ?? 0;
  const lag = speeds.reduce((sum, other, m) => sum + (m === fan ? 0 : Math.max(0, 1 - other / own)), 0);
  return lag / (speeds.length - 1);
}

/**
 * Share of its free delivery at this speed that a fan brings through a passage of relative `area`: where the fan's
 * pressure n²·(1 − q²) equals the chassis' turbulent·n²·(q/area)² + laminar·n·(q/area).
 */
function operatingPoint(plant: PlantParameters, area: number, speed: number): number {
  const a = 1 + plant.impedance.turbulent / area ** 2;
  const b = plant.impedance.laminar / (area * speed);
  return (Math.sqrt(b * b + 4 * a) - b) / (2 * a);
}
