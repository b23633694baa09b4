// What a plan may still use up: time, steps, and whether somebody wants the best so far now. Every phase looks at it.

export interface WatchOptions {
  /** How long it may take. */
  readonly seconds: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Exact evaluations the search may make, or what takes as long; each phase after it ends with a share of that. */
  readonly maxSteps?: number;
  /** True once the best so far is wanted. */
  readonly isStopped?: () => boolean;
}

/** What is kept for all that follows the search: about so many times what came before it, as both grow with the chassis; */
const REST_TO_SETUP = 4;
/** not less than this share of the time, or this much more when that is less than a greater share; and not more. */
const LEAST_SHARE = 0.05;
const USUAL_REST_MS = 100;
const USUAL_SHARE = 0.15;
const MOST_SHARE = 0.7;
/** Steps that every phase may take, however few the search has. */
const LEAST_STEPS = 500;

/** What is kept for what follows a phase. */
export interface Rest {
  readonly share: number;
  /** As a multiple of the time before the search. */
  readonly setups: number;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #startMs: number;
  readonly #steps: () => number;
  #setupMs = 0;

  /** `steps`: so many have been made. */
  constructor(options: WatchOptions, startMs: number, steps: () => number) {
    this.#options = options;
    this.#startMs = startMs;
    this.#steps = steps;
  }

  /** True when more than this share of the time has passed, and when the best so far is wanted. */
  isPast(share: number): boolean {
    if (this.#options.isStopped?.() === true) return true;
    return this.#options.now() - this.#startMs > this.#options.seconds * 1000 * share;
  }

  /** The same for a search, which has a limit of steps besides. */
  isSpent(share: number): boolean {
    return this.#steps() >= (this.#options.maxSteps ?? Infinity) || this.isPast(share);
  }

  /** A limit for what comes next: all that is left until this share of the time, less the share of it that is kept. */
  leaving(kept: number, share: number): () => boolean {
    const { now, seconds, maxSteps = Infinity } = this.#options;
    const nowMs = now();
    const untilMs = nowMs + (1 - kept) * (this.#startMs + seconds * 1000 * share - nowMs);
    const stepsBefore = this.#steps();
    const steps = stepsBefore + (1 - kept) * (maxSteps - stepsBefore);
    return () => this.#steps() >= steps || now() > untilMs || this.#options.isStopped?.() === true;
  }

  /** How much of this share of the time, or of all steps, is used up. */
  usedOf(share: number): number {
    const { now, seconds, maxSteps = Infinity } = this.#options;
    return Math.max(this.#steps() / maxSteps, (now() - this.#startMs) / Math.max(1, seconds * 1000 * share));
  }

  /**
   * A phase that is not made of exact evaluations: over with a share of the time, and when it has looked at this so often
   * that, at so many steps from one look to the next, it has taken a share of the search's steps.
   */
  phase(share: number, stepShare: number, stepsPerLook: number): () => boolean {
    let left = LEAST_STEPS + stepShare * (this.#options.maxSteps ?? Infinity);
    return () => (left -= stepsPerLook) < 0 || this.isPast(share);
  }

  /** `most` of anything that takes so many steps each, or as many as the search's steps allow. */
  countOf(most: number, stepsPerOne: number): number {
    return Math.min(most, (LEAST_STEPS + (this.#options.maxSteps ?? Infinity)) / stepsPerOne);
  }

  /**
   * Share of the time at which a phase has to end for what follows it, which takes at least a share of the time, and so
   * many times what came before the search. Known once the search's share has been asked for.
   */
  shareUntil({ share, setups }: Rest): number {
    return 1 - Math.max(share, Math.min(MOST_SHARE / 2, (setups * this.#setupMs) / (this.#options.seconds * 1000)));
  }

  /** Share of the time at which the search has to end, asked when all is ready for it. */
  searchShare(): number {
    const allMs = this.#options.seconds * 1000;
    const setupMs = this.#options.now() - this.#startMs;
    this.#setupMs = setupMs;
    const usualMs = Math.max(LEAST_SHARE * allMs, Math.min(USUAL_SHARE * allMs, USUAL_REST_MS));
    return 1 - Math.min(MOST_SHARE, Math.max(usualMs, REST_TO_SETUP * setupMs) / allMs);
  }
}
