// What a zone's sensors amount to: the worst margin and who leads, whether anything is over its critical limit, and
// what cannot be judged.
import type { CoolingSensor } from './config.ts';
import type { Estimate } from './staleness.ts';

export interface Worst {
  readonly sensor: string;
  readonly marginK: number;
}

export interface Findings {
  readonly worst: Worst | null;
  /** At or over the critical limit. */
  readonly overheated: readonly string[];
  /** Must-have sensors that have not been read once. */
  readonly unread: readonly string[];
  /** Must-have sensors that are lost, or should have been read by now. */
  readonly lost: readonly string[];
  /** Something should be measured here, and nothing is. */
  readonly blind: boolean;
}

export interface Judged {
  readonly sensor: CoolingSensor;
  readonly estimate: Estimate;
}

export function judge(sensors: readonly Judged[]): Findings {
  let worst: Worst | null = null;
  const overheated: string[] = [];
  const unread: string[] = [];
  const lost: string[] = [];
  let expected = 0;
  for (const { sensor, estimate } of sensors) {
    if (estimate.kind !== 'away') expected++;
    if (estimate.kind === 'temperature') {
      const marginK = sensor.limitC - estimate.valueC;
      if (worst === null || marginK < worst.marginK) worst = { sensor: sensor.name, marginK };
      if (estimate.valueC >= sensor.criticalC) overheated.push(sensor.name);
    } else if (sensor.mustHave && estimate.kind === 'unread') {
      unread.push(sensor.name);
      if (estimate.overdue) lost.push(sensor.name);
    } else if (sensor.mustHave && estimate.kind === 'lost') {
      lost.push(sensor.name);
    }
  }
  return { worst, overheated, unread, lost, blind: worst === null && expected > 0 };
}
