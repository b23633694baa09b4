// The chassis as the controller sees it → what the planner is asked: identified model, measured ambient and power,
// workloads with what holds them. Also where each slot is heading at the present speeds.
import type { BoardSlot } from '../board/schema.ts';
import { ColdslotError } from '../core/errors.ts';
import type { PlanInstance } from '../core/plan.ts';
import { valueOrNull } from '../core/reading.ts';
import type { Frame } from '../protocols/guardian-link.ts';
import type { AgentWorkload } from '../protocols/agent-messages.ts';
import { FLOW_EXPONENT } from '../thermal/chassis-model.ts';
import type { PlacedWorkload } from './agent-directory.ts';
import type { Chassis } from './chassis.ts';
import { buildInstance, type InstanceSlotInput, type InstanceWorkloadInput } from './instance-builder.ts';
import type { ModelTracker } from './model-tracker.ts';
import type { LoadMark } from './load-mark.ts';
import {
  chassisBudget,
  mayMove,
  pausedSlots,
  slotsLeft,
  type MovePast,
  type PolicySettings,
} from './planner-policy.ts';
import { freeFlowM3s, reachedRatios } from './reached-ratios.ts';

/** What is asked of the planner beside what the chassis shows: an operator's wish. */
export interface PlanWish {
  /** Slot that is to be emptied, but for `staying`. */
  readonly drain: number | null;
  readonly staying: ReadonlySet<string>;
  /** Residence, budget and no-return do not bind an operator. */
  readonly operator: boolean;
}

export interface InstanceContext {
  readonly chassis: Chassis;
  readonly model: ModelTracker;
  readonly policy: PolicySettings;
  readonly horizonS: number;
  readonly past: readonly MovePast[];
  /** Speeds that operators have fixed. */
  readonly manual: ReadonlyMap<string, number>;
  /** The load as it is now, seen from a workload; without it, no return is a matter of time alone. */
  readonly loadOf?: (workload: string) => LoadMark;
  /** What a workload counts as, W; left out: what it will draw soon if it goes on growing. */
  readonly powerOfW?: (workload: string) => number;
  /** False: the aims are not lowered by how unsure the model is, because something else corrects what it gets wrong. */
  readonly withDoubt?: boolean;
}

/** Beyond this the model's doubt does not lower the aim further, K. */
const MAX_UNCERTAINTY_K = 3;

/** An instance, and what is behind its pins, its allowed slots and its limit of moves. */
export interface HeldInstance {
  readonly instance: PlanInstance;
  /** For each workload that it says is pinned, why it is. */
  readonly heldBecause: ReadonlyMap<string, string>;
  /** For each workload the slots it may not go to now, beside those it never may, with the reason. */
  readonly barredBecause: ReadonlyMap<string, ReadonlyMap<number, string>>;
  /** Behind `maxMoves`; null when nothing has been spent. */
  readonly budgetBecause: string | null;
  /** How unsure the model is of each slot's temperature, K, by the slot's id. */
  readonly uncertaintyK: Readonly<Record<string, number>>;
}

/** @throws ColdslotError when no temperature of the air that comes in has been read yet */
export function chassisInstance(context: InstanceContext, wish: PlanWish): HeldInstance {
  const { chassis } = context;
  const ambientC = chassis.ambientC();
  if (ambientC === null) {
    throw new ColdslotError(
      'failed',
      'plan',
      'no temperature has been read yet',
      'is the guardian running? see: coldslot status',
    );
  }
  const closed = closedSlots(context, wish);
  const isInDanger = isAnyHot(context);
  const placed = chassis.agents.workloads();
  const barredBecause = new Map(placed.map((entry) => [entry.workload.id, barredSlots(context, entry, closed, wish)]));
  const workloads = placed.flatMap((entry) => workloadInput(context, entry, wish, barredBecause));
  const slots = chassis.board.slots.map((slot) => slotInput(context, slot, closed));
  const built = buildInstance({
    board: chassis.board,
    ambientC,
    horizonS: context.horizonS,
    fixedRatios: fixedRatios(context),
    recirculation: context.model.recirculation(),
    slots,
    workloads,
  });
  const held = workloads.flatMap(({ id, heldBecause }): [string, string][] =>
    heldBecause === null ? [] : [[id, heldBecause]],
  );
  const budget = wish.operator ? null : chassisBudget(context.past, nowS(chassis), isInDanger, context.policy);
  return {
    instance: { ...built, maxMoves: budget?.left ?? null },
    heldBecause: new Map(held),
    barredBecause,
    budgetBecause: budget?.why ?? null,
    uncertaintyK: Object.fromEntries(slots.map(({ slot, uncertaintyK }) => [String(slot.number), uncertaintyK])),
  };
}

function nowS(chassis: Chassis): number {
  return (chassis.frame?.atMs ?? 0) / 1000;
}

/**
 * Over its aim even with its fans at full speed. At the best speeds some slot is always just at its aim, which is no
 * reason to hurry.
 */
function isHot({ chassis, model }: InstanceContext, number: number): boolean {
  const headingC = chassis.headingC.get(number);
  const slot = chassis.board.slots.find((entry) => entry.number === number);
  if (headingC === undefined || slot === undefined || headingC <= chassis.aimC(number)) return false;
  const reached = chassis.frame === null ? new Map<string, number>() : reachedRatios(chassis.board, chassis.frame);
  const full = new Map(
    chassis.board.airMovers.map(({ id }) => [id, isFailed(chassis, id) ? (reached.get(id) ?? 0) : 1]),
  );
  const { openness, rKPerW, kFlow } = model.identified(slot);
  const resistance = (ratios: ReadonlyMap<string, number>) => {
    const flowM3s = openness * freeFlowM3s(chassis.board, slot.model.share, ratios);
    return flowM3s > 0 ? rKPerW + kFlow * flowM3s ** -FLOW_EXPONENT : Infinity;
  };
  const inletC =
    valueOrNull(chassis.frame?.sensors[slot.sensors.inlet ?? '']?.reading) ?? chassis.ambientC() ?? headingC;
  const riseK = headingC - inletC;
  const [now, best] = [resistance(reached), resistance(full)];
  return !Number.isFinite(now) || inletC + riseK * (best / now) > chassis.aimC(number);
}

function isFailed(chassis: Chassis, fan: string): boolean {
  return chassis.frame?.fans.some(({ id, state }) => id === fan && state !== 'ok') === true;
}

function isAnyHot(context: InstanceContext): boolean {
  return context.chassis.board.slots.some(({ number }) => isHot(context, number));
}

/** Steady-state temperature of each slot at the present speeds, with its work as it grows, °C. */
export function slotHeadings(chassis: Chassis, model: ModelTracker, frame: Frame): ReadonlyMap<number, number> {
  const headings = new Map<number, number>();
  const ambientC = chassis.ambientC();
  const ratios = reachedRatios(chassis.board, frame);
  const placed = chassis.agents.workloads();
  const read = (sensor: string | undefined) => valueOrNull(frame.sensors[sensor ?? '']?.reading);
  for (const slot of chassis.board.slots) {
    const powerW = chassis.slotPowerW.get(slot.number);
    const inletC = read(slot.sensors.inlet) ?? ambientC;
    if (powerW === undefined || inletC === null || read(slot.sensors.temperature) === null) continue;
    const { openness, share, rKPerW, kFlow } = model.identified(slot);
    const flowM3s = openness * freeFlowM3s(chassis.board, share, ratios);
    const growthW = placed
      .filter((entry) => entry.slot === slot.number)
      .reduce(
        (sum, { workload }) => sum + chassis.power.expectedPowerW(workload.id) - chassis.power.powerW(workload.id),
        0,
      );
    if (flowM3s > 0)
      headings.set(slot.number, inletC + (powerW + growthW) * (rKPerW + kFlow * flowM3s ** -FLOW_EXPONENT));
  }
  return headings;
}

export const PINNED = 'it is pinned';

/** Why a workload cannot be moved at all now; null when it can. */
export function unmovable(placed: PlacedWorkload): string | null {
  const { workload } = placed;
  if (workload.pinned) return PINNED;
  if (!placed.online) return 'its agent is offline';
  return workload.state === 'running' ? null : `it is ${workload.state}`;
}

/** Sum of what it demands, to tell large from small. */
export function sizeOf(workload: AgentWorkload): number {
  return Object.values(workload.demand).reduce((sum, amount) => sum + amount, 0);
}

function identified(model: ModelTracker, slot: BoardSlot, withDoubt: boolean) {
  const found = model.identified(slot);
  return { ...found, uncertaintyK: withDoubt ? Math.min(MAX_UNCERTAINTY_K, found.uncertaintyK) : 0 };
}

/** Slots that nothing can go to now, with the reason. */
function closedSlots({ chassis }: InstanceContext, wish: PlanWish): ReadonlyMap<number, string> {
  const closed = new Map<number, string>();
  for (const slot of chassis.board.slots) {
    const seen = chassis.frame?.slots.find((entry) => entry.slot === slot.number);
    const why = () => {
      if (wish.drain === slot.number) return 'it is being emptied';
      if (seen?.leak !== undefined) return 'there is a leak';
      if (seen?.presence === 'absent') return 'no sled is in it';
      if (seen?.power === 'off') return 'its power is off';
      if (chassis.agents.sledIn(slot.number) === null) return 'no agent is online there';
      return valueOrNull(chassis.frame?.sensors[slot.sensors.temperature]?.reading) === null
        ? 'its temperature cannot be read'
        : null;
    };
    const reason = why();
    if (reason !== null) closed.set(slot.number, reason);
  }
  return closed;
}

/** Slots that a workload cannot go to now, though it may run there, with the reason. */
function barredSlots(
  context: InstanceContext,
  { workload, slot: here }: PlacedWorkload,
  closed: ReadonlyMap<number, string>,
  wish: PlanWish,
): ReadonlyMap<number, string> {
  const { chassis, past, policy, loadOf } = context;
  const withoutDriver = chassis.board.slots.flatMap(({ number }): [number, string][] => {
    const sled = chassis.agents.sledIn(number);
    const drivers = (sled === null ? null : chassis.agents.status(sled))?.drivers;
    const isMissing = drivers !== undefined && !drivers.includes(workload.kind);
    return isMissing ? [[number, `its agent has no driver for a ${workload.kind}`]] : [];
  });
  const policed: Iterable<readonly [number, string]> = wish.operator
    ? []
    : [
        ...slotsLeft(workload.id, past, nowS(chassis), policy, loadOf?.(workload.id) ?? null),
        ...pausedSlots(past, nowS(chassis), policy),
      ];
  const barred = new Map([...policed, ...withoutDriver, ...closed]);
  const allowed = workload.allowedSlots;
  for (const slot of barred.keys()) if (slot === here || allowed?.includes(slot) === false) barred.delete(slot);
  return barred;
}

function slotInput(
  { chassis, model, withDoubt = true }: InstanceContext,
  slot: BoardSlot,
  closed: ReadonlyMap<number, string>,
): InstanceSlotInput {
  const sled = chassis.agents.sledIn(slot.number);
  const seen = chassis.frame?.slots.find((entry) => entry.slot === slot.number);
  const isDark = seen?.presence === 'absent' || seen?.power === 'off';
  return {
    slot,
    usable: !closed.has(slot.number),
    idlePowerW: isDark ? 0 : chassis.power.idlePowerW(slot.number, slot.model.idlePowerW),
    aimC: chassis.aimC(slot.number),
    capacity: (sled === null ? null : chassis.agents.status(sled))?.capacities ?? slot.capacity,
    ...identified(model, slot, withDoubt),
  };
}

function workloadInput(
  context: InstanceContext,
  placed: PlacedWorkload,
  wish: PlanWish,
  barredBecause: HeldInstance['barredBecause'],
): InstanceWorkloadInput[] {
  const { chassis, past, policy } = context;
  const slot = chassis.board.slots.find((entry) => entry.number === placed.slot);
  if (slot === undefined) return [];
  const { workload } = placed;
  const fixed = unmovable(placed);
  const verdict = mayMove(workload.id, past, nowS(chassis), isHot(context, slot.number), policy);
  return [
    {
      id: workload.id,
      slot: slot.number,
      powerW: (context.powerOfW ?? ((id) => chassis.power.expectedPowerW(id)))(workload.id),
      demand: workload.demand,
      moveCostJ: workload.moveCostJ,
      heldBecause: fixed ?? (wish.operator || verdict.kind === 'free' ? null : verdict.why),
      allowedSlots: workload.allowedSlots,
      mustLeave: wish.drain === slot.number && !wish.staying.has(workload.id) && fixed === null,
      leftSlots: new Set(barredBecause.get(workload.id)?.keys()),
    },
  ];
}

function fixedRatios({ chassis, manual }: InstanceContext): ReadonlyMap<string, number> {
  const fixed = new Map(manual);
  for (const fan of chassis.frame?.fans ?? [])
    if (fan.state === 'failed' || fan.state === 'absent') fixed.set(fan.id, 0);
  return fixed;
}
