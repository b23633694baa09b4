// What the planner is asked, as the moment wants it: for where work should run, what it usually draws; when a slot is
// beyond its fans, what it will draw soon; for the fan speeds, what is drawn now.
import type { PlanInstance } from '../core/plan.ts';
import type { Chassis } from './chassis.ts';
import { chassisInstance, type HeldInstance, type InstanceContext, type PlanWish } from './chassis-instance.ts';
import type { ModelTracker } from './model-tracker.ts';
import type { LoadMark } from './load-mark.ts';
import type { MoveQueue } from './move-queue.ts';
import type { PolicySettings } from './planner-policy.ts';
import { unexplainedPowerW, withUnexplainedPower } from './unexplained-power.ts';
import { UsualPower } from './usual-power.ts';

/** What is expected from the trend of some seconds swings by so much of the mean, and so many W, for no reason. */
const FLUCTUATION_SHARE = 0.35;
const FLUCTUATION_W = 5;

export const NO_WISH: PlanWish = { drain: null, staying: new Set(), operator: false };

export interface PlanInputsContext {
  readonly chassis: Chassis;
  readonly model: ModelTracker;
  readonly queue: MoveQueue;
  /** Speeds that operators have fixed; changes with them. */
  readonly manual: ReadonlyMap<string, number>;
  /** The load as it is now, seen from a workload. */
  readonly loadOf: (workload: string) => LoadMark;
  readonly settings: {
    readonly policy: PolicySettings;
    readonly horizonS: number;
    readonly movesPerPlan: number;
    readonly usualMemoryS: number;
  };
}

export class PlanInputs {
  readonly #context: PlanInputsContext;
  readonly #usual: UsualPower;
  /** By slot: beside its workloads. */
  readonly #usualOwn: UsualPower;

  constructor(context: PlanInputsContext) {
    this.#context = context;
    this.#usual = new UsualPower(context.settings.usualMemoryS);
    this.#usualOwn = new UsualPower(context.settings.usualMemoryS);
  }

  /** Every frame. */
  take(nowS: number): void {
    const { agents, power } = this.#context.chassis;
    const running = agents.workloads().filter(({ workload }) => workload.state === 'running');
    this.#usual.take(
      nowS,
      running.map(({ workload }) => [workload.id, power.powerW(workload.id)] as const),
    );
    this.#usualOwn.take(
      nowS,
      [...this.#unexplainedW()].map(([slot, powerW]) => [String(slot), powerW] as const),
    );
  }

  /**
   * For a plan: a drain takes as many moves as it needs, any other a few.
   * @param isPressing A slot is beyond its fans: growth counts, not what is usual.
   */
  forPlan(wish: PlanWish, isPressing: boolean): HeldInstance {
    const isForEnergy = wish.drain === null && !isPressing;
    const usual = (workload: string) => this.#usualUnlessChanging(workload);
    const held = this.#instance(wish, isForEnergy ? { powerOfW: usual } : {});
    if (wish.operator) return held;
    const maxMoves = Math.min(held.instance.maxMoves ?? Infinity, this.#context.settings.movesPerPlan);
    const measured = isForEnergy ? this.#usually(held.instance) : this.#measured(held.instance);
    return { ...held, instance: { ...measured, maxMoves } };
  }

  /**
   * For the fan speeds: all work where it is going, because what is about to leave needs no air where it was. The loop
   * never runs slower than it is advised, and faster by itself: so neither doubt nor growth is added here.
   */
  forSpeeds(): PlanInstance {
    const { chassis, queue } = this.#context;
    const powerOfW = (workload: string) => chassis.power.powerW(workload);
    const instance = this.#measured(this.#instance(NO_WISH, { powerOfW, withDoubt: false }).instance);
    const headed = queue.headed();
    const workloads = instance.workloads.map((workload) => {
      const slot = headed.get(workload.id);
      return slot === undefined ? workload : { ...workload, slot: String(slot) };
    });
    return { ...instance, workloads };
  }

  #instance(wish: PlanWish, counting: Pick<InstanceContext, 'powerOfW' | 'withDoubt'>): HeldInstance {
    const { chassis, model, queue, manual, loadOf, settings } = this.#context;
    const { policy, horizonS } = settings;
    return chassisInstance({ chassis, model, policy, horizonS, past: queue.past(), manual, loadOf, ...counting }, wish);
  }

  /** Work that is growing fast is planned for where it is going, before its mean has followed. */
  #usualUnlessChanging(workload: string): number {
    const usualW = this.#usual.powerW(workload);
    const expectedW = this.#context.chassis.power.expectedPowerW(workload);
    return Math.abs(expectedW - usualW) > FLUCTUATION_SHARE * usualW + FLUCTUATION_W ? expectedW : usualW;
  }

  #measured(instance: PlanInstance): PlanInstance {
    const nowW = this.#unexplainedW();
    return withUnexplainedPower(instance, (slot) => nowW.get(slot) ?? null);
  }

  #usually(instance: PlanInstance): PlanInstance {
    const { slotPowerW } = this.#context.chassis;
    return withUnexplainedPower(instance, (slot) =>
      slotPowerW.has(slot) ? this.#usualOwn.powerW(String(slot)) : null,
    );
  }

  #unexplainedW(): ReadonlyMap<number, number> {
    const { slotPowerW, agents, power } = this.#context.chassis;
    const placed = agents.workloads().map(({ workload, slot }) => ({ id: workload.id, slot }));
    return unexplainedPowerW(slotPowerW, placed, (workload) => power.powerW(workload));
  }
}
