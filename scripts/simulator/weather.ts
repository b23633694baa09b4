// When faults happen, and which: bursts of some kinds of fault, with calm between them in which everything must come
// right by itself.
import type { Random } from '../../src/core/random.ts';

export const FAULT_KINDS = [
  'network', // messages lost, doubled, late, out of order
  'partition', // a machine, or two of them, cut off from the others
  'silence', // a sled falls silent when a command has just been sent to it
  'broker', // down, and its queues lost
  'controller', // killed, or its machine loses power
  'agent', // killed
  'sled', // loses power, hangs until it is switched off and on
  'guardian', // killed; cuts fail, are slow, are not confirmed; readings stale or missing
  'disk', // slow, full, errors whose outcome is not known
  'driver', // slow, failing, late
  'clock', // wall clocks jump
  'operator', // undoes, drains, pulls sleds and pushes them in
  'forger', // sends commands and offers with no, a forged or another Move's ticket
] as const;

/** Kinds that have to come together for a fence to be needed, and to be hard. */
const FENCING = ['silence', 'guardian', 'sled', 'network'] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Burst {
  readonly fromMs: number;
  readonly toMs: number;
  /** Kind → how hard, 0 to 1. */
  readonly kinds: ReadonlyMap<FaultKind, number>;
}

/** After the end of a burst everything must be well within this time. */
export const RECOVERY_MS = 120_000;
const CALM_BEFORE_MS = 30_000;
/** Between bursts, in the mean. */
const QUIET_MS = 3_600_000;

/** The bursts of a run, each followed by the time to recover and a quiet time. */
export function forecast(random: Random): { readonly bursts: readonly Burst[]; readonly endMs: number } {
  const bursts: Burst[] = [];
  let atMs = 0;
  const count = 2 + random.int(2);
  for (let n = 0; n < count; n++) {
    const fromMs = atMs + CALM_BEFORE_MS;
    const kinds = kindsOf(random);
    const leastMs = kinds.has('silence') ? 120_000 : 45_000;
    const toMs = fromMs + leastMs + random.next() ** 2 * 200_000;
    bursts.push({ fromMs, toMs, kinds });
    atMs = toMs + RECOVERY_MS + QUIET_MS * (0.3 + 1.4 * random.next());
  }
  return { bursts, endMs: atMs };
}

function kindsOf(random: Random): Map<FaultKind, number> {
  const kinds = new Map<FaultKind, number>();
  const fences = random.next() < 0.25;
  if (fences) for (const kind of FENCING) kinds.set(kind, 0.5 + 0.5 * random.next());
  const wanted = kinds.size + (fences ? random.int(3) : 1 + random.int(6));
  while (kinds.size < wanted) kinds.set(random.pick(FAULT_KINDS), 0.15 + 0.85 * random.next());
  return kinds;
}

/** Says whether a fault happens now. In calm nothing is drawn. */
export class Weather {
  readonly #random: Random;
  #kinds: ReadonlyMap<FaultKind, number> = new Map();
  /** Faults that happened. */
  faults = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  begin(burst: Burst): void {
    this.#kinds = burst.kinds;
  }

  calm(): void {
    this.#kinds = new Map();
  }

  rough(): boolean {
    return this.#kinds.size > 0;
  }

  has(kind: FaultKind): boolean {
    return this.#kinds.has(kind);
  }

  /** Whether it happens, at this probability when that kind is at its hardest; counted when it does. */
  strikes(kind: FaultKind, probability: number): boolean {
    const hard = this.#kinds.get(kind);
    if (hard === undefined || this.#random.next() >= hard * probability) return false;
    this.faults++;
    return true;
  }

  get random(): Random {
    return this.#random;
  }
}
