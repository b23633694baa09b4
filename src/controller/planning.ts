// The planning loop: frames → identified model → plan → Moves and fan speeds. A plan is made every few seconds of
// plant time, at once when a slot is heading over its aim; its Moves are started in its order.
import type { Plan, PlanMove } from '../core/plan.ts';
import { describeError } from '../core/errors.ts';
import type { Frame, Intent } from '../protocols/guardian-link.ts';
import type { Chassis } from './chassis.ts';
import { PINNED, sizeOf, slotHeadings, unmovable, type PlanWish } from './chassis-instance.ts';
import type { Drift } from '../thermal/identify.ts';
import type { ModelTracker } from './model-tracker.ts';
import type { MoveQueue } from './move-queue.ts';
import { FanExcitation } from './fan-excitation.ts';
import { SlotForecast } from './slot-forecast.ts';
import { NO_WISH, PlanInputs } from './plan-inputs.ts';
import { PlanNews } from './plan-news.ts';
import type { Planned, Planner } from './planner-client.ts';
import { gainThresholdJ, hasSettled, worthMoving, type PolicySettings } from './planner-policy.ts';

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
  /** For energy a workload counts as what it has drawn on average over so long. */
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

/** More than any Move can save: a drain moves what has to leave and what makes room for it. */
const NOT_FOR_ENERGY_J = 1e15;

/** Every slot this far below its aim, with its work as it grows: nothing is coming soon. */
const QUIET_HEADROOM_K = 8;

/** The loop's own swing around the aim is no reason to hurry. */
const URGENT_OVER_K = 1;

const INTENT_LEASE_MS = 15_000;

export class Planning {
  readonly #chassis: Chassis;
  readonly #model: ModelTracker;
  readonly #planner: Planner;
  readonly #queue: MoveQueue;
  readonly #settings: PlanningSettings;
  readonly #manual = new Map<string, number>();
  #firstS: number | null = null;
  #plannedS = -Infinity;
  #searchedS = -Infinity;
  /** Not even full speed would hold every slot at its aim. */
  #isPressing = false;
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
    this.#planner = planner;
    this.#queue = queue;
    this.#settings = settings;
    this.#inputs = new PlanInputs({ chassis, model, queue, manual: this.#manual, settings });
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
  async planNow(wish: PlanWish = NO_WISH): Promise<Planned> {
    const sinceS = (this.#chassis.frame?.atMs ?? 0) / 1000 - (this.#firstS ?? 0);
    const thresholdJ =
      wish.drain === null ? gainThresholdJ(sinceS, this.#settings.horizonS, this.#settings.policy) : NOT_FOR_ENERGY_J;
    const { instance, heldBecause } = this.#inputs.forPlan(wish, this.#isPressing);
    const found = await this.#planner.plan(instance, this.#settings.searchS, thresholdJ);
    const planned = { ...found, plan: withReasons(found.plan, heldBecause) };
    if (wish.drain === null) {
      this.#chassis.plan = planned.plan;
      this.#chassis.changed();
    }
    return planned;
  }

  /** A plan that empties a slot as far as its work fits elsewhere; what is largest stays first. */
  async planDrain(slot: number): Promise<Planned> {
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
        this.#act(await this.planNow(), nowS);
      }
      const { ratios, predicted } = await this.#planner.stay(this.#inputs.forSpeeds());
      this.#adviseRatios = ratios;
      this.#isPressing = predicted.worstOvershootK > 0;
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
    return this.#isPressing || nowS - this.#searchedS >= searchIntervalS;
  }

  #act({ plan, stay }: Planned, nowS: number): void {
    const { policy, movesAllowed } = this.#settings;
    const verdict = worthMoving(plan, stay, nowS - (this.#firstS ?? nowS), policy);
    this.#logPlan(plan, verdict);
    if (verdict.go && movesAllowed) this.startMoves(plan.moves, 'plan');
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

/** To the planner everything that must stay is pinned; people are told what really holds it. */
function withReasons(plan: Plan, heldBecause: ReadonlyMap<string, string>): Plan {
  const held = plan.held.map((entry) => {
    const why = heldBecause.get(entry.workload);
    if (why === undefined || entry.reason.code !== 'pinned') return entry;
    const code = why === PINNED ? ('pinned' as const) : ('budget' as const);
    return { ...entry, reason: { code, text: `${entry.workload} stays in its slot: ${why}` } };
  });
  return { ...plan, held };
}
