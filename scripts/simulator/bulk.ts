// State on its way from one sled to another: the offer, the answer, the bytes, the word that they are durable. The line
// may break at each of these, also when one side has finished already.
import type { BulkOffer, DriverOp, OfferAnswer } from '../../src/agent/machine/machine.ts';
import { assertNever } from '../../src/core/errors.ts';
import type { AgentHost } from './agent-host.ts';
import type { Call } from './driver.ts';
import type { EventQueue } from './event-queue.ts';
import type { Network } from './network.ts';
import type { Weather } from './weather.ts';

const BYTES = 1_000_000;
/** A sender waits this long for an answer and the end. */
const PATIENCE_MS = 20_000;

export interface BulkParts {
  readonly queue: EventQueue;
  readonly weather: Weather;
  readonly network: Network;
  /** The agent of a sled, if it runs. */
  readonly agent: (sled: string) => AgentHost | null;
}

/** What the receiving agent sees of a transfer. */
export interface Incoming {
  readonly offer: BulkOffer;
  readonly ticket: string;
  readonly admit: (answer: OfferAnswer) => void;
  readonly done: (error: string | null) => void;
  cancelled: boolean;
}

interface Load {
  readonly offer: BulkOffer;
  readonly ticket: string;
  readonly work: number;
}

/** Carries out the `send` of a driver. */
export function sendState(
  parts: BulkParts,
  from: AgentHost,
  op: Extract<DriverOp, { kind: 'send' }>,
  workload: string,
  call: Call,
): void {
  const { queue, weather, network } = parts;
  const { move, epoch, ticket, peer } = op.command;
  queue.after(2 + weather.random.next() * 5, () => {
    if (!call.wanted()) return;
    const to = parts.agent(peer?.host ?? '');
    if (to === null || !network.linked(from.name, to.name) || weather.strikes('network', 0.1)) {
      const tookMs = 200 + weather.random.next() * 3_000;
      queue.after(tookMs, () => call.report({ kind: 'failed', error: 'no connection' }));
      return;
    }
    const load = { offer: { move, workload, epoch }, ticket, work: from.sled.work(workload, op.epoch) };
    new Transfer(parts, from, to, load, call).begin();
  });
}

class Transfer {
  readonly #parts: BulkParts;
  readonly #from: AgentHost;
  readonly #to: AgentHost;
  /** Of the agent that receives: it may die on the way. */
  readonly #life: number;
  readonly #load: Load;
  readonly #call: Call;
  readonly #incoming: Incoming;
  #token = 0;
  #letIn = false;

  constructor(parts: BulkParts, from: AgentHost, to: AgentHost, load: Load, call: Call) {
    this.#parts = parts;
    this.#from = from;
    this.#to = to;
    this.#life = to.life;
    this.#load = load;
    this.#call = call;
    const { offer, ticket } = load;
    const admit = (answer: OfferAnswer) => {
      this.#letIn = answer.kind === 'take';
      this.#later(2, () => this.#answered(answer));
    };
    const done = (error: string | null) => this.#later(2, () => this.#done(error));
    this.#incoming = { offer, ticket, cancelled: false, admit, done };
  }

  begin(): void {
    this.#parts.queue.after(PATIENCE_MS, () => this.#breaks());
    this.#token = this.#to.offered(this.#incoming);
  }

  #later(delayMs: number, what: () => void): void {
    this.#parts.queue.after(delayMs, what);
  }

  /** Nothing if the call has its result already. */
  #fail(error: string): void {
    this.#call.report({ kind: 'failed', error });
  }

  /** Whether a word of the receiver reaches the sender. */
  #reaches(): boolean {
    const { network, weather } = this.#parts;
    return network.linked(this.#from.name, this.#to.name) && !weather.strikes('network', 0.1);
  }

  #answered(answer: OfferAnswer): void {
    if (!this.#reaches()) return this.#breaks();
    switch (answer.kind) {
      case 'refuse':
        return this.#fail(answer.error);
      case 'have':
        return this.#call.report({ kind: 'sent', bytes: answer.bytes, digest: answer.digest });
      case 'take':
        return this.#transfer();
      default:
        return assertNever(answer, 'answer to an offer');
    }
  }

  #transfer(): void {
    const { weather } = this.#parts;
    const usualMs = 50 + weather.random.next() * 400;
    const tookMs = usualMs + (weather.strikes('network', 0.3) ? weather.random.next() * 9_000 : 0);
    this.#later(tookMs / 2, () => {
      if (this.#isBroken()) return this.#breaks();
      this.#from.progress(this.#call.token, BYTES / 2);
      this.#later(tookMs / 2, () => (this.#isBroken() ? this.#breaks() : this.#arrives()));
    });
  }

  #isBroken(): boolean {
    const gone = !this.#call.wanted() || this.#call.cancelled || this.#incoming.cancelled;
    return gone || this.#to.life !== this.#life || !this.#reaches();
  }

  #breaks(): void {
    this.#ends();
    this.#fail('the line broke');
  }

  /** What was let in is over at the receiver, once. */
  #ends(): void {
    if (this.#letIn && this.#to.life === this.#life) this.#to.offerEnded(this.#token);
    this.#letIn = false;
  }

  #arrives(): void {
    const { offer, work } = this.#load;
    this.#to.sled.setWork(offer.workload, offer.epoch, work);
    this.#to.received(this.#token, BYTES, this.#digest());
    // the line may break while the receiver still makes it durable
    this.#later(this.#parts.weather.random.next() * 5, () => {
      if (this.#letIn && this.#isBroken()) this.#breaks();
    });
  }

  #done(error: string | null): void {
    this.#ends();
    if (!this.#reaches()) this.#fail('the line broke before the end was confirmed');
    else if (error !== null) this.#fail(error);
    else this.#call.report({ kind: 'sent', bytes: BYTES, digest: this.#digest() });
  }

  #digest(): string {
    return `${this.#load.offer.workload}-${Math.round(this.#load.work)}`;
  }
}
