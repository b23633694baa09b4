// orderMoves by itself: cycles, chains, one free slot, and against trying every order.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance } from '../../src/core/plan.ts';
import { seededRandom } from '../../src/core/random.ts';
import { orderMoves, type Ordered } from '../../src/placement/order.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { SpeedSolver } from '../../src/placement/speeds.ts';
import { evaluate } from './evaluator.ts';
import { generateInstance } from './generate.ts';
import { plainInstance } from './instances.ts';

function order(instance: PlanInstance, target: readonly number[], isOver?: () => boolean): Ordered {
  const problem = buildProblem(instance);
  return orderMoves(problem, new SpeedSolver(problem.model, problem.targetC), target, isOver);
}

/** `count` workloads that fill their slots, and `free` empty slots behind them. */
function filled(count: number, free: number): PlanInstance {
  const work = Array.from({ length: count }, (_, i) => [`w${i}`, i + 1, 20 + ((i * 37) % 100), 4] as const);
  return plainInstance(
    Array.from({ length: count + free }, () => 4),
    work,
  );
}

/** Carries the steps out, counting `cpu` by hand; every destination has room while the source still holds it, too. */
function carriedOut(instance: PlanInstance, ordered: Ordered): number[] {
  const at = instance.workloads.map(({ slot }) => instance.slots.findIndex(({ id }) => id === slot));
  const used = instance.slots.map(() => 0);
  at.forEach((slot, w) => (used[slot]! += instance.workloads[w]!.demand['cpu']!));
  for (const step of ordered.steps) {
    for (const w of step.workloads) {
      const cpu = instance.workloads[w]!.demand['cpu']!;
      used[step.to]! += cpu; // the source gives its room up only after this held
      assert.ok(used[step.to]! <= instance.slots[step.to]!.capacity['cpu']!, `w${w} into ${step.to}`);
      used[at[w]!]! -= cpu;
      at[w] = step.to;
    }
  }
  return at;
}

function shuffled(count: number, seed: number): number[] {
  const random = seededRandom(seed);
  const target = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [target[i], target[j]] = [target[j]!, target[i]!];
  }
  return target;
}

/** Cycles of two and more. */
function cycles(permutation: readonly number[]): number {
  const seen = new Set<number>();
  let count = 0;
  permutation.forEach((_, start) => {
    if (seen.has(start) || permutation[start] === start) return;
    count++;
    for (let at = start; !seen.has(at); at = permutation[at]!) seen.add(at);
  });
  return count;
}

describe('the order of moves through one free slot', () => {
  it('turns a ring of five with a single detour', () => {
    const ordered = order(filled(5, 1), [1, 2, 3, 4, 0]);
    assert.deepEqual(carriedOut(filled(5, 1), ordered), [1, 2, 3, 4, 0]);
    assert.equal(ordered.steps.length, 6);
    assert.deepEqual(
      ordered.steps.map((step) => step.isDetour),
      [true, false, false, false, false, false],
    );
    assert.equal(ordered.steps[0]!.to, 5, 'the free slot');
  });

  it('follows a chain from its free end without any detour', () => {
    const ordered = order(filled(4, 1), [1, 2, 3, 4]);
    assert.deepEqual(
      ordered.steps.map(({ unit, to }) => [unit, to]),
      [
        [3, 4],
        [2, 3],
        [1, 2],
        [0, 1],
      ],
    );
  });

  it('arranges 200 slots with one workload each completely, with one detour for every cycle', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const instance = filled(200, 1);
      const target = shuffled(200, seed);
      const ordered = order(instance, target);
      assert.deepEqual(ordered.blocked, []);
      assert.deepEqual(carriedOut(instance, ordered), target);
      assert.equal(ordered.steps.filter((step) => step.isDetour).length, cycles(target), `seed ${seed}`);
    }
  });

  it('without any free slot is impossible, and proven so where the chassis is small', () => {
    const ring = order(filled(3, 0), [1, 2, 0]);
    assert.deepEqual([ring.steps, ring.blocked.length, ring.isProven], [[], 3, true]);
    const large = order(filled(60, 0), shuffled(60, 1));
    assert.deepEqual([large.steps, large.isProven], [[], false]);
  });
});

describe('the order of moves in a crowded chassis', () => {
  it('puts several small ones aside for a big one', () => {
    // 4 | 2 2 | 2 free in each of two: the big one and the two small ones change places
    const instance = plainInstance(
      [4, 4, 2, 2],
      [
        ['big', 1, 60, 4],
        ['a', 2, 20, 2],
        ['b', 2, 20, 2],
      ],
    );
    const ordered = order(instance, [1, 0, 0]);
    assert.deepEqual(carriedOut(instance, ordered), [1, 0, 0]);
    assert.equal(ordered.steps.length, 5);
  });

  it('lets one that stays step aside and come back', () => {
    // a and b change places through slot 3, which has 4 of 5: s must go to slot 4 meanwhile, where b does not fit
    const instance = plainInstance(
      [4, 4, 5, 2],
      [
        ['a', 1, 60, 4],
        ['b', 2, 50, 4],
        ['s', 3, 20, 2],
      ],
      { workloads: { a: { allowedSlots: ['1', '2'] } } },
    );
    const ordered = order(instance, [1, 0, 2]);
    assert.deepEqual(carriedOut(instance, ordered), [1, 0, 2]);
    assert.equal(ordered.steps.length, 5);
    assert.equal(ordered.steps.filter((step) => step.isDetour).length, 2);
  });

  it('is found whenever there is one, and otherwise proven impossible: against trying every order', () => {
    let possible = 0;
    let impossible = 0;
    for (let seed = 1; seed <= 600; seed++) {
      const { instance, target } = tight(seed);
      const ordered = order(instance, target);
      if (leadsTo(instance, target)) {
        possible++;
        assert.deepEqual(carriedOut(instance, ordered), target, `seed ${seed}`);
      } else {
        impossible++;
        assert.ok(ordered.blocked.length > 0 && ordered.isProven, `seed ${seed}`);
      }
    }
    assert.ok(possible > 300 && impossible > 30, `${possible} possible, ${impossible} not`);
  });

  it('of thousands of moves is complete', () => {
    const instance = generateInstance({ seed: 2, slots: 400, workloads: 4000, recirculation: 'airflow' });
    const target = targetNearby(instance);
    const ordered = order(instance, target);
    assert.ok(ordered.steps.length > 1500, `${ordered.steps.length} steps`);
    assert.deepEqual(carriedOut(instance, ordered), target);
  });

  it('is not looked for any longer when time is over; what needs no search is still ordered', () => {
    // a ring of 500 without room, and beside it one that can go
    const ring = filled(501, 1);
    const target = Array.from({ length: 501 }, (_, i) => (i < 500 ? (i + 1) % 500 : 501));
    const stay = { ...ring, workloads: ring.workloads.map((w, i) => (i < 500 ? { ...w, allowedSlots: [w.slot] } : w)) };
    let looks = 0;
    const ordered = order(stay, target, () => ++looks > 0);
    assert.deepEqual([ordered.steps.length, ordered.blocked.length], [1, 500]);
    assert.ok(looks < 5, `${looks} looks at the clock`);
  });

  it('takes from the hottest slot first, judged by the formulas after every move', () => {
    const instance = generateInstance({ seed: 11, slots: 12, workloads: 60, recirculation: 'airflow', airMovers: 3 });
    const target = targetNearby(instance);
    const ordered = order(instance, target);
    const full = Object.fromEntries(instance.airMovers.map(({ id }) => [id, 1]));
    const at = Object.fromEntries(instance.workloads.map(({ id, slot }) => [id, slot]));
    let compared = 0;
    for (const { workloads, to, unit } of ordered.steps) {
      const { slots } = evaluate(instance, at, full);
      const excessK = (slot: string) => {
        const s = instance.slots.findIndex(({ id }) => id === slot);
        return slots[s]!.temperatureC - instance.slots[s]!.limitC + instance.slots[s]!.marginK;
      };
      const from = at[instance.workloads[unit]!.id]!;
      instance.workloads.forEach((workload, w) => {
        const wanted = instance.slots[target[w]!]!.id;
        if (at[workload.id] === wanted || !hasRoom(instance, at, w, wanted)) return;
        compared++;
        assert.ok(excessK(at[workload.id]!) <= excessK(from) + 1e-6, `${workload.id} should have gone first`);
      });
      for (const w of workloads) at[instance.workloads[w]!.id] = instance.slots[to]!.id;
    }
    assert.ok(compared > 50, `${compared} comparisons`);
  });
});

function hasRoom(instance: PlanInstance, at: Readonly<Record<string, string>>, w: number, slotId: string): boolean {
  const slot = instance.slots.find(({ id }) => id === slotId)!;
  const there = [...instance.workloads.filter(({ id }) => at[id] === slotId), instance.workloads[w]!];
  const sum = (amount: (workload: PlanInstance['workloads'][number]) => number) =>
    there.reduce((total, workload) => total + amount(workload), 0);
  if (sum(({ powerW }) => powerW) + slot.idlePowerW > (slot.powerCapW ?? Infinity)) return false;
  return Object.entries(slot.capacity).every(([name, size]) => sum(({ demand }) => demand[name] ?? 0) <= size);
}

/** Every second workload to a random slot that has room for it once all have moved. */
function targetNearby(instance: PlanInstance): number[] {
  const random = seededRandom(5);
  const at = Object.fromEntries(instance.workloads.map(({ id, slot }) => [id, slot]));
  const load = new Map(instance.slots.map((slot) => [slot.id, { powerW: slot.idlePowerW, cpu: 0, memoryGiB: 0 }]));
  const add = (w: number, slot: string, sign: number) => {
    const { powerW, demand } = instance.workloads[w]!;
    const there = load.get(slot)!;
    there.powerW += sign * powerW;
    there.cpu += sign * demand['cpu']!;
    there.memoryGiB += sign * demand['memoryGiB']!;
  };
  instance.workloads.forEach(({ slot }, w) => add(w, slot, 1));
  instance.workloads.forEach(({ id, slot }, w) => {
    if (w % 2 === 0) return;
    const to = random.pick(instance.slots);
    add(w, slot, -1);
    add(w, to.id, 1);
    const { powerW, cpu, memoryGiB } = load.get(to.id)!;
    const fits = powerW <= to.powerCapW! && cpu <= to.capacity['cpu']! && memoryGiB <= to.capacity['memoryGiB']!;
    if (fits) at[id] = to.id;
    else {
      add(w, to.id, -1);
      add(w, slot, 1);
    }
  });
  return instance.workloads.map(({ id }) => instance.slots.findIndex((slot) => slot.id === at[id]));
}

/** 3–4 slots of 3–6 cpu, 3–6 workloads of 1–3, and two random placements of them that fit. */
function tight(seed: number): { readonly instance: PlanInstance; readonly target: number[] } {
  const random = seededRandom(seed);
  const slots = 3 + random.int(2);
  const capacities = Array.from({ length: slots }, () => 3 + random.int(4));
  const demands = Array.from({ length: 3 + random.int(4) }, () => 1 + random.int(3));
  const fits = (at: readonly number[]) =>
    capacities.every((size, s) => demands.reduce((sum, cpu, w) => sum + (at[w] === s ? cpu : 0), 0) <= size);
  for (let tries = 0; tries < 400; tries++) {
    const start = demands.map(() => random.int(slots));
    const target = demands.map(() => random.int(slots));
    if (!fits(start) || !fits(target)) continue;
    const work = demands.map((cpu, w) => [`w${w}`, start[w]! + 1, 20 + 7 * w, cpu] as const);
    return { instance: plainInstance(capacities, work), target };
  }
  return tight(seed + 100_000);
}

/** Whether any order of single moves into slots with room leads from the start to the target. */
function leadsTo(instance: PlanInstance, target: readonly number[]): boolean {
  const cpu = instance.workloads.map(({ demand }) => demand['cpu']!);
  const size = instance.slots.map(({ capacity }) => capacity['cpu']!);
  const start = instance.workloads.map(({ slot }) => Number(slot) - 1);
  const seen = new Set([start.join()]);
  let edge = [start];
  while (edge.length > 0 && !seen.has(target.join())) {
    const next: number[][] = [];
    for (const at of edge) {
      const used = size.map((_, s) => cpu.reduce((sum, amount, w) => sum + (at[w] === s ? amount : 0), 0));
      for (const w of at.keys()) {
        for (const s of size.keys()) {
          const moved = at.with(w, s);
          if (s === at[w] || used[s]! + cpu[w]! > size[s]! || seen.has(moved.join())) continue;
          seen.add(moved.join());
          next.push(moved);
        }
      }
    }
    edge = next;
  }
  return seen.has(target.join());
}
