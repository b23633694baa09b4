// The controller as it runs in the product, but for its surroundings: agents' records come from the rig's work, Moves
// take the time that the rig's work takes, and the planner answers at once, limited by steps instead of time.
import { setImmediate as turn } from 'node:timers/promises';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import { Chassis } from '../../../src/controller/chassis.ts';
import { ModelTracker } from '../../../src/controller/model-tracker.ts';
import { MoveQueue } from '../../../src/controller/move-queue.ts';
import { planAndStay } from '../../../src/controller/planner-answer.ts';
import type { Planned, Planner } from '../../../src/controller/planner-client.ts';
import { DEFAULT_POLICY, type PolicySettings } from '../../../src/controller/planner-policy.ts';
import { DEFAULT_PLANNING, Planning, type PlanningSettings } from '../../../src/controller/planning.ts';
import type { Board } from '../../../src/board/schema.ts';
import type { PlanInstance } from '../../../src/core/plan.ts';
import type { AgentStatus } from '../../../src/protocols/agent-messages.ts';
import type { Frame, Intent } from '../../../src/protocols/guardian-link.ts';
import { stayingPut, type Staying } from '../../../src/placement/staying.ts';
import { MOVES_AT_ONCE, type Mind } from './mind.ts';
import type { Running, Work } from './work.ts';

/** An agent sends its record at least so often. */
const STATUS_S = 5;
/** Exact evaluations of one plan: about what a plan's search time is enough for on a small processor. */
const MAX_STEPS = 200;
const SEED = 1;

export class ColdslotMind implements Mind {
  readonly name = 'coldslot';
  readonly chassis: Chassis;
  readonly planner = new StepPlanner();
  readonly #clock = new VirtualClock(0);
  readonly #board: Board;
  readonly #work: Work;
  readonly #queue: MoveQueue;
  readonly #planning: Planning;
  #version = -1;
  #seq = 0;

  /** `other`: settings to be tried instead of the product's. */
  constructor(board: Board, work: Work, other: Partial<PlanningSettings> & { readonly policy?: PolicySettings } = {}) {
    this.#board = board;
    this.#work = work;
    this.chassis = new Chassis(board, { chassis: 'day', version: 'rig', movesAllowed: true }, this.#clock);
    this.#queue = new MoveQueue(work, MOVES_AT_ONCE, (wish, why) => {
      this.chassis.log({ severity: 'warning', source: wish.workload, code: 'move-refused', text: why });
    });
    this.#planning = new Planning(this.chassis, new ModelTracker(board), this.planner, this.#queue, {
      ...DEFAULT_PLANNING,
      policy: DEFAULT_POLICY,
      movesAllowed: true,
      ...other,
    });
  }

  async take(frame: Frame): Promise<Intent> {
    this.#clock.advance(frame.atMs - this.#clock.nowMs());
    const hasChanged = this.#version !== this.#work.version;
    if (hasChanged || this.#work.nowS % STATUS_S === 0) this.#announce();
    for (const view of this.#work.ended.splice(0)) this.#queue.update(view);
    const asked = this.planner.asked;
    this.chassis.takeFrame(frame);
    const intent = this.#planning.takeFrame(frame);
    if (this.planner.asked !== asked || hasChanged) await turn();
    return intent;
  }

  /** Every sled's record, as its agent would send it. */
  #announce(): void {
    this.#version = this.#work.version;
    for (const { number, capacity } of this.#board.slots) {
      const here = [...this.#work.running.values()].filter(({ slot }) => slot === number);
      this.chassis.takeAgentStatus({
        sled: `sled${number}`,
        slot: number,
        state: 'online',
        version: 'rig',
        drivers: ['service'],
        capacities: capacity,
        bulk: null,
        workloads: here.map((entry) => this.#record(entry)),
        models: { moveSamples: 0, meanFreezeMs: 0, meanBytesPerS: 0 },
        at: '',
        seq: this.#seq++,
      });
    }
  }

  #record(entry: Running): AgentStatus['workloads'][number] {
    const { workload, epoch, move } = entry;
    const isFrozen = this.#work.isFrozen(entry);
    return {
      id: workload.id,
      kind: 'service',
      state: isFrozen ? 'frozen' : 'running',
      epoch,
      move: move?.view.id ?? null,
      demand: workload.demand,
      cpuRatio: isFrozen ? 0 : this.#work.coresOf(entry),
      memoryBytes: workload.demand.memoryGiB * 2 ** 30,
      stateBytes: workload.demand.memoryGiB * 2 ** 29,
      moveCostJ: workload.moveCostJ,
      pinned: false,
      allowedSlots: null,
      fence: 'wait',
      moveWindows: [],
    };
  }
}

/** Plans in this thread; what it answers depends on the instance alone. */
class StepPlanner implements Planner {
  asked = 0;
  searched = 0;

  plan(
    instance: PlanInstance,
    _seconds: number,
    gainThresholdJ: number,
    uncertaintyK: Readonly<Record<string, number>> = {},
  ): Promise<Planned> {
    this.asked++;
    this.searched++;
    const task = { instance, seconds: 1, seed: SEED, gainThresholdJ, uncertaintyK, maxSteps: MAX_STEPS };
    return Promise.resolve(planAndStay(task, () => 0));
  }

  stay(instance: PlanInstance): Promise<Staying> {
    this.asked++;
    return Promise.resolve(stayingPut(instance));
  }
}
