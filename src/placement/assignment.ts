// Problems in which a slot takes one unit at most, and heat recirculates by a matrix or not at all: who goes where is then
// a matching of units and slots. Slots left idle get items of no power, so that there is an item for every slot.
// Temperatures are linear in the items' powers: excess_s = Σ_j kPerW_sj · power in j − room_s.
import { FIT_SLACK, type Problem, type Unit } from './problem.ts';
import { NOWHERE, Placement } from './placement.ts';
import type { SpeedSolver } from './speeds.ts';

/** Matrices of more slots than this are too big for what is done with them. */
const MOST_SLOTS = 400;

export interface Assignment {
  readonly problem: Problem;
  /** Slots, and items. */
  readonly size: number;
  /** W, of the units in their order, then of the items that stand for nothing. */
  readonly powerW: Float64Array;
  /** Whether an item may be in a slot, [item · size + slot]. */
  readonly open: Uint8Array;
  /** Every item may be everywhere. */
  readonly isFree: boolean;
  /** At full speed, the slot's own resistance included, [slot · size + heated by]. */
  readonly kPerW: Float64Array;
  /** Rise that the items may cause before the slot is over its target, K. */
  readonly roomK: Float64Array;
}

/** Null where slots take more than one unit, or air moves what is recirculated. */
export function assignmentOf(problem: Problem, solver: SpeedSolver): Assignment | null {
  const { units, slotCount: size, model } = problem;
  const { kind, rowStart, column, weight } = model.coupling;
  if (kind !== 'linear' || size < 2 || size > MOST_SLOTS || units.length > size || units.length === 0) return null;
  if (!Array.from({ length: size }, (_, s) => s).every((s) => takesOne(problem, s))) return null;
  const open = new Uint8Array(size * size).fill(1);
  units.forEach((unit, u) => {
    open.fill(0, u * size, (u + 1) * size);
    for (const s of unit.allowed) if (fitsAlone(problem, unit, s)) open[u * size + s] = 1;
  });
  const kPerW = new Float64Array(size * size);
  const roomK = new Float64Array(size);
  for (let s = 0; s < size; s++) {
    for (let i = rowStart[s]!; i < rowStart[s + 1]!; i++) kPerW[s * size + column[i]!]! += weight[i]!;
    kPerW[s * size + s]! += solver.resistanceAtFull(s);
    roomK[s] = problem.targetC[s]! - model.ambientC;
    for (let j = 0; j < size; j++) roomK[s]! -= kPerW[s * size + j]! * problem.idlePowerW[j]!;
    if (!Number.isFinite(roomK[s]!)) return null; // a slot that no air reaches
  }
  const powerW = new Float64Array(size);
  units.forEach((unit, u) => (powerW[u] = unit.powerW));
  return { problem, size, powerW, open, isFree: open.every((may) => may === 1), kPerW, roomK };
}

/** Whether no two units may ever be in the slot together. */
function takesOne(problem: Problem, s: number): boolean {
  const { units, resources, capacity, powerCapW, idlePowerW } = problem;
  const isCrowded = (amountOf: (unit: Unit) => number, most: number) => {
    let [least, second] = [Infinity, Infinity];
    for (const unit of units) {
      const amount = amountOf(unit);
      if (amount < least) [least, second] = [amount, least];
      else if (amount < second) second = amount;
    }
    return least > 0 && least + second > most;
  };
  if (units.length < 2) return true;
  if (isCrowded((unit) => unit.powerW, powerCapW[s]! - idlePowerW[s]!)) return true;
  const { length } = resources;
  if (resources.some((_, r) => isCrowded((unit) => unit.demand[r]!, capacity[s * length + r]!))) return true;
  return units[0]!.apart.some((rule) => units.every((unit) => unit.apart.includes(rule)));
}

function fitsAlone(problem: Problem, unit: Unit, s: number): boolean {
  const { resources, capacity, powerCapW, idlePowerW } = problem;
  if (unit.powerW > 0 && idlePowerW[s]! + unit.powerW > powerCapW[s]!) return false;
  return unit.demand.every((amount, r) => amount === 0 || amount <= capacity[s * resources.length + r]!);
}

/** Item of every slot; the items of no power go to the slots left over, in order. */
export function itemsOf({ problem, size }: Assignment, at: ArrayLike<number>): Int32Array {
  const items = new Int32Array(size).fill(NOWHERE);
  problem.units.forEach((_, u) => (items[at[u]!] = u));
  let next = problem.units.length;
  for (let s = 0; s < size; s++) if (items[s] === NOWHERE) items[s] = next++;
  return items;
}

export function placementOf({ problem }: Assignment, items: ArrayLike<number>): Placement {
  const at = new Int32Array(problem.units.length);
  for (let s = 0; s < items.length; s++) if (items[s]! < at.length) at[items[s]!] = s;
  return Placement.of(problem, at);
}

/** By how much every slot is over its target, K; negative below it. */
export function excessInto(
  { size, kPerW, roomK, powerW }: Assignment,
  items: ArrayLike<number>,
  excess: Float64Array,
): void {
  for (let s = 0; s < size; s++) {
    let sum = -roomK[s]!;
    for (let j = 0; j < size; j++) sum += kPerW[s * size + j]! * powerW[items[j]!]!;
    excess[s] = sum;
  }
}

/** Taken off bounds for the arithmetic's rounding, K. */
export const ROUNDING_K = 1e3 * FIT_SLACK;
