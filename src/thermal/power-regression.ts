// What a core in use costs, for each workload, and what its sled draws without work: by recursive least squares with
// forgetting and bounds at 0 over
//
//   power of a slot = idle of the slot + Σ wattsPerCore of a workload · its cores
//
// A workload that never runs alone is told from its neighbours by their CPU times going up and down apart. Where these
// do not, nothing moves the estimates away from the mean of all work: then power is split by CPU time. A workload takes
// what is known of it along when it moves.
import { diagonalOf, takeIn } from './covariance.ts';

export interface RegressedSlot {
  readonly slot: number;
  readonly powerW: number;
  /** The board's word. */
  readonly idlePowerW: number;
  readonly workloads: readonly { readonly id: string; readonly cpuRatio: number }[];
}

interface Belief {
  readonly wattsPerCore: number;
  readonly sigma: number;
}

interface Block {
  readonly ids: readonly string[];
  /** Idle first, then W per core in the order of `ids`. */
  readonly state: Float64Array;
  readonly covariance: Float64Array;
  atS: number;
}

/** Of the idle power, as a share of the board's, and what is added to it, W. */
const IDLE_SIGMA = { share: 0.03, leastW: 0.5 };
/** Of W per core, as a share of the mean of all work; no less than so many W. */
const CORE_SIGMA = { share: 0.5, leastW: 2 };
/** What the formula leaves out: leakage, clocks that vary, CPU times that lag the power, W. */
const NOISE_W = 3;
/** How far things wander in an hour, one standard deviation. */
const WANDER_PER_HOUR = { idleW: 0.2, coreShare: 0.4 };
/** Hours without frames count as so many: more is not known to have changed. */
const MOST_HOURS = 6;
/** The mean of all work is taken over about so many cores · samples. */
const POOL_CORES = 2000;
const FIRST_WATTS_PER_CORE = 10;
const LEAST_CORES = 0.01;

export class PowerRegression {
  readonly #blocks = new Map<number, Block>();
  /** Of workloads, when they last left a block. */
  readonly #beliefs = new Map<string, Belief>();
  readonly #pool = { watts: 0, cores: 0 };

  /** Takes in what a slot drew, on average over some seconds in which the same work ran there. */
  observe(atS: number, seen: RegressedSlot): void {
    this.#addToPool(seen);
    const block = this.#blockFor(atS, seen);
    this.#wander(block, atS);
    const row = Float64Array.from([1, ...seen.workloads.map(({ cpuRatio }) => cpuRatio)]);
    const expectedW = row.reduce((sum, value, i) => sum + value * block.state[i]!, 0);
    takeIn(block.state, block.covariance, row, seen.powerW - expectedW, NOISE_W ** 2);
  }

  /** Idle power of a slot and W per core of each of its workloads, none below 0. */
  split(seen: RegressedSlot): { readonly idleW: number; readonly wattsPerCore: readonly number[] } {
    const block = this.#blocks.get(seen.slot);
    if (block === undefined || !isSame(block, seen))
      return {
        idleW: block?.state[0] ?? seen.idlePowerW,
        wattsPerCore: seen.workloads.map(({ id }) => this.#known(id)?.wattsPerCore ?? this.#pooled()),
      };
    const [idleW, ...wattsPerCore] = bounded(block);
    return { idleW: idleW!, wattsPerCore };
  }

  /** Forgets workloads that are gone for good. */
  forget(id: string): void {
    this.#beliefs.delete(id);
  }

  /** W per core of all work together. */
  #pooled(): number {
    return this.#pool.cores < LEAST_CORES ? FIRST_WATTS_PER_CORE : Math.max(0, this.#pool.watts / this.#pool.cores);
  }

  #addToPool({ powerW, idlePowerW, workloads }: RegressedSlot): void {
    const cores = workloads.reduce((sum, { cpuRatio }) => sum + cpuRatio, 0);
    if (cores < LEAST_CORES) return;
    const kept = Math.max(0, 1 - cores / POOL_CORES);
    this.#pool.watts = kept * this.#pool.watts + powerW - idlePowerW;
    this.#pool.cores = kept * this.#pool.cores + cores;
  }

  #blockFor(atS: number, seen: RegressedSlot): Block {
    const before = this.#blocks.get(seen.slot);
    if (before !== undefined && isSame(before, seen)) return before;
    before?.ids.forEach((id, i) => this.#beliefs.set(id, beliefOf(before, i + 1)));
    const ids = seen.workloads.map(({ id }) => id);
    const beliefs = ids.map((id) => this.#known(id) ?? this.#start());
    const idleSigmaW = IDLE_SIGMA.leastW + IDLE_SIGMA.share * seen.idlePowerW;
    const block: Block = {
      ids,
      state: Float64Array.from([seen.idlePowerW, ...beliefs.map(({ wattsPerCore }) => wattsPerCore)]),
      covariance: diagonalOf([idleSigmaW, ...beliefs.map(({ sigma }) => sigma)]),
      atS,
    };
    if (before !== undefined) keepKnown(before, block);
    this.#blocks.set(seen.slot, block);
    return block;
  }

  /** From the slot where it was seen last: it may have arrived here before it was missed there. */
  #known(id: string): Belief | undefined {
    let latest: { readonly block: Block; readonly at: number } | null = null;
    for (const block of this.#blocks.values()) {
      const at = block.ids.indexOf(id);
      if (at >= 0 && (latest === null || block.atS > latest.block.atS)) latest = { block, at };
    }
    return latest === null ? this.#beliefs.get(id) : beliefOf(latest.block, latest.at + 1);
  }

  #start(): Belief {
    const wattsPerCore = this.#pooled();
    return { wattsPerCore, sigma: Math.max(CORE_SIGMA.leastW, CORE_SIGMA.share * wattsPerCore) };
  }

  #wander(block: Block, atS: number): void {
    const hours = Math.min(MOST_HOURS, Math.max(0, atS - block.atS) / 3600);
    block.atS = atS;
    const { idleW, coreShare } = WANDER_PER_HOUR;
    const size = block.state.length;
    for (let i = 0; i < size; i++) {
      const sigma = i === 0 ? idleW : coreShare * Math.max(block.state[i]!, CORE_SIGMA.leastW);
      block.covariance[i * (size + 1)] = block.covariance[i * (size + 1)]! + sigma * sigma * hours;
    }
  }
}

function isSame(block: Block, { workloads }: RegressedSlot): boolean {
  return block.ids.length === workloads.length && block.ids.every((id, i) => id === workloads[i]!.id);
}

function beliefOf(block: Block, i: number): Belief {
  return {
    wattsPerCore: Math.max(0, block.state[i]!),
    sigma: Math.sqrt(block.covariance[i * (block.state.length + 1)]!),
  };
}

/** What was known of the slot and of the work that stayed, with how it hangs together. */
function keepKnown(before: Block, after: Block): void {
  const size = after.state.length;
  const places = [0, ...after.ids.map((id) => before.ids.indexOf(id) + 1)].map((at, i) =>
    i > 0 && at === 0 ? -1 : at,
  );
  places.forEach((from, i) => {
    if (from < 0) return;
    after.state[i] = before.state[from]!;
    places.forEach((other, j) => {
      if (other >= 0) after.covariance[i * size + j] = before.covariance[from * before.state.length + other]!;
    });
  });
}

/** The estimates under the condition that none is below 0: what would be is held at 0, and the others give way. */
function bounded({ state, covariance }: Block): Float64Array {
  const free = state.slice();
  const spread = covariance.slice();
  for (let round = 0; round < state.length; round++) {
    let worst = -1;
    for (let i = 0; i < free.length; i++) if (free[i]! < -1e-9 && (worst < 0 || free[i]! < free[worst]!)) worst = i;
    if (worst < 0) break;
    const row = new Float64Array(free.length);
    row[worst] = 1;
    takeIn(free, spread, row, -free[worst]!, 1e-9);
  }
  return free.map((value) => Math.max(0, value));
}
