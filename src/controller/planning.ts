// The planning loop: frames → identified model → plan → Moves and fan speeds. A plan is made every few seconds of
// plant time, at once when a slot is heading over its aim; its Moves are started in its order.
import type { Plan, PlanMove } from '../core/plan.ts';
import { describeError } from '../core/errors.ts';
import type { Frame, Intent } from '../protocols/guardian-link.ts';
import type { Chassis } from './chassis.ts';
import { sizeOf, slotHeadings, unmovable, type PlanWish } from './chassis-instance.ts';
import { DriftWatch } from './drift-watch.ts';
import type { ModelTracker } from './model-tracker.ts';
import type { MoveQueue } from './move-queue.ts';
import { FanExcitation } from './fan-excitation.ts';
import { SlotForecast } from './slot-forecast.ts';
import { NO_WISH, PlanInputs } from './plan-inputs.ts';
import { PlanNews } from './plan-news.ts';
import { decide, withReasons, type Decision } from './plan-decision.ts';
import { NOT_FOR_ENERGY_J } from './planner-answer.ts';
import type { LoadMark } from './load-mark.ts';
import type { Planner } from './planner-client.ts';
import { gainThresholdJ, hasSettled, type PolicySettings } from './planner-policy.ts';

export interface PlanningSettings {
  readonly policy: PolicySettings;
  readonly movesAllowed: boolean;
  readonly horizonS: number;
  /** Fan speeds are reckoned anew so often. */
  readonly intervalS: number;
  /** When every slot is well below its aim. */
  readonly quietIntervalS: number;
  /** When a slot is heading over its aim. */
  readonly urgentIntervalS: number;
  /** Better places are looked for so often, unless a slot is heading over its aim. */
  readonly searchIntervalS: number;
  /** Moves of one plan: after a few, what comes next is planned with what they have brought. */
  readonly movesPerPlan: number;
  /** For energy a workload counts as what it usually draws; a mean over so long shows that this has changed. */
  readonly usualMemoryS: number;
  /** Before this much plant time nothing is known of the trend. */
  readonly warmUpS: number;
  /** Search time of one plan, wall time. */
  readonly searchS: number;
}

export const DEFAULT_PLANNING: Omit<PlanningSettings, 'policy' | 'movesAllowed'> = {
  horizonS: 3600,
  intervalS: 10,
  quietIntervalS: 30,
  urgentIntervalS: 3,
  searchIntervalS: 60,
  movesPerPlan: 3,
  usualMemoryS: 90,
  warmUpS: 15,
  searchS: 0.15,
};

/** Every slot this far below its aim, with its work as it grows: nothing is coming soon. */
const QUIET_HEADROOM_K = 8;

/** The loop's own swing around the aim is no reason to hurry. */
const URGENT_OVER_K = 1;

/** What staying takes has risen so far since places were looked for last: it is not waited for the next time. */
const RISEN_FACTOR = 1.1;
const RISEN_W = 3;

const INTENT_LEASE_MS = 15_000;

export class Planning {
  readonly #chassis: Chassis;
  readonly #model: ModelTracker;
  readonly #drift: DriftWatch;
  readonly #planner: Planner;
  readonly #queue: MoveQueue;
  readonly #settings: PlanningSettings;
  readonly #manual = new Map<string, number>();
  #firstS: number | null = null;
  #plannedS = -Infinity;
  #searchedS = -Infinity;
  /** Not even full speed would hold every slot at its aim. */
  #isPressing = false;
  /** Power of the air movers that staying takes, W: now, and when places were looked for last. */
  #stayW = 0;
  #searchedStayW = 0;
  readonly #inputs: PlanInputs;
  #busy = false;
  #ended = false;
  #adviseRatios: Readonly<Record<string, number>> = {};
  readonly #news = new PlanNews();
  readonly #forecast: SlotForecast;
  readonly #excitation: FanExcitation;

  constructor(chassis: Chassis, model: ModelTracker, planner: Planner, queue: MoveQueue, settings: PlanningSettings) {
    this.#chassis = chassis;
    this.#model = model;
    this.#drift = new DriftWatch(chassis.board, model);
    this.#planner = planner;
    this.#queue = queue;
    this.#settings = settings;
    const load = (workload: string) => loadOf(chassis, workload);
    queue.setLoad(load);
    this.#inputs = new PlanInputs({ chassis, model, queue, manual: this.#manual, settings, loadOf: load });
    this.#forecast = new SlotForecast(chassis.board);
    this.#excitation = new FanExcitation(chassis, model);
  }

  /** A plan that is being made now comes to nothing, which is no failure. */
  end(): void {
    this.#ended = true;
  }

  /** Operator's fixed speed of a fan; null = back to the loop. */
  setManual(fan: string, ratio: number | null): void {
    if (ratio === null) this.#manual.delete(fan);
    else this.#manual.set(fan, ratio);
  }

  /** Takes a frame in and answers with the intent for the guardian. */
  takeFrame(frame: Frame): Intent {
    const nowS = frame.atMs / 1000;
    this.#firstS ??= nowS;
    for (const event of this.#drift.take(frame, this.#chassis.ambientC())) this.#chassis.log(event);
    this.#chassis.drift = this.#drift.present();
    this.#chassis.headingC = slotHeadings(this.#chassis, this.#model, frame);
    this.#chassis.predictions = this.#forecast.take(frame, this.#model.learned(), {
      ambientC: this.#chassis.ambientC(),
      powersW: this.#chassis.slotPowerW,
      plannedRatios: this.#adviseRatios,
      manualRatios: this.#manual,
    });
    this.#queue.setPlantTime(nowS);
    this.#inputs.take(nowS);
    if (this.#isDue(nowS)) void this.#round(nowS);
    return {
      type: 'intent',
      leaseMs: INTENT_LEASE_MS,
      airMoverRatios: this.#excitation.take(frame, this.#adviseRatios, {
        isMoving: this.#queue.busy(),
        manual: this.#manual,
      }),
      manualRatios: Object.fromEntries(this.#manual),
      readings: {},
    };
  }

  /** The plan as of now, with an operator's wish; nothing is started. */
  async planNow(wish: PlanWish = NO_WISH): Promise<Decision> {
    const sinceS = (this.#chassis.frame?.atMs ?? 0) / 1000 - (this.#firstS ?? 0);
    const thresholdJ =
      wish.drain === null ? gainThresholdJ(sinceS, this.#settings.horizonS, this.#settings.policy) : NOT_FOR_ENERGY_J;
    const held = this.#inputs.forPlan(wish, this.#isPressing);
    const found = await this.#planner.plan(held.instance, this.#settings.searchS, thresholdJ, held.uncertaintyK);
    if (wish.drain !== null) {
      const verdict = { go: true, why: 'it was asked for' };
      return { ...found, found: found.plan, plan: withReasons(found.plan, held), verdict };
    }
    const decision = decide(found, held, sinceS, this.#settings.policy);
    this.#chassis.plan = decision.plan;
    this.#chassis.changed();
    return decision;
  }

  /** A plan that empties a slot as far as its work fits elsewhere; what is largest stays first. */
  async planDrain(slot: number): Promise<Decision> {
    const staying = new Set<string>();
    const here = this.#chassis.agents
      .workloads()
      .filter((placed) => placed.slot === slot && unmovable(placed) === null);
    const bySize = here.toSorted((a, b) => sizeOf(b.workload) - sizeOf(a.workload));
    for (;;) {
      const planned = await this.planNow({ drain: slot, staying, operator: true });
      const largest = bySize.shift();
      if (planned.plan.status !== 'infeasible' || largest === undefined) return planned;
      staying.add(largest.workload.id);
    }
  }

  #isDue(nowS: number): boolean {
    if (this.#busy || nowS - (this.#firstS ?? nowS) < this.#settings.warmUpS) return false;
    return nowS - this.#plannedS >= this.#intervalS();
  }

  #intervalS(): number {
    const { urgentIntervalS, intervalS, quietIntervalS } = this.#settings;
    const headroomK = this.#headroomK();
    if (headroomK < -URGENT_OVER_K) return urgentIntervalS;
    return headroomK > QUIET_HEADROOM_K ? quietIntervalS : intervalS;
  }

  /** Of the slot that is heading closest to its aim, or furthest over it. */
  #headroomK(): number {
    const { board, headingC } = this.#chassis;
    return Math.min(
      ...board.slots.map((slot) => this.#chassis.aimC(slot.number) - (headingC.get(slot.number) ?? -Infinity)),
    );
  }

  async #round(nowS: number): Promise<void> {
    this.#busy = true;
    this.#plannedS = nowS;
    try {
      if (this.#isSearchDue(nowS)) {
        this.#searchedS = nowS;
        this.#searchedStayW = this.#stayW;
        this.#act(await this.planNow());
      }
      const { ratios, predicted } = await this.#planner.stay(this.#inputs.forSpeeds());
      this.#adviseRatios = ratios;
      this.#isPressing = predicted.worstOvershootK > 0;
      this.#stayW = predicted.moverPowerW;
    } catch (error) {
      if (this.#ended) return;
      this.#chassis.log({ severity: 'warning', source: 'planner', code: 'plan-failed', text: describeError(error) });
    } finally {
      this.#busy = false;
    }
  }

  /** While Moves are under way, or the readings have not followed them yet, nothing would come of a plan. */
  #isSearchDue(nowS: number): boolean {
    const { policy, searchIntervalS } = this.#settings;
    if (this.#queue.busy() || !hasSettled(this.#queue.past(), nowS, policy)) return false;
    const hasRisen = this.#stayW > this.#searchedStayW * RISEN_FACTOR + RISEN_W;
    return this.#isPressing || hasRisen || nowS - this.#searchedS >= searchIntervalS;
  }

  #act({ plan, found, verdict }: Decision): void {
    this.#logPlan(found, verdict);
    if (verdict.go && this.#settings.movesAllowed) this.startMoves(plan.moves, 'plan');
  }

  #logPlan(plan: Plan, verdict: { readonly go: boolean; readonly why: string }): void {
    if (!this.#news.isNew(plan, verdict.go)) return;
    const count = `${plan.moves.length} ${plan.moves.length === 1 ? 'move' : 'moves'} planned`;
    const why = verdict.go && !this.#settings.movesAllowed ? 'moves are switched off' : verdict.why;
    const data = { moves: plan.moves.map((move) => move.reason.text) };
    this.#chassis.log({ severity: 'info', source: 'planner', code: 'plan', text: `${count}: ${why}`, data });
  }

  startMoves(moves: readonly PlanMove[], trigger: 'plan' | 'drain' | 'operator'): void {
    for (const move of moves) {
      this.#chassis.log({
        severity: 'info',
        source: `workload/${move.workload}`,
        code: `move-${move.reason.code}`,
        text: move.reason.text,
      });
    }
    this.#queue.add(
      moves.map((move) => ({ workload: move.workload, from: Number(move.from), to: Number(move.to), trigger })),
    );
  }
}

/** The load as it is now, seen from a workload. */
function loadOf(chassis: Chassis, workload: string): LoadMark {
  const failed = (chassis.frame?.fans ?? []).filter(({ state }) => state === 'failed' || state === 'absent');
  const leaks = (chassis.frame?.slots ?? []).filter(({ leak }) => leak !== undefined);
  return {
    workloadW: chassis.power.powerW(workload),
    chassisW: [...chassis.slotPowerW.values()].reduce((sum, powerW) => sum + powerW, 0),
    ambientC: chassis.ambientC() ?? 0,
    conditions: [...failed.map(({ id }) => id), ...leaks.map(({ slot }) => String(slot))].toSorted().join(' '),
  };
}
