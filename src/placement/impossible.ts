// Quick proofs that no placement can keep the hard rules, from sums and counts alone: what no slot can hold, what all
// the slots it may be in cannot hold together, more to keep apart than there are slots, more moves than allowed.
// Finding none proves nothing.
import { movesTo } from './placement.ts';
import type { Problem, Unit } from './problem.ts';

/** Sets of slots that work is confined to, beyond which only the whole chassis is looked at. */
const CONFINED_MAX = 200;
/** Sizes of work for which it is counted how many fit. */
const SIZES_MAX = 16;

export function isPlainlyImpossible(problem: Problem): boolean {
  const { units, idlePowerW, powerCapW, maxMoves } = problem;
  if (idlePowerW.some((powerW, s) => powerW > powerCapW[s]!)) return true;
  if (units.some((unit) => !fitsSomewhere(problem, unit))) return true;
  if (maxMoves < Infinity && leastMoves(problem) > maxMoves) return true;
  return hasTooManyApart(problem) || confinements(problem).some((confined) => isTooMuch(problem, confined));
}

/** Alone in the chassis. */
function fitsSomewhere(problem: Problem, unit: Unit): boolean {
  if (new Set(unit.apart).size < unit.apart.length) return false;
  const count = problem.resources.length;
  return unit.allowed.some((slot) => {
    if (problem.idlePowerW[slot]! + unit.powerW > problem.powerCapW[slot]!) return false;
    return unit.demand.every((amount, r) => amount === 0 || amount <= problem.capacity[slot * count + r]!);
  });
}

function leastMoves(problem: Problem): number {
  let sum = 0;
  for (const unit of problem.units) {
    if (unit.whole && unit.allowed.includes(unit.home)) continue;
    sum += Math.min(...unit.allowed.map((slot) => movesTo(problem, unit, slot)));
  }
  return sum;
}

function hasTooManyApart({ units, slotCount }: Problem): boolean {
  const byRule = new Map<number, Unit[]>();
  for (const unit of units) for (const rule of unit.apart) byRule.set(rule, [...(byRule.get(rule) ?? []), unit]);
  return [...byRule.values()].some((members) => {
    const isConfined = members.every((unit) => unit.allowed.length < slotCount);
    const places = isConfined ? new Set(members.flatMap((unit) => unit.allowed)).size : slotCount;
    return members.length > places;
  });
}

interface Confined {
  readonly slots: readonly number[];
  /** All that may be nowhere else. */
  readonly units: readonly Unit[];
}

/** The sets of slots that units are allowed in, each with the units that are allowed in no other slot. */
function confinements({ units, slotCount }: Problem): Confined[] {
  const bySlots = new Map<string, { slots: readonly number[]; units: Unit[] }>();
  for (const unit of units) {
    if (unit.allowed.length === slotCount) continue;
    const key = unit.allowed.join();
    const same = bySlots.get(key);
    if (same === undefined) bySlots.set(key, { slots: unit.allowed, units: [unit] });
    else same.units.push(unit);
  }
  const whole = { slots: Array.from({ length: slotCount }, (_, s) => s), units };
  if (bySlots.size > CONFINED_MAX) return [whole];
  const sets = [...bySlots.values()];
  const isWithin = (inner: readonly number[], outer: ReadonlySet<number>) => inner.every((slot) => outer.has(slot));
  const confined = sets.map(({ slots }) => {
    const outer = new Set(slots);
    const inside = sets.filter((set) => set.slots.length <= slots.length && isWithin(set.slots, outer));
    return { slots, units: inside.flatMap((set) => set.units) };
  });
  return [...confined, whole];
}

function isTooMuch(problem: Problem, { slots, units }: Confined): boolean {
  const count = problem.resources.length;
  const room = (slot: number) => problem.powerCapW[slot]! - problem.idlePowerW[slot]!;
  const tooMuch = (sizes: readonly number[], rooms: readonly number[]) => {
    const needed = sum(sizes);
    return needed > 0 && (needed > sum(rooms) || isTooMany(sizes, rooms));
  };
  const powers = units.map((unit) => unit.powerW);
  if (slots.every((slot) => room(slot) < Infinity) && tooMuch(powers, slots.map(room))) return true;
  for (let r = 0; r < count; r++) {
    const sizes = units.map((unit) => unit.demand[r]!);
    const rooms = slots.map((slot) => problem.capacity[slot * count + r]!);
    if (tooMuch(sizes, rooms)) return true;
  }
  return false;
}

/** More of at least some size than can be side by side: three of 3 in two rooms of 4, though 9 is not the matter. */
function isTooMany(sizes: readonly number[], rooms: readonly number[]): boolean {
  const ordered = sizes.filter((size) => size > 0).toSorted((a, b) => b - a);
  const distinct = [...new Set(ordered)];
  const step = Math.max(1, Math.ceil(distinct.length / SIZES_MAX));
  return distinct.some((size, i) => {
    if (i % step !== 0) return false;
    const many = ordered.findLastIndex((other) => other >= size) + 1;
    return many > sum(rooms.map((space) => Math.floor(space / size)));
  });
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
