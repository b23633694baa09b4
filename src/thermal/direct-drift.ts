// Drift that shows without comparing slots: sensors that are stuck or noisy, air movers that turn too slowly, and what the
// long memory says of the filter and of single slots.
import { causeKey, type DriftCause, type DriftChange, type DriftFinding } from './drift-cause.ts';
import type { ExplainedDrift } from './explained-drift.ts';
import type { Fouling } from './fouling.ts';
import type { MoverCheck } from './mover-check.ts';
import type { SickSensor } from './reading-watch.ts';

/** These are measured, not weighed against each other. */
const CONFIDENCE = 0.99;

type Found = Pick<DriftFinding, 'cause' | 'magnitude' | 'growth' | 'isMeasured'>;

export class DirectDrift {
  readonly #findings = new Map<string, DriftFinding>();

  findings(): DriftFinding[] {
    return [...this.#findings.values()];
  }

  /** @param explained what has been named already is not said twice */
  step(
    sick: readonly SickSensor[],
    movers: readonly MoverCheck[],
    fouling: Fouling,
    explained: readonly ExplainedDrift[],
    atS: number,
  ): DriftChange[] {
    const now = new Map(
      [...measured(sick, movers), ...remembered(fouling, explained)].map((found) => [causeKey(found.cause), found]),
    );
    const changes: DriftChange[] = [];
    for (const [key, finding] of this.#findings) {
      if (now.has(key)) continue;
      this.#findings.delete(key);
      changes.push({ kind: 'gone', finding });
    }
    for (const [key, found] of now) {
      const before = this.#findings.get(key);
      const finding = { ...found, confidence: CONFIDENCE, sinceS: before?.sinceS ?? atS };
      this.#findings.set(key, finding);
      if (before === undefined) changes.push({ kind: 'found', finding });
    }
    return changes;
  }
}

function measured(sick: readonly SickSensor[], movers: readonly MoverCheck[]): Found[] {
  const found = (cause: DriftCause, magnitude: number): Found => ({
    cause,
    magnitude,
    growth: 'sudden',
    isMeasured: true,
  });
  return [
    ...sick.map(({ sensor, fault }) => found({ kind: 'sensor', sensor, fault }, 0)),
    ...movers.flatMap((check, mover) => (check.isWeak ? [found({ kind: 'fan-weak', mover }, check.part)] : [])),
  ];
}

function remembered(fouling: Fouling, explained: readonly ExplainedDrift[]): Found[] {
  const found = (cause: DriftCause, magnitude: number): Found => ({
    cause,
    magnitude,
    growth: 'slow',
    isMeasured: false,
  });
  const isToldOf = (slot: number) => explained.some((entry) => entry.isAbout(slot));
  const isFilterTold = explained.some(({ finding }) => finding.cause.kind === 'filter');
  return [
    ...(fouling.isFilter && !isFilterTold ? [found({ kind: 'filter' }, fouling.part)] : []),
    ...fouling
      .lowSlots()
      .flatMap(({ slot, part }) => (isToldOf(slot) ? [] : [found({ kind: 'slot-blocked', slot }, part)])),
  ];
}
