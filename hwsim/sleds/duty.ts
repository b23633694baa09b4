// How long the demo workload has to burn in a period to use a set share of a core: from the CPU time that it was to use
// and the CPU time that it has used, its own overhead included.
import { clamp } from '../../src/core/units.ts';

/** Work that could not be done in time is not caught up beyond this. */
const MAX_DEBT_US = 100_000;
/** The rest of a period is for signals. */
const MAX_BURST_RATIO = 0.95;

export interface DutyClocks {
  /** Monotonic, ms. */
  readonly nowMs: () => number;
  /** CPU time of this process, µs. */
  readonly usedUs: () => number;
}

export class Duty {
  readonly #clocks: DutyClocks;
  readonly #periodMs: number;
  readonly #baseUs: number;
  #targetUs = 0;
  #lastMs: number;

  constructor(periodMs: number, clocks: DutyClocks) {
    this.#periodMs = periodMs;
    this.#clocks = clocks;
    this.#baseUs = clocks.usedUs();
    this.#lastMs = clocks.nowMs();
  }

  /** What is owed for `cores` of the time since the last call, ms. */
  burstMs(cores: number): number {
    const nowMs = this.#clocks.nowMs();
    this.#targetUs += cores * (nowMs - this.#lastMs) * 1000;
    this.#lastMs = nowMs;
    const owedUs = this.#targetUs - (this.#clocks.usedUs() - this.#baseUs);
    const boundedUs = clamp(owedUs, -MAX_DEBT_US, MAX_DEBT_US);
    this.#targetUs -= owedUs - boundedUs;
    return Math.max(0, Math.min(boundedUs / 1000, this.#periodMs * MAX_BURST_RATIO));
  }
}
