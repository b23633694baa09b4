// What a constraint says, with the figures that matter beside the others it conflicts with.
import { assertNever } from '../core/errors.ts';
import { amountOf } from '../core/plan.ts';
import type { PlanInstance } from '../core/plan.ts';
import { withOnly } from './constraints.ts';
import type { Constraint } from './constraints.ts';
import { buildProblem } from './problem.ts';
import type { Problem, Unit } from './problem.ts';
import { amount, listed, round, show, slotsNamed } from './wording.ts';

/** `conflict`: all constraints of the conflict; `constraint` may be one of them narrowed to fewer slots. */
export function describeConstraint(
  instance: PlanInstance,
  constraint: Constraint,
  conflict: readonly Constraint[],
): string {
  switch (constraint.kind) {
    case 'rule':
      return describeRule(instance, constraint.rule, conflict);
    case 'pinned': {
      const { id, slot } = instance.workloads[constraint.workload]!;
      return `pinned: ${id} must stay in slot ${slot}`;
    }
    case 'allowed': {
      const { id, allowedSlots } = instance.workloads[constraint.workload]!;
      const but = allowedSlots!.length === 0 ? '' : ` but ${listed(allowedSlots!, 6)}`;
      return `allowedSlots: ${id} may be in no slot${but}`;
    }
    case 'capacity':
    case 'power-cap':
      return describeRoom(instance, constraint, conflict);
    case 'max-moves':
      return `maxMoves: at most ${instance.maxMoves} ${instance.maxMoves === 1 ? 'move' : 'moves'}`;
    default:
      return assertNever(constraint, 'constraint');
  }
}

function describeRule(instance: PlanInstance, r: number, conflict: readonly Constraint[]): string {
  const rule = instance.rules[r]!;
  const says = `rules[${r}]: ${listed(rule.workloads, 8)} must be ${rule.kind}`;
  if (rule.kind === 'apart') {
    const slots = instance.slots.length;
    return rule.workloads.length > slots ? `${says}: ${rule.workloads.length} workloads, ${slots} slots` : says;
  }
  const named = new Set(rule.workloads);
  const members = instance.workloads.filter(({ id }) => named.has(id));
  const figures = conflict.flatMap((other) => {
    if (other.kind === 'capacity')
      return [
        amount(
          sum(members, (w) => amountOf(w.demand, other.resource)),
          other.resource,
        ),
      ];
    return other.kind === 'power-cap' ? [`${show(sum(members, (w) => w.powerW))} W`] : [];
  });
  return figures.length === 0 ? says : `${says} (${figures.join(', ')})`;
}

type Room = Extract<Constraint, { kind: 'capacity' | 'power-cap' }>;

/** What the work needs that can be nowhere else, and what the slots have. */
function describeRoom(instance: PlanInstance, room: Room, conflict: readonly Constraint[]): string {
  const others = conflict.filter((other) => other.kind !== room.kind);
  const problem = buildProblem(withOnly(instance, [...others, room]));
  const { key, show: figure, need, has } = measureOf(instance, problem, room);
  const beyond = room.slots.find((s) => has(s) < 0);
  if (beyond !== undefined) {
    const { id, idlePowerW, powerCapW } = instance.slots[beyond]!;
    return `${key}: the sled in slot ${id} draws ${show(idlePowerW)} W by itself, its cap is ${show(powerCapW!)} W`;
  }
  const inside = new Set(room.slots);
  const confined = problem.units.filter((unit) => need(unit) > 0 && unit.allowed.every((slot) => inside.has(slot)));
  const most = Math.max(...room.slots.map(has));
  const tooBig = confined.find((unit) => unit.allowed.every((slot) => has(slot) < need(unit)));
  const everywhere = room.slots.length === instance.slots.length;
  if (tooBig !== undefined) {
    const who = `${namesOf(instance, [tooBig])} ${tooBig.members.length === 1 ? 'needs' : 'need'}`;
    const most = Math.max(...tooBig.allowed.map(has));
    const places = everywhere
      ? `no slot has more than ${figure(most)}`
      : `${slotsNamed(instance, tooBig.allowed)} ${tooBig.allowed.length === 1 ? 'has' : 'have at most'} ${figure(most)}`;
    return `${key}: ${who} ${figure(need(tooBig))}, and ${places}${room.kind === 'power-cap' ? ' to spare' : ''}`;
  }
  const needed = sum(confined, need);
  const total = sum(room.slots, has);
  const who =
    confined.length > 6
      ? `${sum(confined, (unit) => unit.members.length)} workloads need`
      : `${namesOf(instance, confined)} need`;
  const places =
    everywhere && room.slots.length > 1
      ? 'all slots together have'
      : `${slotsNamed(instance, room.slots)} ${room.slots.length === 1 ? 'has' : 'have'}`;
  const spare = room.kind === 'power-cap' ? ' to spare' : '';
  const apiece = room.slots.length > 1 && needed <= total ? `, at most ${figure(most)} each` : '';
  return `${key}: ${who} ${figure(needed)}, and ${places} ${figure(total)}${spare}${apiece}`;
}

interface Measure {
  readonly key: string;
  readonly show: (value: number) => string;
  readonly need: (unit: Unit) => number;
  readonly has: (slot: number) => number;
}

function measureOf(instance: PlanInstance, problem: Problem, room: Room): Measure {
  if (room.kind === 'power-cap') {
    return {
      key: 'powerCapW',
      show: (value) => `${show(value)} W`,
      need: (unit) => unit.powerW,
      has: (slot) => (instance.slots[slot]!.powerCapW ?? Infinity) - instance.slots[slot]!.idlePowerW,
    };
  }
  const r = problem.resources.indexOf(room.resource);
  return {
    key: 'capacity',
    show: (value) => amount(round(value, 3), room.resource),
    need: (unit) => unit.demand[r]!,
    has: (slot) => amountOf(instance.slots[slot]!.capacity, room.resource),
  };
}

function namesOf(instance: PlanInstance, units: readonly Unit[]): string {
  return listed(
    units.flatMap((unit) => unit.members.map((w) => instance.workloads[w]!.id)),
    6,
  );
}

function sum<T>(list: readonly T[], value: (entry: T) => number): number {
  let total = 0;
  for (const entry of list) total += value(entry);
  return total;
}
