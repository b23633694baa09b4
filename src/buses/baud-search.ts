// Which baud rate a device on a serial line speaks. It is asked at the line's first; one that stays silent is tried at
// the others of its kind, one with each request. While somebody else answers on the line that is done now and then only.

/** So many requests in a row must stay unanswered before other rates are tried. */
export const PATIENT_SILENCES = 3;
/** While others on the line answer, another rate is tried no more often than this. */
export const SEARCH_EVERY_MS = 60_000;

export class BaudSearch {
  readonly #bauds: readonly number[];
  #home: number;
  #silences = 0;
  #next = 1;
  #triedMs = -Infinity;

  /** `bauds`: the likeliest first. */
  constructor(bauds: readonly [number, ...number[]]) {
    this.#bauds = [...new Set(bauds)];
    this.#home = bauds[0];
  }

  /** The rate for the next request. `othersAnswer`: somebody else was heard on the line lately. */
  pick(nowMs: number, othersAnswer: boolean): number {
    if (this.#silences < PATIENT_SILENCES || this.#bauds.length < 2) return this.#home;
    if (othersAnswer && nowMs - this.#triedMs < SEARCH_EVERY_MS) return this.#home;
    this.#triedMs = nowMs;
    const turn = this.#turn();
    this.#next = (this.#next + 1) % this.#bauds.length;
    return turn;
  }

  /** It answered at this rate, which is its own from now on. */
  answered(baud: number): void {
    this.#home = baud;
    this.#silences = 0;
    this.#next = 1;
    this.#triedMs = -Infinity;
  }

  silent(): void {
    this.#silences++;
  }

  /** The rate it was last heard at; before that, the first one. */
  get home(): number {
    return this.#home;
  }

  /** All rates in turn, beginning with the one after `home`. */
  #turn(): number {
    const start = this.#bauds.indexOf(this.#home);
    return this.#bauds[(start + this.#next) % this.#bauds.length] ?? this.#home;
  }
}
