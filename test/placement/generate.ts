// Seeded plan instances: rows of slots, each row behind the first preheated by the one before, air movers across them,
// workloads placed in a bad start. Figures are those typical of chassis: 0.1–0.25 K/W, preheat 0.3–0.9, mixing 0.02–0.05.
// families.ts has ready-made kinds of chassis.
import { PLAN_INSTANCE_FORMAT } from '../../src/core/plan.ts';
import type { PlanInstance, PlanRule, Recirculation } from '../../src/core/plan.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Random } from '../../src/core/random.ts';

export interface GenerateOptions {
  readonly seed: number;
  readonly slots: number;
  readonly workloads: number;
  readonly airMovers?: number;
  readonly recirculation?: Recirculation['kind'];
  /** Rules among the workloads; none by default. */
  readonly rules?: number;
  /** Share of workloads that are pinned; 0 by default. */
  readonly pinnedShare?: number;
  /** Mean power of a workload, W; by default such that some slots are hot in the start. */
  readonly meanPowerW?: number;
  readonly maxMoves?: number | null;
  /** Rows of slots behind each other; 2 by default. */
  readonly rows?: number;
  /** Share of the neighbours of a slot whose air mixes into its own; 0.3 by default. */
  readonly mixing?: number;
  /** Capacity of the slots against the usual 64 cores and 256 GiB. */
  readonly room?: number;
  /** What moves cost against the usual 100 to 1,000 J. */
  readonly moveCost?: number;
  /** `uniform` (default): 0.3 to 1.7 of the mean. `skewed`: many small ones and a few of several times the mean. */
  readonly powers?: 'uniform' | 'skewed';
}

/** So many cores and GiB has a slot. */
const CORES = 64;
const MEMORY_GIB = 256;
/** Spread of skewed powers: 1 in 40 has more than 3.7 times the mean. */
const LOG_DEVIATION = 0.9;

/** An instance whose start keeps capacities, power caps and rules, but puts its work mostly into few slots. */
export function generateInstance(options: GenerateOptions): PlanInstance {
  const random = seededRandom(options.seed);
  const movers = options.airMovers ?? Math.max(1, Math.round(options.slots / 3));
  const mean = options.meanPowerW ?? (120 * options.slots) / options.workloads;
  const slots = Array.from({ length: options.slots }, (_, s) => generateSlot(random, s, options, movers));
  const workloads = generateWorkloads(random, options, slots, Math.min(mean, 200));
  return {
    format: PLAN_INSTANCE_FORMAT,
    ambientC: 22 + random.int(10),
    horizonS: 3600,
    maxMoves: options.maxMoves ?? null,
    airMovers: Array.from({ length: movers }, (_, m) => ({
      id: `fan${m}`,
      minRatio: 0.2,
      maxFlowM3s: 0.02 * (options.slots / movers) * (0.9 + 0.2 * random.next()),
      idlePowerW: 1.5,
      maxPowerW: 18 * (0.9 + 0.2 * random.next()),
      fixedRatio: null,
    })),
    slots,
    recirculation: generateRecirculation(random, options),
    workloads,
    rules: generateRules(random, options.rules ?? 0, workloads),
    chassisPowerCapW: null,
  };
}

type Slots = PlanInstance['slots'];
type Workloads = PlanInstance['workloads'];

function generateSlot(random: Random, s: number, options: GenerateOptions, movers: number): Slots[number] {
  const { slots, room = 1 } = options;
  const share: Record<string, number> = {};
  const place = ((s + 0.5) / slots) * movers - 0.5; // where the slot lies along the row of movers
  let total = 0;
  for (let m = 0; m < movers; m++) total += Math.exp(-((place - m) ** 2));
  for (let m = 0; m < movers; m++) share[`fan${m}`] = ((Math.exp(-((place - m) ** 2)) / total) * movers) / slots;
  return {
    id: `s${s}`,
    idlePowerW: 40 + random.int(40),
    powerCapW: 600,
    limitC: 85,
    marginK: 5,
    openness: 0.7 + 0.3 * random.next(),
    share,
    rKPerW: 0.04 + 0.05 * random.next(),
    kFlow: 0.002 + 0.003 * random.next(),
    capacity: { cpu: Math.round(CORES * room), memoryGiB: Math.round(MEMORY_GIB * room) },
  };
}

function generateWorkloads(random: Random, options: GenerateOptions, slots: Slots, mean: number): Workloads {
  const used = slots.map((slot) => ({ cpu: 0, memoryGiB: 0, powerW: slot.idlePowerW }));
  const perSlot = Math.ceil(options.workloads / options.slots);
  return Array.from({ length: options.workloads }, (_, w) => {
    const powerW = Math.round(mean * powerFactor(random, options.powers ?? 'uniform') * 10) / 10;
    const demand = {
      cpu: 1 + random.int(Math.max(1, Math.floor(36 / perSlot))),
      memoryGiB: 4 + random.int(Math.max(1, Math.floor(120 / perSlot))),
    };
    // skewed towards the first slots, the next one with room otherwise
    let slot = Math.floor(random.next() ** 2 * options.slots);
    for (let tries = 0; tries < options.slots; tries++, slot = (slot + 1) % options.slots) {
      const there = used[slot]!;
      const cap = slots[slot]!;
      if (there.cpu + demand.cpu > cap.capacity['cpu']!) continue;
      if (there.memoryGiB + demand.memoryGiB > cap.capacity['memoryGiB']!) continue;
      if (there.powerW + powerW <= cap.powerCapW!) break;
    }
    used[slot]!.cpu += demand.cpu;
    used[slot]!.memoryGiB += demand.memoryGiB;
    used[slot]!.powerW += powerW;
    return {
      id: `w${w}`,
      slot: slots[slot]!.id,
      powerW,
      demand,
      moveCostJ: (100 + random.int(900)) * (options.moveCost ?? 1),
      pinned: random.next() < (options.pinnedShare ?? 0),
      allowedSlots: null,
    };
  });
}

/** Of the mean; 1 on average. */
function powerFactor(random: Random, powers: 'uniform' | 'skewed'): number {
  if (powers === 'uniform') return 0.3 + 1.4 * random.next();
  return Math.min(8, Math.exp(LOG_DEVIATION * random.gaussian() - LOG_DEVIATION ** 2 / 2));
}

function generateRules(random: Random, count: number, workloads: Workloads): PlanRule[] {
  const rules: PlanRule[] = [];
  const ruled = new Set<string>();
  for (let tries = 0; tries < count * 10 && rules.length < count; tries++) {
    const a = random.pick(workloads);
    const b = random.pick(workloads);
    if (a === b || ruled.has(a.id) || ruled.has(b.id)) continue;
    ruled.add(a.id).add(b.id);
    rules.push({ kind: a.slot === b.slot ? 'together' : 'apart', workloads: [a.id, b.id] });
  }
  return rules;
}

function generateRecirculation(random: Random, options: GenerateOptions): Recirculation {
  const { slots, recirculation: kind = 'airflow', mixing = 0.3 } = options;
  const front = Math.ceil(slots / (options.rows ?? 2));
  const isBehind = (s: number, j: number) => s >= front && j === s - front;
  const matrix = (behind: () => number, beside: () => number) =>
    Array.from({ length: slots }, (_, s) =>
      Array.from({ length: slots }, (_, j) =>
        s === j ? 0 : isBehind(s, j) ? behind() : Math.abs(s - j) <= 4 ? beside() : 0,
      ),
    );
  switch (kind) {
    case 'none':
      return { kind };
    case 'airflow':
      return {
        kind,
        preheat: matrix(
          () => 0.3 + 0.6 * random.next(),
          () => (random.next() < mixing ? 0.02 + 0.03 * random.next() : 0),
        ),
      };
    case 'linear':
      return {
        kind,
        kPerW: matrix(
          () => 0.03 * random.next(),
          () => 0.003 * random.next(),
        ),
      };
  }
}
