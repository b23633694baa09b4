// The last look at a plan before it is given out, from the instance alone and sharing nothing with the search: every
// hard rule at the end, and room, caps and `apart` at the destination of every move on the way. Sums are kept along, so
// that it takes time in proportion to the work and the moves.
import { amountOf } from '../core/plan.ts';
import type { Plan, PlanInstance, PlanRule, PlanSlot, PlanWorkload } from '../core/plan.ts';

const SLACK = 1e-6;

/** What the plan breaks, in words; empty when it is sound. Rules the start breaks already are no fault of a move. */
export function auditPlan(instance: PlanInstance, plan: Plan): string[] {
  const faults: string[] = [];
  const course = new Course(instance);
  plan.moves.forEach((move, i) => {
    const workload = course.workloads.get(move.workload);
    const what = `move ${move.order} of ${move.workload} to slot ${move.to}`;
    const follows = course.slots.has(move.to) && course.at.get(move.workload) === move.from && move.order === i + 1;
    if (workload === undefined || !follows) {
      faults.push(`${what} does not follow from the moves before it`);
      return;
    }
    if (workload.pinned) faults.push(`${what} moves a pinned workload`);
    if (workload.allowedSlots?.includes(move.to) === false) faults.push(`${what} goes where it is not allowed`);
    course.move(workload, move.to);
    for (const fault of course.faultsOf(move.to, workload)) faults.push(`${what} ${fault}`);
  });
  if (instance.maxMoves !== null && plan.moves.length > instance.maxMoves) {
    faults.push(`${plan.moves.length} moves, but at most ${instance.maxMoves}`);
  }
  for (const workload of instance.workloads) {
    if (plan.assignment[workload.id] !== course.at.get(workload.id)) {
      faults.push(`${workload.id} is not where its moves end`);
    }
  }
  if (plan.status !== 'infeasible') for (const fault of endFaults(instance, course.at)) faults.push(fault);
  for (const mover of instance.airMovers) {
    const ratio = plan.ratios[mover.id];
    const low = mover.fixedRatio ?? mover.minRatio;
    const high = mover.fixedRatio ?? 1;
    if (ratio === undefined || !(ratio >= low - SLACK && ratio <= high + SLACK))
      faults.push(`ratio of ${mover.id} is ${ratio}`);
  }
  return faults;
}

/** What is in a slot. */
interface Content {
  readonly slot: PlanSlot;
  powerW: number;
  readonly used: Map<string, number>;
  /** Workloads of each `apart` rule, by the rule. */
  readonly ofRule: Map<PlanRule, Set<string>>;
}

/** Where everything is, move by move. */
class Course {
  readonly at = new Map<string, string>();
  readonly slots: ReadonlyMap<string, Content>;
  readonly workloads: ReadonlyMap<string, PlanWorkload>;
  readonly #apart = new Map<string, PlanRule[]>();

  constructor(instance: PlanInstance) {
    for (const rule of instance.rules) {
      if (rule.kind !== 'apart') continue;
      for (const id of rule.workloads) {
        const known = this.#apart.get(id);
        if (known === undefined) this.#apart.set(id, [rule]);
        else known.push(rule);
      }
    }
    const empty = (slot: PlanSlot): Content => ({ slot, powerW: slot.idlePowerW, used: new Map(), ofRule: new Map() });
    this.slots = new Map(instance.slots.map((slot) => [slot.id, empty(slot)]));
    this.workloads = new Map(instance.workloads.map((workload) => [workload.id, workload]));
    for (const workload of instance.workloads) this.#enter(workload, workload.slot);
  }

  move(workload: PlanWorkload, to: string): void {
    const from = this.slots.get(this.at.get(workload.id)!)!;
    add(from, workload, -1);
    for (const rule of this.#apart.get(workload.id) ?? []) from.ofRule.get(rule)!.delete(workload.id);
    this.#enter(workload, to);
  }

  #enter(workload: PlanWorkload, to: string): void {
    const content = this.slots.get(to)!;
    this.at.set(workload.id, to);
    add(content, workload, 1);
    for (const rule of this.#apart.get(workload.id) ?? []) {
      const known = content.ofRule.get(rule);
      if (known === undefined) content.ofRule.set(rule, new Set([workload.id]));
      else known.add(workload.id);
    }
  }

  /** What is broken in a slot that `arrived` has a part in. */
  faultsOf(slotId: string, arrived: PlanWorkload): string[] {
    const content = this.slots.get(slotId)!;
    const adds = (name: string | null) => (name === null ? arrived.powerW : amountOf(arrived.demand, name)) > 0;
    const faults = overfull(content, adds);
    for (const rule of this.#apart.get(arrived.id) ?? []) {
      const both = [...content.ofRule.get(rule)!];
      if (both.length > 1) faults.push(`puts ${both.join(' and ')} into slot ${slotId}, which must be apart`);
    }
    return faults;
  }
}

function add(content: Content, workload: PlanWorkload, sign: 1 | -1): void {
  content.powerW += sign * workload.powerW;
  for (const [name, amount] of Object.entries(workload.demand)) {
    content.used.set(name, (content.used.get(name) ?? 0) + sign * amount);
  }
}

/** Power (`null`) and resources of which there is more than the slot takes, as far as they are of interest. */
function overfull({ slot, powerW, used }: Content, counts: (resource: string | null) => boolean): string[] {
  const faults: string[] = [];
  if (slot.powerCapW !== null && powerW > slot.powerCapW + SLACK && counts(null)) {
    faults.push(`puts ${powerW} W into slot ${slot.id}, capped at ${slot.powerCapW} W`);
  }
  for (const [name, amount] of used) {
    const capacity = amountOf(slot.capacity, name);
    if (amount > capacity + SLACK * Math.max(1, capacity) && counts(name)) {
      faults.push(`needs ${amount} ${name} in slot ${slot.id}, which has ${capacity}`);
    }
  }
  return faults;
}

function endFaults(instance: PlanInstance, at: ReadonlyMap<string, string>): string[] {
  const faults: string[] = [];
  // summed anew, free of what the moves' sums may have gathered of rounding
  const ended = new Course({
    ...instance,
    rules: [],
    workloads: instance.workloads.map((workload) => ({ ...workload, slot: at.get(workload.id)! })),
  });
  for (const content of ended.slots.values()) {
    for (const fault of overfull(content, () => true)) faults.push(`the plan ${fault}`);
  }
  for (const rule of instance.rules) {
    const places = new Set(rule.workloads.map((id) => at.get(id))).size;
    const isKept = rule.kind === 'together' ? places === 1 : places === rule.workloads.length;
    if (!isKept) faults.push(`${rule.workloads.join(', ')} must be ${rule.kind}`);
  }
  for (const workload of instance.workloads) {
    const slot = at.get(workload.id)!;
    if (workload.pinned && slot !== workload.slot) faults.push(`${workload.id} is pinned`);
    if (workload.allowedSlots?.includes(slot) === false) faults.push(`${workload.id} is not allowed in slot ${slot}`);
  }
  const idleW = instance.slots.reduce((sum, slot) => sum + slot.idlePowerW, 0);
  const powerW = instance.workloads.reduce((sum, workload) => sum + workload.powerW, idleW);
  if (instance.chassisPowerCapW !== null && powerW > instance.chassisPowerCapW + SLACK) {
    faults.push(`the sleds draw ${powerW} W, capped at ${instance.chassisPowerCapW} W`);
  }
  return faults;
}
