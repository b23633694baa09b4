// What a plan may still use up: time, steps, and whether somebody wants the best so far now. Every phase looks at it.

export interface WatchOptions {
  /** How long it may take. */
  readonly seconds: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Exact evaluations the search may make, or what takes as long. */
  readonly maxSteps?: number;
  /** True once the best so far is wanted. */
  readonly isStopped?: () => boolean;
}

/** Of the time, what is kept for all that follows the search. */
const LEAST_REST = 0.15;
const MOST_REST = 0.7;
/** What follows the search takes about so many times what came before it: both grow with the chassis. */
const REST_TO_SETUP = 2;

export class Watch {
  readonly #options: WatchOptions;
  readonly #startMs: number;
  readonly #steps: () => number;

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

  /** Share of the time at which the search has to end, asked when all is ready for it. */
  searchShare(): number {
    const setup = (this.#options.now() - this.#startMs) / (this.#options.seconds * 1000);
    return 1 - Math.min(MOST_REST, Math.max(LEAST_REST, REST_TO_SETUP * setup));
  }
}
