// A plan's Moves, several at once, in a chassis without a spare core: while one is under way both its ends hold it, and
// still none is refused and all arrive.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admit, whyNotNow, type MoveRequest, type Situation } from '../../src/moves/admission.ts';
import { MoveQueue, type MoveStarter, type MoveWish } from '../../src/controller/move-queue.ts';
import { seededRandom, type Random } from '../../src/core/random.ts';
import type { MoveView } from '../../src/core/view.ts';
import type { MovePlan } from '../../src/moves/move.ts';
import { orderMoves } from '../../src/placement/order.ts';
import { buildProblem } from '../../src/placement/problem.ts';
import { SpeedSolver } from '../../src/placement/speeds.ts';
import { plainInstance } from '../placement/instances.ts';
import { move } from '../surfaces/sample-view.ts';
import { announced, status } from './announcements.ts';

interface Open {
  readonly view: MoveView;
  readonly wish: MoveWish;
}

/** Slots with cores and a power cap; work holds its cores at both ends of an open Move. */
class Sleds implements MoveStarter {
  readonly at = new Map<string, number>();
  readonly open: Open[] = [];
  mostOpen = 0;
  readonly #cpu: ReadonlyMap<string, number>;
  readonly #cores: readonly number[];
  readonly #capW: number;
  #moves = 0;

  /** A core draws 10 W, an idle sled 40 W. */
  constructor(
    cores: readonly number[],
    work: readonly (readonly [id: string, slot: number, cpu: number])[],
    capW: number,
  ) {
    this.#cores = cores;
    this.#capW = capW;
    this.#cpu = new Map(work.map(([id, , cpu]) => [id, cpu]));
    for (const [id, slot] of work) this.at.set(id, slot);
  }

  start(wish: MoveWish): Promise<MoveView> {
    admit(this.#request(wish), this.#situation());
    const view = move(`m${++this.#moves}`, { ...wish, state: 'planned' });
    this.open.push({ view, wish });
    this.mostOpen = Math.max(this.mostOpen, this.open.length);
    this.#check();
    return Promise.resolve(view);
  }

  mustWait(wish: MoveWish): string | null {
    return whyNotNow(this.#request(wish), this.#situation());
  }

  end(index: number): MoveView {
    const [ended] = this.open.splice(index, 1);
    this.at.set(ended!.wish.workload, ended!.wish.to);
    return { ...ended!.view, state: 'done' };
  }

  /** Both ends of every open Move, by hand. */
  #check(): void {
    this.#cores.forEach((cores, slot) => {
      const there = [...this.at].filter(([, at]) => at === slot).map(([id]) => id);
      const coming = this.open.filter(({ wish }) => wish.to === slot).map(({ wish }) => wish.workload);
      const used = [...there, ...coming].reduce((sum, id) => sum + this.#cpu.get(id)!, 0);
      assert.ok(used <= cores, `${used} of ${cores} cores in slot ${slot}`);
      assert.ok(40 + 10 * used <= this.#capW, `${40 + 10 * used} W in slot ${slot}`);
    });
  }

  #request({ workload, from, to, trigger }: MoveWish): MoveRequest {
    return { workload, from, to, trigger, fromSled: `sled${from}`, toSled: `sled${to}` };
  }

  #situation(): Situation {
    const cpu = (id: string) => this.#cpu.get(id)!;
    return {
      limits: { maxOpen: 8, maxPerSledPair: 1 },
      open: this.open.map(({ view, wish }) => ({ ...view, ...this.#request(wish) }) as unknown as MovePlan),
      reservations: this.open.map(({ view, wish }) => ({
        move: view.id,
        workload: wish.workload,
        slot: wish.to,
        demand: { cpu: cpu(wish.workload) },
      })),
      status: (sled) => {
        const slot = Number(sled.slice(4));
        const here = [...this.at].filter(([, at]) => at === slot);
        const workloads = here.map(([id]) => announced(id, { demand: { cpu: cpu(id) } }));
        return status(sled, {
          slot,
          capacities: { cpu: this.#cores[slot]! },
          bulk: { host: '::1', port: 1 },
          workloads,
        });
      },
      powerRoom: () => ({ capW: this.#capW, idleW: 40, workloadW: (id) => 10 * cpu(id) }),
    };
  }
}

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Ends one of the open Moves at a time, in any order, until nothing is under way. */
async function carryOut(sleds: Sleds, queue: MoveQueue, random: Random): Promise<void> {
  await settled();
  while (sleds.open.length > 0) {
    queue.update(sleds.end(random.int(sleds.open.length)));
    await settled();
  }
}

const wishes = (steps: readonly (readonly [workload: string, from: number, to: number])[]) =>
  steps.map(([workload, from, to]): MoveWish => ({ workload, from, to, trigger: 'plan' }));

describe('Moves at once', () => {
  it('wait for room that one under way still holds, and go in parallel where there is room', async () => {
    // slot 0 and 1 are full; b leaves 1 for 2, then a takes its place; c has nothing to do with them
    const work = [
      ['a', 0, 4],
      ['b', 1, 4],
      ['c', 3, 1],
    ] as const;
    const sleds = new Sleds([4, 4, 4, 4, 4], work, 1000);
    const refused: string[] = [];
    const queue = new MoveQueue(sleds, 2, (_, why) => refused.push(why));
    queue.add(
      wishes([
        ['b', 1, 2],
        ['a', 0, 1],
        ['c', 3, 4],
      ]),
    );
    await settled();
    assert.deepEqual(
      sleds.open.map(({ wish }) => wish.workload),
      ['b'],
      'slot 1 is still full',
    );
    queue.update(sleds.end(0));
    await settled();
    assert.deepEqual(
      sleds.open.map(({ wish }) => wish.workload),
      ['a', 'c'],
    );
    await carryOut(sleds, queue, seededRandom(1));
    assert.deepEqual([[...sleds.at.values()], refused, queue.busy()], [[1, 2, 4], [], false]);
  });

  it('wait for power under the cap as well', async () => {
    const work = [
      ['a', 0, 4],
      ['b', 1, 4],
    ] as const;
    const sleds = new Sleds([8, 8, 8], work, 100); // 40 W idle, 40 W of work, no room for 40 W more
    const queue = new MoveQueue(sleds, 2, () => {});
    queue.add(
      wishes([
        ['b', 1, 2],
        ['a', 0, 1],
      ]),
    );
    await settled();
    assert.deepEqual(
      sleds.open.map(({ wish }) => wish.workload),
      ['b'],
    );
    await carryOut(sleds, queue, seededRandom(1));
    assert.deepEqual([...sleds.at.values()], [1, 2]);
  });

  it('are refused, with the reason, when nothing is under way that could make the room', async () => {
    const sleds = new Sleds(
      [4, 4],
      [
        ['a', 0, 4],
        ['b', 1, 4],
      ],
      1000,
    );
    const refused: string[] = [];
    const queue = new MoveQueue(sleds, 2, (wish, why) => refused.push(`${wish.workload}: ${why}`));
    queue.add(wishes([['a', 0, 1]]));
    await settled();
    assert.deepEqual(refused, ['a: a: no room on sled1: cpu: 4 needed, 0 free']);
  });

  it('give the sleds’ records time to follow the last one before they are refused', async () => {
    const sleds = new Sleds(
      [4, 4, 4],
      [
        ['a', 0, 4],
        ['b', 1, 4],
      ],
      1000,
    );
    const refused: string[] = [];
    const queue = new MoveQueue(sleds, 1, (_, why) => refused.push(why));
    queue.setPlantTime(100);
    queue.add(
      wishes([
        ['b', 1, 2],
        ['a', 0, 1],
      ]),
    );
    await settled();
    const done = sleds.end(0);
    sleds.at.set('b', 1); // sled1's record still has it
    queue.update(done);
    queue.setPlantTime(105);
    await settled();
    assert.deepEqual([sleds.open.length, refused], [0, []]);
    sleds.at.set('b', 2);
    queue.setPlantTime(106);
    await settled();
    assert.deepEqual(
      sleds.open.map(({ wish }) => wish.workload),
      ['a'],
    );
  });

  it('of a plan all arrive, up to four at once, whatever order they end in', async () => {
    let atOnce = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const { cores, work, target } = crowded(random);
      const instance = plainInstance(
        cores,
        work.map(([id, slot, cpu]) => [id, slot + 1, 10 * cpu, cpu] as const),
      );
      const problem = buildProblem(instance);
      const ordered = orderMoves(problem, new SpeedSolver(problem.model, problem.targetC), target);
      if (ordered.blocked.length > 0) continue;
      const at = work.map(([, slot]) => slot);
      const steps = ordered.steps.map(({ unit, to }) => {
        const from = at[unit]!;
        at[unit] = to;
        return [work[unit]![0], from, to] as const;
      });
      const sleds = new Sleds(cores, work, 1e6);
      const refused: string[] = [];
      const queue = new MoveQueue(sleds, 1 + (seed % 4), (wish, why) => refused.push(`${wish.workload}: ${why}`));
      queue.add(wishes(steps));
      await carryOut(sleds, queue, random);
      assert.deepEqual(refused, [], `seed ${seed}`);
      assert.deepEqual([...sleds.at.values()], target, `seed ${seed}`);
      assert.ok(sleds.mostOpen <= 1 + (seed % 4));
      atOnce = Math.max(atOnce, sleds.mostOpen);
    }
    assert.equal(atOnce, 4);
  });
});

/** 6 slots of 4–7 cores nearly full of work of 1–3, and another placement of it that fits. */
function crowded(random: Random) {
  const cores = Array.from({ length: 6 }, () => 4 + random.int(4));
  const place = (demands: readonly number[]): number[] | null => {
    const free = [...cores];
    const at = demands.map((cpu) => {
      const open = free.flatMap((left, slot) => (left >= cpu ? [slot] : []));
      const slot = open.length === 0 ? -1 : random.pick(open);
      if (slot >= 0) free[slot]! -= cpu;
      return slot;
    });
    return at.includes(-1) ? null : at;
  };
  for (;;) {
    const demands = Array.from({ length: 13 }, () => 1 + random.int(3));
    const [start, target] = [place(demands), place(demands)];
    if (start === null || target === null) continue;
    return { cores, target, work: demands.map((cpu, w) => [`w${w}`, start[w]!, cpu] as const) };
  }
}
