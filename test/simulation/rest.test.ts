// Work comes to rest: under a constant load that fluctuates, seen through noisy sensors, the controller's own planning
// moves work a few times and then leaves it alone, and nothing goes back to a slot it left.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Chassis } from '../../src/controller/chassis.ts';
import { ModelTracker } from '../../src/controller/model-tracker.ts';
import { MoveQueue } from '../../src/controller/move-queue.ts';
import { stayingPut } from '../../src/placement/staying.ts';
import { planAndStay } from '../../src/controller/planner-answer.ts';
import type { Planner } from '../../src/controller/planner-client.ts';
import { policyOf } from '../../src/controller/planner-policy.ts';
import { DEFAULT_PLANNING, Planning } from '../../src/controller/planning.ts';
import { seededRandom } from '../../src/core/random.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { Frame, Intent } from '../../src/protocols/guardian-link.ts';
import { announced, status } from '../controller/announcements.ts';
import type { DayWorkload } from './day/course.ts';
import type { Mind } from './day/mind.ts';
import { dayPlants } from './day/plants.ts';
import { runDay } from './day/run.ts';
import type { Work } from './day/work.ts';

const root = join(import.meta.dirname, '../..');
const LENGTH_S = 5400;
const STEP_S = 5;
/** Of what a workload uses, from one step to the next. */
const FLUCTUATION = 0.1;

/** Two workloads a slot, all of them in the first half of the chassis, each at a level of its own. */
function constantLoad(seed: number, slots: number): DayWorkload[] {
  const random = seededRandom(seed);
  return Array.from({ length: 2 * slots }, (_, i) => {
    const cpu = 5 + random.int(4);
    const level = cpu * (0.5 + 0.4 * random.next());
    const cores = Float32Array.from({ length: LENGTH_S / STEP_S + 1 }, () =>
      Math.max(0.05, level * (1 + FLUCTUATION * random.gaussian())),
    );
    const demand = { cpu, memoryGiB: 8 };
    const wattsPerCore = 8 + 6 * random.next();
    return {
      id: `w${i}`,
      startS: 0,
      endS: Infinity,
      origin: i % (slots / 2),
      demand,
      wattsPerCore,
      moveCostJ: 500,
      cores,
    };
  });
}

/** The controller's planning as it is, its records from the rig's work, its plans limited by steps. */
class Planned implements Mind {
  readonly name = 'coldslot';
  rounds = 0;
  readonly #work: Work;
  readonly #chassis: Chassis;
  readonly #queue: MoveQueue;
  readonly #planning: Planning;
  readonly #clock = new VirtualClock(0);

  constructor(board: ConstructorParameters<typeof Chassis>[0], work: Work) {
    this.#work = work;
    this.#chassis = new Chassis(board, { chassis: 'c1', version: '0', movesAllowed: true }, this.#clock);
    const policy = policyOf(board.planner);
    this.#queue = new MoveQueue(work, policy.movesAtOnce, () => {});
    const planner: Planner = {
      plan: (instance, _seconds, gainThresholdJ, uncertaintyK = {}) => {
        this.rounds++;
        const task = { instance, seconds: 1, seed: 1, gainThresholdJ, uncertaintyK, maxSteps: 150 };
        return Promise.resolve(planAndStay(task, () => 0));
      },
      stay: (instance) => Promise.resolve(stayingPut(instance)),
    };
    const settings = {
      ...DEFAULT_PLANNING,
      urgentIntervalS: 15,
      intervalS: 15,
      searchIntervalS: 15,
      policy,
      movesAllowed: true,
    };
    this.#planning = new Planning(this.#chassis, new ModelTracker(board), planner, this.#queue, settings);
  }

  async take(frame: Frame): Promise<Intent> {
    this.#clock.advance(frame.atMs - this.#clock.nowMs());
    if (this.#work.nowS % STEP_S === 0 || this.#work.ended.length > 0) this.#announce();
    for (const view of this.#work.ended.splice(0)) this.#queue.update(view);
    this.#chassis.takeFrame(frame);
    const intent = this.#planning.takeFrame(frame);
    await turn();
    return intent;
  }

  #announce(): void {
    for (const { number, capacity } of this.#chassis.board.slots) {
      const here = [...this.#work.running.values()].filter(({ slot }) => slot === number);
      const workloads = here.map((entry) => {
        const { id, demand, moveCostJ } = entry.workload;
        const state = this.#work.isFrozen(entry) ? 'frozen' : 'running';
        const cpuRatio = state === 'frozen' ? 0 : this.#work.coresOf(entry);
        return announced(id, { demand, moveCostJ, state, cpuRatio });
      });
      this.#chassis.takeAgentStatus(status(`sled${number}`, { slot: number, capacities: capacity, workloads }));
    }
  }
}

describe('under a constant load that fluctuates', () => {
  for (const [plantName, seed] of [
    ['standard', 3],
    ['dusty', 4],
  ] as const) {
    it(`nothing returns and the moves stop, on the ${plantName} plant over hundreds of rounds`, async () => {
      const plant = dayPlants(root).find(({ name }) => name === plantName)!;
      let mind: Planned | undefined;
      const run = await runDay({
        plant,
        course: constantLoad(seed, plant.board.slots.length),
        lengthS: LENGTH_S,
        seed,
        mind: (board, work) => (mind = new Planned(board, work)),
      });
      assert.ok(mind!.rounds > 200, `${mind!.rounds} rounds`);
      assert.ok(run.moves > 0, 'all the work began in half of the slots');
      const left = new Map<string, Set<number>>();
      for (const { workload, from, to } of run.marks) {
        const slots = left.get(workload) ?? new Set();
        assert.ok(!slots.has(to), `${workload} is back in slot ${to}`);
        left.set(workload, slots.add(from));
      }
      const late = run.marks.filter(({ atS }) => atS > LENGTH_S / 2);
      const text = run.marks.map(({ atS, workload, from, to }) => `${atS} s ${workload} ${from}→${to}`).join(', ');
      assert.ok(late.length <= 1, `${late.length} moves in the second half: ${text}`);
    });
  }
});
