// Stepwise tables: at or above a step's temperature the ratio is at least the step's; going down, a step holds until the
// temperature is `hysteresisK` under it.
import type { CoolingTable } from './config.ts';

/** Index of the step in force; −1 = below the first. An unknown temperature keeps the step. */
export function nextStep(table: CoolingTable, step: number, temperatureC: number | null): number {
  if (temperatureC === null) return step;
  const reached = lastStepAt(table, temperatureC);
  return reached >= step ? reached : Math.min(step, lastStepAt(table, temperatureC + table.hysteresisK));
}

/** The most that any step up to and including `step` asks for; 0 below the first. */
export function tableRatio(table: CoolingTable, step: number): number {
  let ratio = 0;
  for (const entry of table.steps.slice(0, step + 1)) ratio = Math.max(ratio, entry.ratio);
  return ratio;
}

function lastStepAt(table: CoolingTable, temperatureC: number): number {
  return table.steps.findLastIndex((entry) => temperatureC >= entry.atC);
}
