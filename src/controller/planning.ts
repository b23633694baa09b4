// The planning loop: frames → identified model → plan → Moves and fan speeds. A plan is made every few seconds of
// plant time, at once when a slot is heading over its aim; its Moves are started in its order.
import type { Plan, PlanInstance, PlanMove } from '../core/plan.ts';
import type { Board, BoardSlot } from '../board/schema.ts';
import { describeError } from '../core/errors.ts';
import { valueOrNull } from '../core/reading.ts';
import type { Frame, Intent } from '../protocols/guardian-link.ts';
import type { AgentWorkload } from '../protocols/agent-messages.ts';
import type { PlacedWorkload } from './agent-directory.ts';
import type { Chassis } from './chassis.ts';
import { buildInstance, type InstanceWorkloadInput } from './instance-builder.ts';
import type { Drift } from '../thermal/identify.ts';
import type { ModelTracker } from './model-tracker.ts';
import type { MoveQueue } from './move-queue.ts';
import type { PlannerClient, Planned } from './planner-client.ts';
import { slotAimC } from './slot-aim.ts';
import { gainThresholdJ, hasSettled, mayMove, slotsLeft, worthMoving, type PolicySettings } from './planner-policy.ts';

export interface PlanningSettings {
  readonly policy: PolicySettings;
  readonly movesAllowed: boolean;
  readonly horizonS: number;
  readonly intervalS: number;
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
  urgentIntervalS: 3,
  warmUpS: 15,
  searchS: 0.15,
};

const INTENT_LEASE_MS = 15_000;

/** What is asked of the planner beside what the chassis shows: an operator's wish. */
export interface PlanWish {
  /** Slot that is to be emptied, but for `staying`. */
  readonly drain: number | null;
  readonly staying: ReadonlySet<string>;
  /** Residence, budget and no-return do not bind an operator. */
  readonly operator: boolean;
}

const NO_WISH: PlanWish = { drain: null, staying: new Set(), operator: false };

export class Planning {
  readonly #chassis: Chassis;
  readonly #model: ModelTracker;
  readonly #planner: PlannerClient;
  readonly #queue: MoveQueue;
  readonly #settings: PlanningSettings;
  readonly #manual = new Map<string, number>();
  #firstS: number | null = null;
  #plannedS = -Infinity;
  #busy = false;
  #adviseRatios: Readonly<Record<string, number>> = {};
  #lastWhy = '';

  constructor(
    chassis: Chassis,
    model: ModelTracker,
    planner: PlannerClient,
    queue: MoveQueue,
    settings: PlanningSettings,
  ) {
    this.#chassis = chassis;
    this.#model = model;
    this.#planner = planner;
    this.#queue = queue;
    this.#settings = settings;
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
    const ambientC = this.#chassis.ambientC();
    for (const { slot, drift } of this.#model.take(frame, ambientC)) this.#logDrift(slot, drift);
    if (ambientC !== null) this.#predict(ambientC, frame);
    this.#queue.setPlantTime(nowS);
    if (this.#isDue(nowS)) void this.#round(nowS);
    return {
      type: 'intent',
      leaseMs: INTENT_LEASE_MS,
      airMoverRatios: this.#adviseRatios,
      manualRatios: Object.fromEntries(this.#manual),
      readings: {},
    };
  }

  /** The plan as of now, with an operator's wish; nothing is started. */
  async planNow(wish: PlanWish = NO_WISH): Promise<Planned> {
    const sinceS = (this.#chassis.frame?.atMs ?? 0) / 1000 - (this.#firstS ?? 0);
    const thresholdJ = wish.operator ? 0 : gainThresholdJ(sinceS, this.#settings.horizonS, this.#settings.policy);
    const planned = await this.#planner.plan(this.instance(wish), this.#settings.searchS, thresholdJ);
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
      .filter((placed) => placed.slot === slot && heldBecause(placed, placed.workload) === null);
    const bySize = here.toSorted((a, b) => size(b.workload) - size(a.workload));
    for (;;) {
      const planned = await this.planNow({ drain: slot, staying, operator: true });
      const largest = bySize.shift();
      if (planned.plan.status !== 'infeasible' || largest === undefined) return planned;
      staying.add(largest.workload.id);
    }
  }

  instance(wish: PlanWish = NO_WISH): PlanInstance {
    const ambientC = this.#chassis.ambientC() ?? 25;
    const board = this.#chassis.board;
    return buildInstance({
      board,
      ambientC,
      horizonS: this.#settings.horizonS,
      fixedRatios: this.#fixedRatios(),
      slots: board.slots.map((slot) => this.#slotInput(slot, wish)),
      workloads: this.#chassis.agents.workloads().flatMap((placed) => this.#workloadInput(placed, board, wish)),
    });
  }

  #isDue(nowS: number): boolean {
    if (this.#busy || nowS - (this.#firstS ?? nowS) < this.#settings.warmUpS) return false;
    const { board, headingC } = this.#chassis;
    const urgent = board.slots.some((slot) => (headingC.get(slot.number) ?? -Infinity) > slotAimC(board, slot));
    return nowS - this.#plannedS >= (urgent ? this.#settings.urgentIntervalS : this.#settings.intervalS);
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
      this.#chassis.log({ severity: 'warning', source: 'planner', code: 'plan-failed', text: describeError(error) });
    } finally {
      this.#busy = false;
    }
  }

  /** True when Moves of this plan, or of the one before, are under way or about to be. */
  #act({ plan, stay }: Planned, nowS: number): boolean {
    const { policy, movesAllowed } = this.#settings;
    const verdict = worthMoving(plan, stay, nowS - (this.#firstS ?? nowS), policy);
    if (verdict.why !== this.#lastWhy && plan.moves.length > 0) this.#logPlan(plan, verdict);
    this.#lastWhy = verdict.why;
    if (!verdict.go || !movesAllowed) return this.#queue.busy();
    if (!this.#queue.busy() && hasSettled(this.#queue.past(), nowS, policy)) this.startMoves(plan.moves, 'plan');
    return true;
  }

  #logPlan(plan: Plan, verdict: { readonly go: boolean; readonly why: string }): void {
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
    const openness = this.#model.estimate(boardSlot(this.#chassis.board, slot)).opennessFactor;
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
      data: { openness },
    });
  }

  /** Where each slot is heading at the present speeds, with its work as it grows. */
  #predict(ambientC: number, frame: Frame): void {
    const heading = new Map<number, number>();
    const board = this.#chassis.board;
    const ratios = new Map(frame.fans.map((fan) => [fan.id, fan.ratio]));
    for (const slot of board.slots) {
      const powerW = valueOrNull(frame.sensors[slot.sensors.power ?? '']?.reading);
      if (powerW === null || valueOrNull(frame.sensors[slot.sensors.temperature]?.reading) === null) continue;
      const inletC = valueOrNull(frame.sensors[slot.sensors.inlet ?? '']?.reading) ?? ambientC;
      const model = this.#effective(slot);
      const flow =
        model.openness *
        board.airMovers.reduce(
          (sum, mover) => sum + (slot.model.share[mover.id] ?? 0) * mover.maxFlowM3s * (ratios.get(mover.id) ?? 0),
          0,
        );
      const growthW = this.#growthW(slot.number);
      if (flow > 0) heading.set(slot.number, inletC + (powerW + growthW) * (model.rKPerW + model.kFlow * flow ** -0.8));
    }
    this.#chassis.headingC = heading;
  }

  #growthW(slot: number): number {
    return this.#chassis.agents
      .workloads()
      .filter((placed) => placed.slot === slot)
      .reduce(
        (sum, { workload }) =>
          sum + this.#chassis.power.expectedPowerW(workload.id) - this.#chassis.power.powerW(workload.id),
        0,
      );
  }

  #effective(slot: BoardSlot) {
    const estimate = this.#model.estimate(slot);
    return {
      openness: slot.model.openness * estimate.opennessFactor,
      rKPerW: slot.model.rKPerW * estimate.rFactor,
      kFlow: slot.model.kFlow,
      uncertaintyK: Math.min(3, estimate.uncertaintyK),
    };
  }

  #slotInput(slot: BoardSlot, wish: PlanWish) {
    const sled = this.#chassis.agents.sledIn(slot.number);
    const frame = this.#chassis.frame;
    const seen = frame?.slots.find((entry) => entry.slot === slot.number);
    const readable = valueOrNull(frame?.sensors[slot.sensors.temperature]?.reading) !== null;
    return {
      slot,
      usable:
        sled !== null && seen?.presence !== 'absent' && seen?.power !== 'off' && readable && wish.drain !== slot.number,
      idlePowerW: seen?.presence === 'absent' || seen?.power === 'off' ? 0 : slot.model.idlePowerW,
      aimC: slotAimC(this.#chassis.board, slot),
      capacity: (sled === null ? null : this.#chassis.agents.status(sled))?.capacities ?? slot.capacity,
      ...this.#effective(slot),
    };
  }

  #workloadInput(placed: PlacedWorkload, board: Board, wish: PlanWish): InstanceWorkloadInput[] {
    const slot = board.slots.find((entry) => entry.number === placed.slot);
    if (slot === undefined) return [];
    const { workload } = placed;
    const past = this.#queue.past();
    const nowS = (this.#chassis.frame?.atMs ?? 0) / 1000;
    const hot = (this.#chassis.headingC.get(slot.number) ?? -Infinity) > slotAimC(board, slot);
    return [
      {
        id: workload.id,
        slot: slot.number,
        powerW: this.#chassis.power.expectedPowerW(workload.id),
        demand: workload.demand,
        moveCostJ: workload.moveCostJ,
        heldBecause:
          heldBecause(placed, workload) ??
          (wish.operator ? null : policyHold(mayMove(workload.id, past, nowS, hot, this.#settings.policy))),
        allowedSlots: workload.allowedSlots,
        mustLeave:
          wish.drain === slot.number && !wish.staying.has(workload.id) && heldBecause(placed, workload) === null,
        leftSlots: wish.operator ? new Set() : slotsLeft(workload.id, past, nowS, this.#settings.policy),
      },
    ];
  }

  #fixedRatios(): ReadonlyMap<string, number> {
    const fixed = new Map(this.#manual);
    for (const fan of this.#chassis.frame?.fans ?? [])
      if (fan.state === 'failed' || fan.state === 'absent') fixed.set(fan.id, 0);
    return fixed;
  }
}

function boardSlot(board: Board, number: number): BoardSlot {
  const slot = board.slots.find((entry) => entry.number === number);
  if (slot === undefined) throw new Error(`slot ${number} is not on the board`);
  return slot;
}

function size(workload: AgentWorkload): number {
  return Object.values(workload.demand).reduce((sum, amount) => sum + amount, 0);
}

function heldBecause(placed: PlacedWorkload, workload: AgentWorkload): string | null {
  if (workload.pinned) return 'it is pinned';
  if (!placed.online) return 'its agent is offline';
  return workload.state === 'running' ? null : `it is ${workload.state}`;
}

function policyHold(verdict: ReturnType<typeof mayMove>): string | null {
  return verdict.kind === 'held' ? verdict.why : null;
}
