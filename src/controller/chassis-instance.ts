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
import { mayMove, slotsLeft, type MovePast, type PolicySettings } from './planner-policy.ts';
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
  /** What a workload counts as, W; left out: what it will draw soon if it goes on growing. */
  readonly powerOfW?: (workload: string) => number;
  /** False: the aims are not lowered by how unsure the model is, because something else corrects what it gets wrong. */
  readonly withDoubt?: boolean;
}

/** Beyond this the model's doubt does not lower the aim further, K. */
const MAX_UNCERTAINTY_K = 3;

/** An instance, and for each workload that it says is pinned why it is. */
export interface HeldInstance {
  readonly instance: PlanInstance;
  readonly heldBecause: ReadonlyMap<string, string>;
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
  const workloads = chassis.agents.workloads().flatMap((placed) => workloadInput(context, placed, wish));
  const instance = buildInstance({
    board: chassis.board,
    ambientC,
    horizonS: context.horizonS,
    fixedRatios: fixedRatios(context),
    recirculation: context.model.recirculation(),
    slots: chassis.board.slots.map((slot) => slotInput(context, slot, wish)),
    workloads,
  });
  const held = workloads.flatMap(({ id, heldBecause }): [string, string][] =>
    heldBecause === null ? [] : [[id, heldBecause]],
  );
  return { instance, heldBecause: new Map(held) };
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

function slotInput(
  { chassis, model, withDoubt = true }: InstanceContext,
  slot: BoardSlot,
  wish: PlanWish,
): InstanceSlotInput {
  const sled = chassis.agents.sledIn(slot.number);
  const seen = chassis.frame?.slots.find((entry) => entry.slot === slot.number);
  const isReadable = valueOrNull(chassis.frame?.sensors[slot.sensors.temperature]?.reading) !== null;
  const isDark = seen?.presence === 'absent' || seen?.power === 'off';
  return {
    slot,
    usable: sled !== null && !isDark && seen?.leak === undefined && isReadable && wish.drain !== slot.number,
    idlePowerW: isDark ? 0 : slot.model.idlePowerW,
    aimC: chassis.aimC(slot.number),
    capacity: (sled === null ? null : chassis.agents.status(sled))?.capacities ?? slot.capacity,
    ...identified(model, slot, withDoubt),
  };
}

function workloadInput(context: InstanceContext, placed: PlacedWorkload, wish: PlanWish): InstanceWorkloadInput[] {
  const { chassis, past, policy } = context;
  const slot = chassis.board.slots.find((entry) => entry.number === placed.slot);
  if (slot === undefined) return [];
  const { workload } = placed;
  const nowS = (chassis.frame?.atMs ?? 0) / 1000;
  const isHot = (chassis.headingC.get(slot.number) ?? -Infinity) > chassis.aimC(slot.number);
  const fixed = unmovable(placed);
  const verdict = mayMove(workload.id, past, nowS, isHot, policy);
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
      leftSlots: wish.operator ? new Set() : slotsLeft(workload.id, past, nowS, policy),
    },
  ];
}

function fixedRatios({ chassis, manual }: InstanceContext): ReadonlyMap<string, number> {
  const fixed = new Map(manual);
  for (const fan of chassis.frame?.fans ?? [])
    if (fan.state === 'failed' || fan.state === 'absent') fixed.set(fan.id, 0);
  return fixed;
}
