// Seeded plan instances of data-centre rooms: heat recirculates by a matrix of K/W, one workload fits a slot. Matrices as
// those published for rooms (Tang, Gupta, Varsamopoulos: rows of racks, more heat at the top and at the ends of a row), or
// random dense ones; rows sum to 0.002–0.05 K/W.
import { PLAN_INSTANCE_FORMAT } from '../../src/core/plan.ts';
import type { PlanInstance } from '../../src/core/plan.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Random } from '../../src/core/random.ts';

export interface RoomOptions {
  readonly seed: number;
  readonly slots: number;
  readonly workloads: number;
  readonly matrix?: 'aisles' | 'dense';
  /** `inlets`: only inlet temperatures have a limit; `sleds`: a sled's own heat counts, too. */
  readonly limited?: 'inlets' | 'sleds' | 'alike-sleds';
  /** `over`: no assignment keeps the limits; `within`: some do, the start does not. */
  readonly limits?: 'over' | 'within';
  /** Powers of the workloads. */
  readonly powers?: 'spread' | 'classes' | 'alike';
  /** Air movers whose speeds are free; none by default, and then no flow matters. */
  readonly airMovers?: number;
  /** Share of workloads allowed in about a third of the slots only; 0 by default. */
  readonly restrictedShare?: number;
  readonly pinnedShare?: number;
  readonly maxMoves?: number | null;
}

const AMBIENT_C = 20;

export function generateRoom(options: RoomOptions): PlanInstance {
  const random = seededRandom(options.seed);
  const { slots: count, airMovers = 0, limited = 'inlets' } = options;
  const kPerW = options.matrix === 'dense' ? denseMatrix(random, count) : aislesMatrix(random, count);
  const own = Array.from({ length: count }, () =>
    limited === 'inlets' ? 0 : limited === 'sleds' ? 0.03 + 0.05 * random.next() : 0.05,
  );
  const idle = Array.from({ length: count }, () => 20 + random.int(60));
  const powers = Array.from({ length: options.workloads }, () => powerOf(random, options.powers ?? 'spread'));
  const kFlow = Array.from({ length: count }, () => (airMovers === 0 ? 0 : 0.002 + 0.002 * random.next()));
  const flowShare = airMovers / count;
  const convection = kFlow.map((k) => (k === 0 ? 0 : k * (0.06 * flowShare) ** -0.8));
  // at full speed, before a limit is chosen
  const temperatures = (order: readonly number[]) => {
    const there = idle.slice();
    order.forEach((slot, w) => (there[slot]! += powers[w]!));
    return kPerW.map((row, s) =>
      row.reduce((sum, k, j) => sum + k * there[j]!, AMBIENT_C + there[s]! * (own[s]! + convection[s]!)),
    );
  };
  const shuffled = () => shuffle(random, count).slice(0, options.workloads);
  const worsts = Array.from({ length: 30 }, shuffled).map((order) => Math.max(...temperatures(order)));
  const targetC =
    options.limits === 'within' ? Math.min(...worsts) : AMBIENT_C + 0.5 * (Math.min(...worsts) - AMBIENT_C);
  const start = badStart(powers, kPerW, own);
  return {
    format: PLAN_INSTANCE_FORMAT,
    ambientC: AMBIENT_C,
    horizonS: 3600,
    maxMoves: options.maxMoves ?? null,
    airMovers: Array.from({ length: airMovers }, (_, m) => ({
      id: `fan${m}`,
      minRatio: 0.2,
      maxFlowM3s: 0.06,
      idlePowerW: 2,
      maxPowerW: 30 * (0.9 + 0.2 * random.next()),
      fixedRatio: null,
    })),
    slots: idle.map((idlePowerW, s) => ({
      id: `s${s}`,
      idlePowerW,
      powerCapW: null,
      limitC: targetC + 2,
      marginK: 2,
      openness: 1,
      share: airMovers === 0 ? {} : { [`fan${Math.floor((s * airMovers) / count)}`]: flowShare },
      rKPerW: own[s]!,
      kFlow: kFlow[s]!,
      capacity: { places: 1 },
    })),
    recirculation: { kind: 'linear', kPerW },
    workloads: powers.map((powerW, w) => ({
      id: `w${w}`,
      slot: `s${start[w]!}`,
      powerW,
      demand: { places: 1 },
      moveCostJ: 100 + random.int(900),
      pinned: random.next() < (options.pinnedShare ?? 0),
      allowedSlots: random.next() < (options.restrictedShare ?? 0) ? someSlots(random, count, start[w]!) : null,
    })),
    rules: [],
    chassisPowerCapW: null,
  };
}

/** Two sides of a hot aisle at a time, racks of five; air rises, and comes round the ends of the rows. */
function aislesMatrix(random: Random, count: number): number[][] {
  const racks = Math.ceil(count / 10);
  const place = (s: number) => ({ row: Math.floor(s / 5 / racks), rack: Math.floor(s / 5) % racks, height: s % 5 });
  return Array.from({ length: count }, (_, s) => {
    const here = place(s);
    const row = Array.from({ length: count }, (_unused, j) => {
      const there = place(j);
      const across = here.row === there.row ? 1 : 0.35;
      const along = Math.exp(-Math.abs(here.rack - there.rack) / 1.5);
      const rising = there.height <= here.height ? 1 : 0.3;
      return across * along * rising * (0.5 + random.next());
    });
    const end = here.rack === 0 || here.rack === racks - 1 ? 1.5 : 1;
    const total = (0.004 + 0.006 * here.height) * end * (0.7 + 0.6 * random.next());
    return scaledTo(row, Math.min(0.05, Math.max(0.002, total)));
  });
}

function denseMatrix(random: Random, count: number): number[][] {
  return Array.from({ length: count }, () => {
    const row = Array.from({ length: count }, () => random.next() ** 3);
    return scaledTo(row, 0.002 + 0.048 * random.next());
  });
}

function scaledTo(row: readonly number[], total: number): number[] {
  const sum = row.reduce((a, b) => a + b, 0);
  return row.map((value) => (value / sum) * total);
}

function powerOf(random: Random, kind: NonNullable<RoomOptions['powers']>): number {
  switch (kind) {
    case 'spread':
      return Math.round((60 + 340 * random.next()) * 10) / 10;
    case 'classes':
      return random.pick([80, 120, 160, 220, 300, 400]);
    case 'alike':
      return 250;
  }
}

/** The most powerful work where its heat reaches the hottest inlets. */
function badStart(powers: readonly number[], kPerW: readonly (readonly number[])[], own: readonly number[]): number[] {
  const totals = kPerW.map((row) => row.reduce((a, b) => a + b, 0));
  const reach = kPerW.map((_, j) => kPerW.reduce((sum, row, s) => sum + row[j]! * totals[s]!, own[j]! * 0.05));
  const slots = kPerW.map((_, s) => s).toSorted((a, b) => reach[b]! - reach[a]!);
  const order = powers.map((_, w) => w).toSorted((a, b) => powers[b]! - powers[a]!);
  const start: number[] = [];
  order.forEach((w, i) => (start[w] = slots[i]!));
  return start;
}

function someSlots(random: Random, count: number, home: number): string[] {
  const allowed = Array.from({ length: count }, (_, s) => s).filter((s) => s === home || random.next() < 0.35);
  return allowed.map((s) => `s${s}`);
}

function shuffle(random: Random, count: number): number[] {
  const items = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
