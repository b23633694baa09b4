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

export class DriftWatch {
  readonly #board: Board;
  readonly #model: ModelTracker;
  readonly #detector: DriftDetector;
  readonly #frames: DriftFrames;
  /** What the quick look says of slots that cannot be judged yet, by index. */
  readonly #quick = new Map<number, DriftFinding>();

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
    return [...quick, ...changes].map((change) => driftEvent(this.#board, change));
  }

  present(): DriftView[] {
    return [...this.#quick.values(), ...this.#detector.findings()].map((finding) => driftView(this.#board, finding));
  }

  /** A slot that is blocked when the controller starts, or soon after, is told of by its jump alone. */
  #quickChange(index: number, isBlocked: boolean, atS: number): DriftChange[] {
    const before = this.#quick.get(index);
    if (!isBlocked) {
      this.#quick.delete(index);
      return before === undefined ? [] : [{ kind: 'gone', finding: before }];
    }
    if (before !== undefined || this.#detector.judges(index)) return [];
    const { opennessFactor } = this.#model.estimate(this.#board.slots[index]!);
    const finding: DriftFinding = {
      cause: { kind: 'slot-blocked', slot: index },
      magnitude: Math.min(1, opennessFactor),
      confidence: QUICK_CONFIDENCE,
      sinceS: atS,
      growth: 'sudden',
      isMeasured: false,
    };
    this.#quick.set(index, finding);
    return [{ kind: 'found', finding }];
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

/** The quick look takes no other cause into account. */
const QUICK_CONFIDENCE = 0.7;
