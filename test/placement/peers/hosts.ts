// Where the workloads are while a peer decides: what fits where, and the moves so far. The published rules leave that to
// their scheduler (Nova's filters, kube-scheduler); here it is FORMATS' hard rules. Workloads that a rule keeps together
// are moved as one, which is kinder to the peers than the refusal they would get.
import type { PlanInstance, PlanWorkload } from '../../../src/core/plan.ts';
import type { PeerMove } from './peer.ts';

/** Slack for sums of powers and demands. */
const SLACK = 1e-9;

export class Hosts {
  readonly instance: PlanInstance;
  /** Slot index of every workload. */
  readonly at: number[];
  readonly moves: PeerMove[] = [];
  readonly #together: readonly (readonly number[])[];

  constructor(instance: PlanInstance) {
    this.instance = instance;
    const index = new Map(instance.slots.map((slot, s) => [slot.id, s]));
    this.at = instance.workloads.map((workload) => index.get(workload.slot)!);
    this.#together = groupsOf(instance);
  }

  /** Indices of the workloads in a slot, in the instance's order. */
  inSlot(slot: number): number[] {
    return this.at.flatMap((s, w) => (s === slot ? [w] : []));
  }

  /** What the workloads in a slot demand of a resource. */
  used(slot: number, resource: string): number {
    return this.#sum(slot, (workload) => workload.demand[resource] ?? 0);
  }

  /** Power of the workloads in a slot, without the sled's idle power, W. */
  workW(slot: number): number {
    return this.#sum(slot, (workload) => workload.powerW);
  }

  /** Whether the workload, and those that must be with it, may go to the slot now. False when all are there. */
  canMove(w: number, slot: number): boolean {
    const coming = this.#together[w]!.filter((member) => this.at[member] !== slot);
    if (coming.length === 0 || this.moves.length + coming.length > (this.instance.maxMoves ?? Infinity)) return false;
    return coming.every((member) => this.#mayEnter(member, slot)) && this.#hasRoom(coming, slot);
  }

  move(w: number, slot: number): void {
    for (const member of this.#together[w]!) {
      if (this.at[member] === slot) continue;
      this.at[member] = slot;
      this.moves.push({ workload: this.instance.workloads[member]!.id, to: this.instance.slots[slot]!.id });
    }
  }

  #mayEnter(w: number, slot: number): boolean {
    const { id, pinned, allowedSlots } = this.instance.workloads[w]!;
    if (pinned || (allowedSlots !== null && !allowedSlots.includes(this.instance.slots[slot]!.id))) return false;
    const there = new Set(this.inSlot(slot).map((other) => this.instance.workloads[other]!.id));
    return this.instance.rules.every(
      (rule) =>
        rule.kind === 'together' ||
        !rule.workloads.includes(id) ||
        rule.workloads.every((other) => other === id || !there.has(other)),
    );
  }

  #hasRoom(coming: readonly number[], slot: number): boolean {
    const { powerCapW, idlePowerW, capacity } = this.instance.slots[slot]!;
    const workloads = coming.map((w) => this.instance.workloads[w]!);
    const added = (of: (workload: PlanWorkload) => number) => workloads.reduce((sum, one) => sum + of(one), 0);
    const comingW = added(({ powerW }) => powerW);
    if (powerCapW !== null && idlePowerW + this.workW(slot) + comingW > powerCapW * (1 + SLACK)) return false;
    const resources = new Set(workloads.flatMap(({ demand }) => Object.keys(demand)));
    return [...resources].every((name) => {
      const needed = added(({ demand }) => demand[name] ?? 0);
      return needed === 0 || this.used(slot, name) + needed <= (capacity[name] ?? 0) * (1 + SLACK);
    });
  }

  #sum(slot: number, of: (workload: PlanWorkload) => number): number {
    let sum = 0;
    this.at.forEach((s, w) => (sum += s === slot ? of(this.instance.workloads[w]!) : 0));
    return sum;
  }
}

/** For every workload those that rules keep with it, itself among them. */
function groupsOf(instance: PlanInstance): readonly (readonly number[])[] {
  const index = new Map(instance.workloads.map((workload, w) => [workload.id, w]));
  const groups = instance.workloads.map((_, w) => [w]);
  for (const rule of instance.rules) {
    if (rule.kind !== 'together') continue;
    const merged = [...new Set(rule.workloads.flatMap((id) => groups[index.get(id)!]!))].toSorted((a, b) => a - b);
    for (const member of merged) groups[member] = merged;
  }
  return groups;
}
