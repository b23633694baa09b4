// Why work cannot go to the other slots it may be in: which rule with which workload, which resource with what is
// needed and free, which power cap with what is to spare.
import type { HeldCode } from '../core/plan.ts';
import type { LiveObstacle, LiveState } from './live-state.ts';
import type { Problem } from './problem.ts';
import { amount, listed, show } from './wording.ts';

export interface Obstacle {
  readonly slot: number;
  readonly is: LiveObstacle;
}

/** Up to so many slots are spoken of one by one. */
const ONE_BY_ONE_MAX = 3;

/** The commonest kind of obstacle is the code; the text has all of them. `it`: what the unit is called. */
export function obstaclesText(
  problem: Problem,
  state: LiveState,
  it: string,
  obstacles: readonly Obstacle[],
): { readonly code: HeldCode; readonly text: string } {
  const byKind = new Map<string, Obstacle[]>();
  for (const obstacle of obstacles) {
    const key = obstacle.is.kind === 'capacity' ? `capacity ${obstacle.is.resource}` : obstacle.is.kind;
    const same = byKind.get(key);
    if (same === undefined) byKind.set(key, [obstacle]);
    else same.push(obstacle);
  }
  const groups = [...byKind.values()].toSorted((a, b) => b.length - a.length);
  const code = groups[0]![0]!.is.kind;
  if (obstacles.length <= ONE_BY_ONE_MAX) {
    const each = obstacles.map((obstacle) => oneText(problem, state, obstacle));
    return { code, text: `${it} cannot move: ${each.join('; ')}` };
  }
  const texts = groups.map((group) => groupText(problem, state, group));
  return { code, text: `${it} cannot move to any of ${obstacles.length} other slots: ${texts.join('; ')}` };
}

function oneText(problem: Problem, state: LiveState, { slot, is }: Obstacle): string {
  const { id } = problem.instance.slots[slot]!;
  switch (is.kind) {
    case 'capacity': {
      const resource = problem.resources[is.resource]!;
      return `slot ${id} has ${amount(free(is), resource)} free, it needs ${amount(is.needed, resource)}`;
    }
    case 'power-cap':
      return `slot ${id} has ${show(spare(is))} W to spare under its cap of ${show(capOf(problem, slot))} W, it draws ${show(is.neededW)} W`;
    case 'rule':
      return `rules[${is.rule}] keeps it apart from ${others(problem, state, is.rule, slot)} in slot ${id}`;
  }
}

function groupText(problem: Problem, state: LiveState, group: readonly Obstacle[]): string {
  if (group.length === 1) return oneText(problem, state, group[0]!);
  const { is } = group[0]!;
  const nameOf = (obstacle: Obstacle) => problem.instance.slots[obstacle.slot]!.id;
  switch (is.kind) {
    case 'capacity': {
      const resource = problem.resources[is.resource]!;
      const best = largest(group, (other) => (other.kind === 'capacity' ? free(other) : 0));
      return `${group.length} are short of ${resource} (it needs ${amount(is.needed, resource)}; the most free is ${amount(best.value, resource)}, in slot ${nameOf(best.of)})`;
    }
    case 'power-cap': {
      const best = largest(group, (other) => (other.kind === 'power-cap' ? spare(other) : 0));
      return `${group.length} are at their power cap (it draws ${show(is.neededW)} W; the most to spare is ${show(best.value)} W, in slot ${nameOf(best.of)})`;
    }
    case 'rule': {
      const each = group.map((obstacle) => {
        const rule = (obstacle.is as typeof is).rule;
        return `${others(problem, state, rule, obstacle.slot)} in slot ${nameOf(obstacle)} (rules[${rule}])`;
      });
      return `${group.length} have work it must be apart from: ${listed(each)}`;
    }
  }
}

/** Members of an apart rule that are in the slot. */
function others({ instance }: Problem, state: LiveState, rule: number, slot: number): string {
  const members = new Set(instance.rules[rule]!.workloads);
  const there = instance.workloads.filter(({ id }, w) => members.has(id) && state.at[w] === slot);
  return listed(there.map(({ id }) => id));
}

function largest(group: readonly Obstacle[], value: (obstacle: LiveObstacle) => number) {
  const of = group.reduce((a, b) => (value(b.is) > value(a.is) ? b : a));
  return { of, value: value(of.is) };
}

const free = (is: Extract<LiveObstacle, { kind: 'capacity' }>) => Math.max(0, is.free);
const spare = (is: Extract<LiveObstacle, { kind: 'power-cap' }>) => Math.max(0, is.freeW);
const capOf = ({ instance }: Problem, slot: number) => instance.slots[slot]!.powerCapW ?? Infinity;

/** What stands against a move at the start, in a few words. */
export function shortage(problem: Problem, is: LiveObstacle): string {
  switch (is.kind) {
    case 'capacity': {
      const resource = problem.resources[is.resource]!;
      return `${amount(is.needed, resource)}, of which ${amount(free(is), resource).split(' ')[0]} is free`;
    }
    case 'power-cap':
      return `${show(is.neededW)} W, of which ${show(spare(is))} W is to spare`;
    case 'rule':
      return `that other work is gone (rules[${is.rule}])`;
  }
}
