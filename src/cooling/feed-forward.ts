// Feed-forward on power: a slot that takes more power than its running mean will be hotter soon, so the fans go up now.
// Less power than the mean does nothing; the margin will say so.
import type { Reading } from '../core/reading.ts';

/** Time constant of the running mean; about that of a heat sink. */
const MEAN_TIME_CONSTANT_S = 80;

/** Running mean by power sensor, W. */
export type PowerMeans = Readonly<Record<string, number>>;

export function stepPowerMeans(
  means: PowerMeans,
  sensors: readonly string[],
  readings: ReadonlyMap<string, Reading>,
  dtS: number,
): { readonly means: PowerMeans; readonly excessW: number } {
  const next: Record<string, number> = { ...means };
  let excessW = 0;
  for (const name of sensors) {
    const reading = readings.get(name);
    if (reading?.kind !== 'value') {
      // a sled that comes back starts a new mean; a sensor that only misses a reading keeps its own
      if (reading?.reason === 'absent' || reading?.reason === 'off') delete next[name];
      continue;
    }
    const meanW = next[name] ?? reading.value;
    excessW += Math.max(0, reading.value - meanW);
    next[name] = meanW + (reading.value - meanW) * (1 - Math.exp(-dtS / MEAN_TIME_CONSTANT_S));
  }
  return { means: next, excessW };
}
