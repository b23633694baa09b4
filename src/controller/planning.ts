// The planning loop: frames → identified model → plan → Moves and fan speeds. A plan is made every few seconds of
// plant time, at once when a slot is heading over its aim; its Moves are started in its order.
import type { Plan, PlanMove } from '../core/plan.ts';
import { describeError } from '../core/errors.ts';
import type { Frame, Intent } from '../protocols/guardian-link.ts';
import type { Chassis } from './chassis.ts';
import {
  chassisInstance,
  sizeOf,
  slotHeadings,
  unmovable,
  type HeldInstance,
  type PlanWish,
} from './chassis-instance.ts';
import type { Drift } from '../thermal/identify.ts';
import type { ModelTracker } from './model-tracker.ts';
import type { MoveQueue } from './move-queue.ts';
import { FanExcitation } from './fan-excitation.ts';
import { SlotForecast } from './slot-forecast.ts';
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
  readonly intervalS: number;
  /** When the last plan had nothing to do and no slot is heading anywhere. */
  readonly quietIntervalS: number;
  /** When a slot is heading over its aim. */
  readonly urgentIntervalS: number;
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
  warmUpS: 15,
  searchS: 0.15,
};

/** Every slot this far below its aim, with its work as it grows: nothing is coming soon. */
const QUIET_HEADROOM_K = 8;

const INTENT_LEASE_MS = 15_000;

const NO_WISH: PlanWish = { drain: null, staying: new Set(), operator: false };

export class Planning {
  readonly #chassis: Chassis;
  readonly #model: ModelTracker;
  readonly #planner: Planner;
  readonly #queue: MoveQueue;
  readonly #settings: PlanningSettings;
  readonly #manual = new Map<string, number>();
  #firstS: number | null = null;
  #plannedS = -Infinity;
  #busy = false;
  #ended = false;
  #adviseRatios: Readonly<Record<string, number>> = {};
  readonly #news = new PlanNews();
  readonly #forecast: SlotForecast;
  readonly #excitation: FanExcitation;

  constructor(chassis: Chassis, model: ModelTracker, planner: Planner, queue: MoveQueue, settings: PlanningSettings) {
    this.#chassis = chassis;
    this.#model = model;
    this.#planner = planner;
    this.#queue = queue;
    this.#settings = settings;
    queue.setLoad((workload) => loadOf(chassis, workload));
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
    for (const { slot, drift } of this.#model.take(frame, this.#chassis.ambientC())) this.#logDrift(slot, drift);
    this.#chassis.headingC = slotHeadings(this.#chassis, this.#model, frame);
    this.#chassis.predictions = this.#forecast.take(frame, this.#model.learned(), {
      ambientC: this.#chassis.ambientC(),
      powersW: this.#chassis.slotPowerW,
      plannedRatios: this.#adviseRatios,
      manualRatios: this.#manual,
    });
    this.#queue.setPlantTime(nowS);
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
    const held = this.#instance(wish);
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

  #instance(wish: PlanWish): HeldInstance {
    return chassisInstance(
      {
        chassis: this.#chassis,
        model: this.#model,
        policy: this.#settings.policy,
        horizonS: this.#settings.horizonS,
        past: this.#queue.past(),
        manual: this.#manual,
        loadOf: (workload) => loadOf(this.#chassis, workload),
      },
      wish,
    );
  }

  #isDue(nowS: number): boolean {
    if (this.#busy || nowS - (this.#firstS ?? nowS) < this.#settings.warmUpS) return false;
    return nowS - this.#plannedS >= this.#intervalS();
  }

  #intervalS(): number {
    const { board, headingC, plan } = this.#chassis;
    const { urgentIntervalS, intervalS, quietIntervalS } = this.#settings;
    const headroomK = Math.min(
      ...board.slots.map((slot) => this.#chassis.aimC(slot.number) - (headingC.get(slot.number) ?? -Infinity)),
    );
    if (headroomK < 0) return urgentIntervalS;
    return headroomK > QUIET_HEADROOM_K && plan?.moves.length === 0 ? quietIntervalS : intervalS;
  }

  async #round(nowS: number): Promise<void> {
    this.#busy = true;
    this.#plannedS = nowS;
    try {
      const planned = await this.planNow();
      const moving = this.#act(planned, nowS);
      // work that is about to leave needs no air where it was: the speeds are those of the plan, not of staying
      this.#adviseRatios = (moving ? planned.plan : planned.stay).ratios;
    } catch (error) {
      if (this.#ended) return;
      this.#chassis.log({ severity: 'warning', source: 'planner', code: 'plan-failed', text: describeError(error) });
    } finally {
      this.#busy = false;
    }
  }

  /** True when Moves of this plan, or of the one before, are under way or about to be. */
  #act({ plan, found, verdict }: Decision, nowS: number): boolean {
    const { policy, movesAllowed } = this.#settings;
    const isFree = !this.#queue.busy() && hasSettled(this.#queue.past(), nowS, policy);
    if (isFree) this.#logPlan(found, verdict); // before, nothing comes of it and the next plan is another
    if (!verdict.go || !movesAllowed) return this.#queue.busy();
    if (isFree) this.startMoves(plan.moves, 'plan');
    return true;
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

  #logDrift(slot: number, drift: Drift): void {
    const boardSlot = this.#chassis.board.slots.find((entry) => entry.number === slot);
    const openness = boardSlot === undefined ? 1 : this.#model.estimate(boardSlot).opennessFactor;
    const words: Readonly<Record<Drift, string>> = {
      none: `the air path of slot ${slot} is as it was`,
      'slot-blocked': `the air path of slot ${slot} lets only about ${Math.round(openness * 100)} % of its air through: something blocks it`,
      'flow-low': 'all slots get less air than the fan speeds should give: look at the filter and the fans',
    };
    this.#chassis.log({
      severity: drift === 'none' ? 'info' : 'warning',
      source: `slot/${slot}`,
      code: `drift-${drift}`,
      text: words[drift],
      data: { openness: Number(openness.toFixed(3)) },
    });
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
