// Workloads that two agents say they run. Records of the two ends of a Move may overlap for a moment; what stays so is
// said once, and again when it is over.

/** How long both must go on saying it. */
const SETTLE_MS = 5000;

export interface ClaimNews {
  readonly begun: readonly string[];
  readonly ended: readonly string[];
}

export class DoubleClaims {
  readonly #sinceMs = new Map<string, number>();
  readonly #told = new Set<string>();

  /** @param claimed what is claimed twice now */
  update(claimed: readonly string[], nowMs: number): ClaimNews {
    for (const workload of [...this.#sinceMs.keys()]) if (!claimed.includes(workload)) this.#sinceMs.delete(workload);
    for (const workload of claimed) if (!this.#sinceMs.has(workload)) this.#sinceMs.set(workload, nowMs);
    const begun = claimed.filter(
      (workload) => !this.#told.has(workload) && nowMs - (this.#sinceMs.get(workload) ?? nowMs) >= SETTLE_MS,
    );
    const ended = [...this.#told].filter((workload) => !this.#sinceMs.has(workload));
    for (const workload of begun) this.#told.add(workload);
    for (const workload of ended) this.#told.delete(workload);
    return { begun, ended };
  }
}
