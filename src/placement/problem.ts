// A plan instance made ready for searching: workloads that must stay together become one unit, ids become indices,
// resources become columns. What no search could satisfy is left as it is: conflicts are named elsewhere.
import { amountOf } from '../core/plan.ts';
import type { PlanInstance } from '../core/plan.ts';
import { buildChassisModel } from '../thermal/chassis-model.ts';
import type { ChassisModel } from '../thermal/chassis-model.ts';

/** Relative slack for sums of capacities and powers, so that 0.1 + 0.2 fits into 0.3. */
export const FIT_SLACK = 1e-9;

/** Workloads that are placed as one. */
export interface Unit {
  /** Indices of its workloads. */
  readonly members: readonly number[];
  readonly powerW: number;
  /** By resource, in the order of Problem.resources. */
  readonly demand: Float64Array;
  /** Slots that all its members may be in, rising. */
  readonly allowed: readonly number[];
  /** Indices of the apart rules it is in. */
  readonly apart: readonly number[];
  /** The slot of its first member. */
  readonly home: number;
  /** All members are where the first is. */
  readonly whole: boolean;
  /** What the moves of its members cost when it is anywhere but at home, J; NaN when that depends on the slot. */
  readonly awayJ: number;
}

export interface Problem {
  readonly instance: PlanInstance;
  readonly model: ChassisModel;
  readonly slotCount: number;
  readonly resources: readonly string[];
  /** [slot · resources + resource], with the slack. */
  readonly capacity: Float64Array;
  /** With the slack; Infinity where there is no cap. */
  readonly powerCapW: Float64Array;
  readonly idlePowerW: Float64Array;
  /** limitC − marginK. */
  readonly targetC: Float64Array;
  /** Slot of every workload at the start. */
  readonly homes: Int32Array;
  /** [workload · resources + resource]. */
  readonly workDemand: Float64Array;
  /** Indices of the apart rules that a workload is in; none for most. */
  readonly apartOf: ReadonlyMap<number, readonly number[]>;
  readonly units: readonly Unit[];
  readonly maxMoves: number;
}

export function buildProblem(instance: PlanInstance): Problem {
  const slotIndex = new Map(instance.slots.map((slot, s) => [slot.id, s]));
  const workloadIndex = new Map(instance.workloads.map((workload, w) => [workload.id, w]));
  const resources = resourceNames(instance);
  const capacity = new Float64Array(instance.slots.length * resources.length);
  instance.slots.forEach((slot, s) => {
    resources.forEach((name, r) => (capacity[s * resources.length + r] = withSlack(amountOf(slot.capacity, name))));
  });
  const homes = Int32Array.from(instance.workloads, (workload) => slotIndex.get(workload.slot)!);
  const workDemand = new Float64Array(instance.workloads.length * resources.length);
  instance.workloads.forEach(({ demand }, w) => {
    resources.forEach((name, r) => (workDemand[w * resources.length + r] = amountOf(demand, name)));
  });
  const apartOf = apartRules(instance, workloadIndex);
  return {
    instance,
    model: buildChassisModel(instance),
    slotCount: instance.slots.length,
    resources,
    capacity,
    powerCapW: Float64Array.from(instance.slots, (slot) => withSlack(slot.powerCapW ?? Infinity)),
    idlePowerW: Float64Array.from(instance.slots, (slot) => slot.idlePowerW),
    targetC: Float64Array.from(instance.slots, (slot) => slot.limitC - slot.marginK),
    homes,
    workDemand,
    apartOf,
    units: buildUnits(instance, { slotIndex, workloadIndex, resources, homes, workDemand, apartOf }),
    maxMoves: instance.maxMoves ?? Infinity,
  };
}

/** Those of slots first, then those that only work asks for. */
function resourceNames(instance: PlanInstance): string[] {
  const names = new Set(instance.slots.flatMap((slot) => Object.keys(slot.capacity)));
  for (const { demand } of instance.workloads) for (const name of Object.keys(demand)) names.add(name);
  return [...names];
}

/** Whether the unit may be in the slot, other units aside. */
export function isAllowed(problem: Problem, unit: Unit, slot: number): boolean {
  const { allowed } = unit;
  if (allowed.length === problem.slotCount) return true;
  let low = 0;
  let high = allowed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (allowed[middle]! < slot) low = middle + 1;
    else high = middle;
  }
  return allowed[low] === slot;
}

export function withSlack(value: number): number {
  return value + FIT_SLACK * Math.max(1, Math.abs(value));
}

interface Indices {
  readonly slotIndex: ReadonlyMap<string, number>;
  readonly workloadIndex: ReadonlyMap<string, number>;
  readonly resources: readonly string[];
  readonly homes: Int32Array;
  readonly workDemand: Float64Array;
  readonly apartOf: ReadonlyMap<number, readonly number[]>;
}

function apartRules(instance: PlanInstance, workloadIndex: ReadonlyMap<string, number>): Map<number, number[]> {
  const rulesOf = new Map<number, number[]>();
  instance.rules.forEach((rule, r) => {
    if (rule.kind !== 'apart') return;
    for (const id of rule.workloads) {
      const w = workloadIndex.get(id)!;
      const known = rulesOf.get(w);
      if (known === undefined) rulesOf.set(w, [r]);
      else known.push(r);
    }
  });
  return rulesOf;
}

function buildUnits(instance: PlanInstance, indices: Indices): Unit[] {
  const { homes, resources, workDemand, apartOf } = indices;
  const everywhere = instance.slots.map((_, s) => s);
  return groupTogether(instance, indices.workloadIndex).map((members) => {
    const demand = new Float64Array(resources.length);
    let powerW = 0;
    let allowed = everywhere;
    for (const w of members) {
      const workload = instance.workloads[w]!;
      powerW += workload.powerW;
      for (let r = 0; r < demand.length; r++) demand[r]! += workDemand[w * demand.length + r]!;
      if (workload.allowedSlots !== null) {
        const own = new Set(workload.allowedSlots.map((id) => indices.slotIndex.get(id)!));
        allowed = allowed.filter((s) => own.has(s));
      }
      if (workload.pinned) allowed = allowed.filter((s) => s === homes[w]);
    }
    const whole = members.every((w) => homes[w] === homes[members[0]!]);
    return {
      members,
      powerW,
      demand,
      allowed,
      apart: members.flatMap((w) => apartOf.get(w) ?? []),
      home: homes[members[0]!]!,
      whole,
      awayJ: whole ? members.reduce((sum, w) => sum + instance.workloads[w]!.moveCostJ, 0) : NaN,
    };
  });
}

/** Workloads by the transitive closure of the `together` rules, in the order of their first members. */
function groupTogether(instance: PlanInstance, workloadIndex: ReadonlyMap<string, number>): number[][] {
  const parent = instance.workloads.map((_, w) => w);
  const root = (w: number): number => {
    let at = w;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  for (const rule of instance.rules) {
    if (rule.kind !== 'together') continue;
    const members = rule.workloads.map((id) => root(workloadIndex.get(id)!));
    const first = members.reduce((a, b) => Math.min(a, b));
    for (const member of members) parent[root(member)] = root(first);
  }
  const groups = new Map<number, number[]>();
  instance.workloads.forEach((_, w) => {
    const group = groups.get(root(w));
    if (group === undefined) groups.set(root(w), [w]);
    else group.push(w);
  });
  return [...groups.values()];
}
