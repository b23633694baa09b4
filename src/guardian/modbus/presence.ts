// Whether a Modbus device is there. One that stays silent is asked less and less often, and comes back when it answers.
//
//   new ──answered──▶ there ──silent ×3──▶ away
//    └──silent ×3──▶ away ──answered──▶ there

const PATIENT_SILENCES = 3;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

export type PresenceChange = 'found' | 'back' | 'lost' | null;

export class Presence {
  #state: 'new' | 'there' | 'away' = 'new';
  #silences = 0;
  #waitMs = FIRST_WAIT_MS;
  #notBeforeMs = -Infinity;

  get state(): 'new' | 'there' | 'away' {
    return this.#state;
  }

  /** May it be asked now? */
  due(nowMs: number): boolean {
    return this.#state !== 'away' || nowMs >= this.#notBeforeMs;
  }

  answered(): PresenceChange {
    const before = this.#state;
    this.#state = 'there';
    this.#silences = 0;
    this.#waitMs = FIRST_WAIT_MS;
    if (before === 'there') return null;
    return before === 'new' ? 'found' : 'back';
  }

  silent(nowMs: number): PresenceChange {
    if (this.#state === 'away') {
      this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
      this.#notBeforeMs = nowMs + this.#waitMs;
      return null;
    }
    if (++this.#silences < PATIENT_SILENCES) return null;
    this.#state = 'away';
    this.#notBeforeMs = nowMs + this.#waitMs;
    return 'lost';
  }

  forget(): void {
    this.#state = 'new';
    this.#silences = 0;
    this.#waitMs = FIRST_WAIT_MS;
    this.#notBeforeMs = -Infinity;
  }
}
