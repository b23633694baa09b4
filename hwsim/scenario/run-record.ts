// What a run leaves behind for its expectations: each slot's peak and time over its limit, and the Moves that were made.
import type { PlantMetrics, PlantTruth } from '../contract.ts';

export interface SlotRecord {
  readonly limitC: number;
  readonly peakC: number;
  readonly peakAtS: number;
  /** Plant time it was last seen over its limit; null = never. */
  readonly lastOverS: number | null;
  /** Plant time since which it has had no power; null = it has. */
  readonly offSinceS: number | null;
}

export interface MoveRecord {
  readonly id: string;
  readonly workload: string;
  readonly from: number;
  readonly to: number;
  readonly outcome: 'open' | 'done' | 'undone';
  /** Plant time it was done or undone; null while open. */
  readonly endedAtS: number | null;
}

export interface RunRecord {
  readonly endS: number;
  readonly slots: ReadonlyMap<number, SlotRecord>;
  readonly moves: readonly MoveRecord[];
  readonly metrics: PlantMetrics;
}

export class RunRecorder {
  readonly #slots = new Map<number, SlotRecord>();
  readonly #moves = new Map<string, MoveRecord>();
  #endS = 0;

  constructor(limits: ReadonlyMap<number, number>) {
    for (const [slot, limitC] of limits) {
      this.#slots.set(slot, { limitC, peakC: -273.15, peakAtS: 0, lastOverS: null, offSinceS: null });
    }
  }

  /** Call at least once a plant second. */
  observe(truth: PlantTruth): void {
    this.#endS = truth.timeS;
    for (const { slot, present, powered, cpuC } of truth.slots.values()) {
      const before = this.#slots.get(slot);
      if (before === undefined || !present) continue;
      const peak = cpuC > before.peakC ? { peakC: cpuC, peakAtS: truth.timeS } : {};
      const over = cpuC > before.limitC ? { lastOverS: truth.timeS } : {};
      const offSinceS = powered ? null : (before.offSinceS ?? truth.timeS);
      this.#slots.set(slot, { ...before, ...peak, ...over, offSinceS });
    }
  }

  /** The latest word on a Move; a later one with the same id replaces it. */
  move(move: MoveRecord): void {
    this.#moves.set(move.id, move);
  }

  record(metrics: PlantMetrics): RunRecord {
    return { endS: this.#endS, slots: new Map(this.#slots), moves: [...this.#moves.values()], metrics };
  }
}
