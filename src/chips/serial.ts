// Lets asynchronous jobs run one after the other, for sequences of transfers that must not interleave.

export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `job` after every job given before it has ended, however it ended. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job, job);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
