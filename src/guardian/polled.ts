// A value that is asked for again and again and may not answer: the newest one, until it is too old. What hangs is
// waited for once; after that it is tried again now and then and nobody waits.

const RETRY_MS = 4000;

export class Polled<T> {
  readonly #read: () => Promise<T>;
  readonly #staleMs: number;
  #latest: { readonly value: T; readonly atMs: number } | null = null;
  #attempt = 0;
  #pendingSinceMs: number | null = null;
  #hung = false;

  constructor(read: () => Promise<T>, staleMs = 5000) {
    this.#read = read;
    this.#staleMs = staleMs;
  }

  /** Asks again unless the last question is still open; resolves when there is nothing worth waiting for any more. */
  async ask(nowMs: number): Promise<void> {
    if (this.#pendingSinceMs !== null) {
      if (nowMs - this.#pendingSinceMs < RETRY_MS) return;
      this.#hung = true;
    }
    const answered = this.#start(nowMs);
    if (!this.#hung) await answered;
    else answered.catch(() => undefined); // it clears the way for the next question, whose answer is waited for
  }

  /** Null when it has not answered for a while. */
  latest(nowMs: number): T | null {
    if (this.#latest === null || nowMs - this.#latest.atMs > this.#staleMs) return null;
    return this.#latest.value;
  }

  /** When the newest answer was asked for; -Infinity before the first. */
  latestAtMs(): number {
    return this.#latest?.atMs ?? -Infinity;
  }

  async #start(nowMs: number): Promise<void> {
    const attempt = ++this.#attempt;
    this.#pendingSinceMs = nowMs;
    try {
      const value = await this.#read();
      if (attempt === this.#attempt) this.#latest = { value, atMs: nowMs };
    } finally {
      if (attempt === this.#attempt) {
        this.#pendingSinceMs = null;
        this.#hung = false;
      }
    }
  }
}
