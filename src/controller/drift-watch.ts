// Drift of the chassis: frames → detector → events in words. Before a slot has been learned long enough to be judged
// open loop, the identifier's quick look at jumps speaks for it; what is found opens the learned model at once.
import type { Board } from '../board/schema.ts';
import type { DriftView } from '../core/view.ts';
import type { Frame } from '../protocols/guardian-link.ts';
import type { DriftDetector } from '../thermal/drift.ts';
import type { DriftChange, DriftFinding } from '../thermal/drift-cause.ts';
import { detectorFor, DriftFrames } from './drift-frames.ts';
import { driftEvent, driftView } from './drift-words.ts';
import type { EventInput } from './event-log.ts';
import type { ModelTracker } from './model-tracker.ts';

/** The quick look takes no other cause into account. */
const QUICK_CONFIDENCE = 0.7;
/** A slot that lets so many times the air through that it did is free again. */
const OPENED = 1.5;

export class DriftWatch {
  readonly #board: Board;
  readonly #model: ModelTracker;
  readonly #detector: DriftDetector;
  readonly #frames: DriftFrames;
  /** What the quick look says of slots that cannot be judged yet, by index. */
  readonly #quick = new Map<number, { readonly finding: DriftFinding; readonly lowest: number }>();

  constructor(board: Board, model: ModelTracker) {
    this.#board = board;
    this.#model = model;
    this.#frames = new DriftFrames(board);
    this.#detector = detectorFor(board);
  }

  /** Takes a frame in, for the model, too. @returns what there is to tell */
  take(frame: Frame, ambientC: number | null): EventInput[] {
    const quick = this.#model.take(frame, ambientC).flatMap(({ slot, drift }) => {
      const index = this.#board.slots.findIndex((entry) => entry.number === slot);
      return this.#quickChange(index, drift !== 'none', frame.atMs / 1000);
    });
    const changes = this.#detector.take(this.#frames.take(frame, ambientC));
    for (const change of changes) this.#openPaths(change);
    return [...quick, ...this.#followQuick(), ...changes].map((change) => driftEvent(this.#board, change));
  }

  present(): DriftView[] {
    return [...[...this.#quick.values()].map(({ finding }) => finding), ...this.#detector.findings()].map((finding) =>
      driftView(this.#board, finding),
    );
  }

  /** A slot that is blocked soon after the controller's start is told of by its jump alone. */
  #quickChange(index: number, isBlocked: boolean, atS: number): DriftChange[] {
    if (!isBlocked) return this.#quickOver(index);
    if (this.#quick.has(index) || this.#detector.judges(index)) return [];
    const openness = Math.min(1, this.#openness(index));
    const finding: DriftFinding = {
      cause: { kind: 'slot-blocked', slot: index },
      magnitude: openness,
      confidence: QUICK_CONFIDENCE,
      sinceS: atS,
      growth: 'sudden',
      isMeasured: false,
    };
    this.#quick.set(index, { finding, lowest: openness });
    return [{ kind: 'found', finding }];
  }

  /** How blocked they are now; what has opened far again is over, though the board expects still more. */
  #followQuick(): DriftChange[] {
    return [...this.#quick].flatMap(([index, { finding, lowest }]) => {
      const openness = Math.min(1, this.#openness(index));
      if (openness > OPENED * lowest) return this.#quickOver(index);
      const now = { ...finding, magnitude: openness };
      this.#quick.set(index, { finding: now, lowest: Math.min(lowest, openness) });
      return [];
    });
  }

  #quickOver(index: number): DriftChange[] {
    const known = this.#quick.get(index);
    this.#quick.delete(index);
    return known === undefined ? [] : [{ kind: 'gone', finding: known.finding }];
  }

  #openness(index: number): number {
    return this.#model.estimate(this.#board.slots[index]!).opennessFactor;
  }

  /** Air that has changed is learned anew at once, so that the planner counts on what there is now. */
  #openPaths({ kind, finding }: DriftChange): void {
    const { cause } = finding;
    if (kind === 'named' || cause.kind === 'sensor' || finding.isMeasured) return;
    this.#board.slots.forEach((slot, index) => {
      if (cause.kind === 'filter' || (cause.kind === 'slot-blocked' && cause.slot === index))
        this.#model.openPath(slot);
      if (cause.kind !== 'fan-weak') return;
      const { id } = this.#board.airMovers[cause.mover]!;
      if ((slot.model.share[id] ?? 0) > 0) this.#model.openPath(slot);
    });
  }
}
