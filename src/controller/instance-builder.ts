// The chassis as it is now → a plan instance: board parameters corrected by what was identified, measured ambient and
// power, workloads where they run. A slot's id is its number in decimal.
import type { Board, BoardSlot } from '../board/schema.ts';
import {
  PLAN_INSTANCE_FORMAT,
  type PlanInstance,
  type PlanSlot,
  type PlanWorkload,
  type Recirculation,
} from '../core/plan.ts';

export interface InstanceSlotInput {
  readonly slot: BoardSlot;
  /** Usable as a place: a sled with power, an agent online, a temperature that can be read. */
  readonly usable: boolean;
  readonly idlePowerW: number;
  readonly openness: number;
  /** Of each air mover's flow; the board's where left out. */
  readonly share?: Readonly<Record<string, number>>;
  readonly rKPerW: number;
  readonly kFlow: number;
  /** What it is held at or under, °C. */
  readonly aimC: number;
  /** Taken off the aim, K: what the slot is warmer than the formulas say; below 0 when it is cooler. */
  readonly correctionK?: number;
  /** Taken off the aim, K: how unsure the model is. */
  readonly uncertaintyK: number;
  readonly capacity: Readonly<Record<string, number>>;
}

export interface InstanceWorkloadInput {
  readonly id: string;
  readonly slot: number;
  readonly powerW: number;
  readonly demand: Readonly<Record<string, number>>;
  readonly moveCostJ: number;
  /** Why it must stay, or null. */
  readonly heldBecause: string | null;
  readonly allowedSlots: readonly number[] | null;
  readonly leftSlots: ReadonlySet<number>;
  /** Its slot is being emptied: it may not stay. */
  readonly mustLeave: boolean;
}

export interface InstanceInput {
  readonly board: Board;
  readonly ambientC: number;
  readonly horizonS: number;
  readonly slots: readonly InstanceSlotInput[];
  readonly workloads: readonly InstanceWorkloadInput[];
  /** Air movers whose speed is given: failed, or fixed by the operator. */
  readonly fixedRatios: ReadonlyMap<string, number>;
  /** Who warms whom; as the board says where left out. */
  readonly recirculation?: Recirculation;
}

export function buildInstance(input: InstanceInput): PlanInstance {
  const usable = new Set(input.slots.filter((slot) => slot.usable).map((slot) => slot.slot.number));
  return {
    format: PLAN_INSTANCE_FORMAT,
    ambientC: input.ambientC,
    horizonS: input.horizonS,
    maxMoves: null,
    airMovers: input.board.airMovers.map((mover) => ({
      id: mover.id,
      minRatio: mover.minRatio,
      maxFlowM3s: mover.maxFlowM3s,
      idlePowerW: mover.idlePowerW,
      maxPowerW: mover.maxPowerW,
      fixedRatio: input.fixedRatios.get(mover.id) ?? null,
    })),
    slots: input.slots.map(planSlot),
    recirculation: input.recirculation ?? input.board.recirculation,
    workloads: input.workloads.map((workload) => planWorkload(workload, usable)),
    rules: [],
    chassisPowerCapW: null,
  };
}

function planSlot(input: InstanceSlotInput): PlanSlot {
  return {
    id: String(input.slot.number),
    idlePowerW: input.idlePowerW,
    // where power is only guessed, the guess must not call a sled overloaded
    powerCapW: input.slot.sensors.power === undefined ? null : input.slot.model.powerCapW,
    limitC: input.slot.limitC,
    marginK: Math.max(0, input.slot.limitC - input.aimC + input.uncertaintyK + (input.correctionK ?? 0)),
    openness: input.openness,
    share: input.share ?? input.slot.model.share,
    rKPerW: input.rKPerW,
    kFlow: input.kFlow,
    capacity: input.capacity,
  };
}

function planWorkload(input: InstanceWorkloadInput, usable: ReadonlySet<number>): PlanWorkload {
  const places = [...(input.allowedSlots ?? usable)].filter((slot) => usable.has(slot) && !input.leftSlots.has(slot));
  const allowed = new Set(input.mustLeave ? places : [...places, input.slot]);
  return {
    id: input.id,
    slot: String(input.slot),
    powerW: Math.round(input.powerW * 10) / 10,
    demand: input.demand,
    moveCostJ: input.moveCostJ,
    pinned: input.heldBecause !== null,
    allowedSlots: [...allowed].toSorted((a, b) => a - b).map(String),
  };
}
