// Whose intent counts, and until when. One client at a time holds it; an intent outlives its client by no more than its
// lease, so a controller that dies and comes back makes no step.
import type { Intent } from '../protocols/guardian-link.ts';

export class IntentHolder {
  #holder: number | null = null;
  #intent: Intent | null = null;
  #untilMs = -Infinity;

  /** Refused while another client, still connected, holds a valid lease. */
  offer(client: number, intent: Intent, nowMs: number): 'taken' | 'refused' {
    const held = this.#holder !== null && this.#holder !== client && nowMs < this.#untilMs;
    if (held) return 'refused';
    this.#holder = client;
    this.#intent = intent;
    this.#untilMs = nowMs + intent.leaseMs;
    return 'taken';
  }

  /** The client is gone: another may take over at once; its intent holds until the lease ends. */
  release(client: number): void {
    if (this.#holder === client) this.#holder = null;
  }

  /** The intent in force; null when there is none or its lease has ended. */
  current(nowMs: number): Intent | null {
    return nowMs < this.#untilMs ? this.#intent : null;
  }
}
