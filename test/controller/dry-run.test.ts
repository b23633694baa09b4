// The dry run and the real run choose the same: what `plan` shows, what `plan --apply` starts and what the loop starts
// by itself, for the same state of the chassis.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Chassis } from '../../src/controller/chassis.ts';
import { ModelTracker } from '../../src/controller/model-tracker.ts';
import { MoveQueue, type MoveWish } from '../../src/controller/move-queue.ts';
import { operatorCall } from '../../src/controller/operator-calls.ts';
import { stayingPut } from '../../src/placement/staying.ts';
import { planAndStay } from '../../src/controller/planner-answer.ts';
import type { Planner } from '../../src/controller/planner-client.ts';
import { DEFAULT_POLICY } from '../../src/controller/planner-policy.ts';
import { DEFAULT_PLANNING, Planning } from '../../src/controller/planning.ts';
import type { Plan } from '../../src/core/plan.ts';
import { good } from '../../src/core/reading.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { move } from '../surfaces/sample-view.ts';
import { announced, status } from './announcements.ts';
import { sampleBoard } from './sample-board.ts';

/** Work by slot: its share of the slot's power goes by its cores. */
type Load = Readonly<Record<number, { readonly powerW: number; readonly workloads: readonly string[] }>>;

class Bench {
  readonly board = sampleBoard();
  readonly clock = new VirtualClock(0);
  readonly chassis = new Chassis(this.board, { chassis: 'c1', version: '0', movesAllowed: true }, this.clock);
  readonly started: MoveWish[] = [];
  readonly queue: MoveQueue;
  readonly planning: Planning;
  readonly #load: Load;

  constructor(load: Load, movesAllowed = true) {
    this.#load = load;
    const planner: Planner = {
      plan: (instance, _seconds, gainThresholdJ, uncertaintyK = {}) =>
        Promise.resolve(
          planAndStay({ instance, seconds: 1, seed: 1, gainThresholdJ, uncertaintyK, maxSteps: 300 }, () => 0),
        ),
      stay: (instance) => Promise.resolve(stayingPut(instance)),
    };
    const start = (wish: MoveWish) => {
      this.started.push(wish);
      return Promise.resolve(move(`m${this.started.length}`, { ...wish, state: 'planned' }));
    };
    this.queue = new MoveQueue({ start }, 8, () => {});
    const settings = { ...DEFAULT_PLANNING, policy: DEFAULT_POLICY, movesAllowed };
    this.planning = new Planning(this.chassis, new ModelTracker(this.board), planner, this.queue, settings);
    for (const { number } of this.board.slots) {
      const workloads = (load[number]?.workloads ?? []).map((id) => announced(id, { demand: { cpu: 2 } }));
      this.chassis.takeAgentStatus(status(`sled${number}`, { slot: number, capacities: { cpu: 16 }, workloads }));
    }
  }

  /** Frames up to this second; only after the warm-up does the loop plan by itself. */
  async until(seconds: number): Promise<void> {
    for (let second = this.clock.nowMs() / 1000 + 1; second <= seconds; second++) {
      this.clock.advance(1000);
      const frame = this.#frame(second);
      this.chassis.takeFrame(frame);
      this.planning.takeFrame(frame);
      await turn();
    }
  }

  plan(apply: boolean): Promise<Plan> {
    const power = { set: () => assert.fail('no power is switched'), clock: this.clock };
    const undo = () => assert.fail('nothing is undone');
    const parts = { chassis: this.chassis, planning: this.planning, queue: this.queue, undo, power, trust: null };
    return operatorCall(parts, { method: 'plan', apply }) as Promise<Plan>;
  }

  steps(): string[] {
    return this.started.map(({ workload, from, to }) => `${workload} ${from}→${to}`);
  }

  #frame(second: number): Frame {
    const atMs = second * 1000;
    const sensors: Record<string, Frame['sensors'][string]> = {};
    const show = (sensor: string | undefined, value: number) => {
      if (sensor !== undefined) sensors[sensor] = { reading: good(value, atMs), state: 'ok' };
    };
    show(this.board.ambientSensor, 25);
    for (const { number, sensors: of, model } of this.board.slots) {
      const powerW = this.#load[number]?.powerW ?? model.idlePowerW;
      show(of.power, powerW);
      show(of.inlet, 25);
      show(of.temperature, 25 + powerW * 0.15);
    }
    const slots = this.board.slots.map(({ number }) => {
      return { slot: number, presence: 'present', power: 'on', fru: null } as const;
    });
    const fans = this.board.airMovers.map(({ id }) => ({ id, ratio: 0.5, rpm: [], state: 'ok' as const }));
    const rest = { seq: second, atMs, lateMs: 0, sweepMs: 1, zones: [], intentHeld: true };
    return { type: 'frame', ...rest, fans, sensors, slots };
  }
}

const steps = (plan: Plan) => plan.moves.map(({ workload, from, to }) => `${workload} ${from}→${to}`);

/** Slot 5, behind slot 1, draws far more than it can be kept at. */
const HOT: Load = {
  1: { powerW: 300, workloads: ['front'] },
  5: { powerW: 440, workloads: ['a', 'b', 'c', 'd'] },
};
/** Nearly nothing to do for anybody. */
const COOL: Load = { 1: { powerW: 110, workloads: ['a', 'b'] }, 6: { powerW: 90, workloads: ['c'] } };

describe('a plan', () => {
  it('shown, applied and made by the loop itself has the same moves, in the same order', async () => {
    const [shown, applied, looped] = [new Bench(HOT, false), new Bench(HOT, false), new Bench(HOT)];
    for (const bench of [shown, applied, looped]) await bench.until(16); // the loop's first round
    await turn();
    const dry = steps(await shown.plan(false));
    assert.ok(dry.length > 0);
    assert.deepEqual(shown.started, [], 'a dry run moves nothing');
    assert.deepEqual(steps(await applied.plan(true)), dry);
    await turn();
    assert.deepEqual(applied.steps(), dry);
    assert.deepEqual(looped.steps(), dry);
    assert.deepEqual(steps(shown.chassis.plan!), dry, 'what was published');
    assert.deepEqual(steps(await shown.plan(false)), dry);
  });

  it('that is not worth its moves has none, wherever it is asked for, and says what it would take', async () => {
    const [shown, applied, looped] = [new Bench(COOL), new Bench(COOL), new Bench(COOL)];
    for (const bench of [shown, applied]) await bench.until(15);
    await looped.until(60);
    for (const plan of [await shown.plan(false), await applied.plan(true), looped.chassis.plan!]) {
      assert.deepEqual(steps(plan), []);
      assert.deepEqual(plan.assignment, { a: '1', b: '1', c: '6' });
      assert.notEqual(plan.status, 'infeasible');
    }
    assert.deepEqual([applied.started, looped.started], [[], []]);
  });

  it('is shown and published, but not carried out, where moves are switched off', async () => {
    const bench = new Bench(HOT, false);
    await bench.until(16);
    assert.deepEqual(bench.started, []);
    assert.deepEqual(steps(bench.chassis.plan!), steps(await bench.plan(false)));
    assert.ok(bench.chassis.plan!.moves.length > 0);
  });

  it('leaves out what may not be moved now, and says until when', async () => {
    const bench = new Bench(HOT, false);
    await bench.until(15);
    const [first] = (await bench.plan(false)).moves;
    for (let i = 0; i < 4; i++) {
      const view = move(`x${i}`, { workload: first!.workload, from: 2, to: 5, state: 'done' });
      bench.queue.update(view);
    }
    await bench.until(215); // its residence is over
    const plan = await bench.plan(false);
    assert.ok(plan.moves.every(({ workload }) => workload !== first!.workload));
    const reason = plan.held.find(({ workload }) => workload === first!.workload)!.reason;
    assert.equal(reason.code, 'budget');
    assert.match(reason.text, /has been moved 4 times in the last hour, 4 are allowed; free again in 56\.\d min/);
  });
});

describe('a plan that gains too little', () => {
  it('becomes the plan of staying, with the figures in the reason', async () => {
    const { decide } = await import('../../src/controller/plan-decision.ts');
    const { generateInstance } = await import('../placement/generate.ts');
    const { instance, found } = [1, 2, 3, 4, 5, 6, 7, 8]
      .map((seed) => generateInstance({ seed, slots: 6, workloads: 18, meanPowerW: 30 }))
      .map((instance) => {
        const task = { instance, seconds: 1, seed: 1, gainThresholdJ: 0, maxSteps: 100 };
        return { instance, found: planAndStay(task, () => 0) };
      })
      .find(({ found: { plan, stay } }) => plan.moves.length > 1 && stay.predicted.worstOvershootK === 0)!;
    const held = {
      instance,
      heldBecause: new Map(),
      barredBecause: new Map(),
      budgetBecause: null,
      uncertaintyK: {},
    };
    const strict = { ...DEFAULT_POLICY, energyGain: 1 };
    const { plan, verdict } = decide(found, held, 1000, strict);
    assert.equal(verdict.go, false);
    assert.deepEqual([plan.moves, plan.ratios], [[], found.stay.ratios]);
    assert.ok(plan.bound.totalJ <= plan.cost.totalJ);
    const { workload } = found.plan.moves[0]!;
    const [savedW, stayW] = [
      found.stay.predicted.moverPowerW - found.plan.predicted.moverPowerW,
      found.stay.predicted.moverPowerW,
    ];
    assert.deepEqual(plan.held.find((entry) => entry.workload === workload)!.reason, {
      code: 'gain-too-small',
      text: `${workload} stays in slot ${found.plan.moves[0]!.from}: the plan of ${found.plan.moves.length} moves saves only ${savedW.toFixed(1)} W of fan power, not ${stayW.toFixed(1)} W`,
    });
  });
});
