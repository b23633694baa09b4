// Kinds of chassis for comparisons, each with its own difficulty; the same seed and size give the same chassis.
import type { PlanInstance } from '../../src/core/plan.ts';
import { generateInstance } from './generate.ts';
import type { GenerateOptions } from './generate.ts';

export interface Size {
  readonly slots: number;
  readonly workloads: number;
}

interface Seeded extends Size {
  readonly seed: number;
}

type Shape = Omit<GenerateOptions, 'seed' | 'slots' | 'workloads'>;

const FAMILIES = {
  /** Two rows, the rear one preheated, powers about equal. */
  rows: () => ({}),
  /** Three rows behind each other. */
  deep: () => ({ rows: 3 }),
  /** One row; what preheats is the neighbours' air. */
  mixing: () => ({ rows: 1, mixing: 0.9 }),
  /** One mover for all slots. */
  'few-movers': () => ({ airMovers: 1 }),
  /** A mover for every slot. */
  'many-movers': ({ slots }) => ({ airMovers: slots }),
  /** Hardly more cores and memory than the start needs. */
  tight: (size) => ({ room: tightRoom(size) }),
  /** A third of the workloads are apart from or together with another, a tenth is pinned. */
  rules: ({ workloads }) => ({ rules: Math.floor(workloads / 6), pinnedShare: 0.1 }),
  /** A move costs what the movers take in minutes, not seconds. */
  'dear-moves': () => ({ moveCost: 20 }),
  /** A third of the workloads may move. */
  'few-moves': ({ workloads }) => ({ maxMoves: Math.ceil(workloads / 3) }),
  /** So much power that some slots are over their target at any speed in the start. */
  hot: ({ slots, workloads }) => ({ meanPowerW: (HOT_W * slots) / workloads }),
  /** Many small workloads and a few big ones. */
  skewed: () => ({ powers: 'skewed' }),
} as const satisfies Readonly<Record<string, (size: Seeded) => Shape>>;

export type Family = keyof typeof FAMILIES;
export const FAMILY_NAMES = Object.keys(FAMILIES) as readonly Family[];

/** Of the workloads in a slot on average; 120 W in the others. */
const HOT_W = 190;
const TIGHT_FROM = 0.25;

export function familyInstance(family: Family, size: Size, seed: number): PlanInstance {
  return generateInstance({ seed, ...size, ...FAMILIES[family]({ ...size, seed }) });
}

/** The least room, in steps of 2 %, in which the start that the generator deals out keeps its capacities. */
function tightRoom(size: Seeded): number {
  const { seed, slots, workloads } = size;
  for (let room = TIGHT_FROM; room < 1; room *= 1.02) {
    if (keepsCapacities(generateInstance({ seed, slots, workloads, room }))) return room;
  }
  return 1;
}

function keepsCapacities(instance: PlanInstance): boolean {
  return instance.slots.every((slot) => {
    const there = instance.workloads.filter((workload) => workload.slot === slot.id);
    const used = (name: string) => there.reduce((sum, { demand }) => sum + (demand[name] ?? 0), 0);
    return Object.entries(slot.capacity).every(([name, capacity]) => used(name) <= capacity);
  });
}
