// The invariants, asked of the truth: what really runs, what is really on the disks, whatever anybody believes.
import type { WorkloadRecord } from '../../src/agent/records/workload-record.ts';
import { specOf } from '../../src/agent/records/workload-record.ts';
import type { JournalEntry } from '../../src/moves/ledger.ts';
import type { MovePlan, Send } from '../../src/moves/move.ts';
import type { Resources } from '../../src/core/plan.ts';
import { workAt, type Copy } from './copy.ts';
import { Violation } from './violation.ts';

/** What the watch asks of a sled. */
export interface WatchedSled {
  readonly name: string;
  readonly boot: string;
  readonly capacities: Resources;
  readonly disk: { readonly records: ReadonlyMap<string, WorkloadRecord> };
  /** True time at which it was without power last, and whether it has it. */
  readonly lastOffMs: number;
  readonly powered: boolean;
  /** Floors that the controller granted to the sled in this boot; null before that. */
  readonly grantedFloors: ReadonlyMap<string, number> | null;
}

type DurableMove = {
  readonly plan: Pick<MovePlan, 'id' | 'workload' | 'epoch' | 'fromSled' | 'toSled'>;
  /** Kinds of its edges that are on the disk. */
  readonly edges: Set<string>;
  /** True time of the last thaw; null before the first. */
  thawSentMs: number | null;
  resumeSent: boolean;
};

export class Watch {
  readonly #nowMs: () => number;
  readonly #sled: (name: string) => WatchedSled;
  readonly #living = new Map<string, Set<Copy>>();
  readonly #work = new Map<string, number>();
  readonly #ownerEpoch = new Map<string, number>();
  readonly #moves = new Map<string, DurableMove>();
  /** workload → epoch → Move that brings it. */
  readonly #bringer = new Map<string, string>();
  readonly #topEpoch = new Map<string, { epoch: number; move: string }>();

  constructor(nowMs: () => number, sled: (name: string) => WatchedSled) {
    this.#nowMs = nowMs;
    this.#sled = sled;
  }

  // ── what runs ──

  begins(copy: Copy): void {
    const living = this.#livingOf(copy.workload);
    living.add(copy);
    this.#mayStart(copy);
    this.becomes(copy, copy.mode);
  }

  /** The copy has this mode from now on. */
  becomes(copy: Copy, mode: Copy['mode']): void {
    const nowMs = this.#nowMs();
    copy.work = workAt(copy, nowMs);
    copy.worksSinceMs = mode === 'runs' ? nowMs : null;
    copy.mode = mode;
    if (mode === 'paused') return;
    this.#isAlone(copy);
    if (mode === 'runs') this.#isOwner(copy);
    else this.#mayBeTried(copy);
  }

  ends(copy: Copy): void {
    const nowMs = this.#nowMs();
    if (copy.mode === 'runs') this.#work.set(copy.workload, workAt(copy, nowMs));
    copy.work = workAt(copy, nowMs);
    copy.worksSinceMs = null;
    copy.alive = false;
    this.#livingOf(copy.workload).delete(copy);
  }

  running(workload: string): Copy[] {
    return [...this.#livingOf(workload)].filter((copy) => copy.mode === 'runs');
  }

  #livingOf(workload: string): Set<Copy> {
    let living = this.#living.get(workload);
    if (living === undefined) this.#living.set(workload, (living = new Set()));
    return living;
  }

  #isAlone(copy: Copy): void {
    for (const other of this.#livingOf(copy.workload)) {
      if (other === copy || other.mode === 'paused') continue;
      const how = `epoch ${other.epoch} on ${other.sled}, epoch ${copy.epoch} on ${copy.sled}`;
      throw new Violation(`two copies of ${copy.workload} run: ${how}`);
    }
  }

  #mayStart(copy: Copy): void {
    const { workload, epoch } = copy;
    const sled = this.#sled(copy.sled);
    const what = `${workload} starts at epoch ${epoch} on ${sled.name}`;
    if (sled.grantedFloors === null) throw new Violation(`${what} before floors were granted for boot ${sled.boot}`);
    const granted = sled.grantedFloors.get(workload) ?? 0;
    const kept = sled.disk.records.get(workload)?.floor ?? 0;
    if (kept < granted) throw new Violation(`${what} before its floor ${granted} is durable`);
    if (epoch < kept) throw new Violation(`${what} below its floor ${kept}`);
  }

  #isOwner(copy: Copy): void {
    const { workload, epoch } = copy;
    const what = `${workload} runs at epoch ${epoch} on ${copy.sled}`;
    const before = this.#ownerEpoch.get(workload) ?? 0;
    if (epoch < before) throw new Violation(`${what} after it had run at epoch ${before}`);
    this.#ownerEpoch.set(workload, epoch);
    const move = this.#bringerOf(workload, epoch);
    if (move !== undefined && !move.edges.has('committed'))
      throw new Violation(`${what} before ${move.plan.id} is durably committed`);
    const work = this.#work.get(workload) ?? 0;
    if (copy.work < work - 1e-6)
      throw new Violation(`${what} with ${Math.round(copy.work)} ms of work, of ${Math.round(work)} that were done`);
  }

  #mayBeTried(copy: Copy): void {
    const { workload, epoch } = copy;
    const what = `${workload} is thawed at epoch ${epoch} on ${copy.sled}`;
    const move = this.#bringerOf(workload, epoch);
    if (move === undefined) throw new Violation(`${what}, an epoch of no durable Move`);
    if (move.plan.toSled !== copy.sled) throw new Violation(`${what}, but ${move.plan.id} goes to ${move.plan.toSled}`);
    if (!move.edges.has('frozen')) throw new Violation(`${what} before ${move.plan.id} is durably frozen`);
    if (move.resumeSent) throw new Violation(`${what} after the source of ${move.plan.id} was told to resume`);
    const source = this.#sled(move.plan.fromSled).disk.records.get(workload);
    const role = source?.role.kind ?? 'absent';
    if (role === 'running' || role === 'freezing')
      throw new Violation(`${what} while the record of ${move.plan.fromSled} says it is ${role}`);
  }

  #bringerOf(workload: string, epoch: number): DurableMove | undefined {
    const id = this.#bringer.get(`${workload} ${epoch}`);
    return id === undefined ? undefined : this.#moves.get(id);
  }

  /** A copy that is tried has this long from now; told again for the same copy it counts anew. */
  leaseEnds(copy: Copy): void {
    if (!copy.alive || copy.mode === 'runs') return;
    throw new Violation(`${copy.workload} on probation on ${copy.sled} has outlived its lease`);
  }

  // ── what is on the disks ──

  journalled(entry: JournalEntry): void {
    if (entry.kind !== 'edge') return;
    const { move } = entry;
    const known = this.#moves.get(move.id);
    if (known === undefined) {
      const key = `${move.workload} ${move.epoch}`;
      const other = this.#bringer.get(key);
      if (other !== undefined)
        throw new Violation(`${move.id} has epoch ${move.epoch} of ${move.workload}, which was of ${other}`);
      this.#bringer.set(key, move.id);
      this.#moves.set(move.id, { plan: move, edges: new Set([move.state.kind]), thawSentMs: null, resumeSent: false });
      return;
    }
    if (known.edges.has('committed') && (move.state.kind === 'undoing' || move.state.kind === 'undone'))
      throw new Violation(`${move.id} is ${move.state.kind} after it was committed`);
    if (known.edges.has('undoing') && move.state.kind === 'committed')
      throw new Violation(`${move.id} is committed after its undo had begun`);
    known.edges.add(move.state.kind);
  }

  stored(sledName: string): void {
    const sled = this.#sled(sledName);
    const promised: Record<string, number> = {};
    for (const { role } of sled.disk.records.values()) {
      const demand = specOf(role)?.demand;
      if (demand === undefined) continue;
      for (const resource in demand) promised[resource] = (promised[resource] ?? 0) + (demand[resource] ?? 0);
    }
    for (const resource in promised) {
      const room = sled.capacities[resource] ?? 0;
      if ((promised[resource] ?? 0) > room + 1e-9)
        throw new Violation(`${sledName} is overbooked: ${promised[resource]} of ${room} ${resource}`);
    }
  }

  // ── what is sent ──

  sent(plan: MovePlan, send: Send): void {
    const move = this.#moves.get(plan.id);
    if (move === undefined) throw new Violation(`${send.verb} of ${plan.id} is sent before the Move is durable`);
    const { epoch, workload } = plan;
    const top = this.#topEpoch.get(workload);
    if (top === undefined || epoch > top.epoch) this.#topEpoch.set(workload, { epoch, move: plan.id });
    else if (epoch === top.epoch && top.move !== plan.id)
      throw new Violation(`${plan.id} uses epoch ${epoch} of ${workload}, as ${top.move} did`);
    this.#edgeIsDurable(move, send);
    if (send.verb === 'thaw') move.thawSentMs = this.#nowMs();
    if (send.verb === 'resume') this.#mayResume(move);
  }

  #edgeIsDurable(move: DurableMove, send: Send): void {
    const needed = NEEDED[send.verb];
    if (needed === undefined || needed.some((kind) => move.edges.has(kind))) return;
    throw new Violation(`${send.verb} of ${move.plan.id} is sent before it is durably ${needed.join(' or ')}`);
  }

  /** Whatever is believed: no process of the Move may be left at its destination. */
  #mayResume(move: DurableMove): void {
    const { workload, epoch, id } = move.plan;
    move.resumeSent = true;
    this.#isFenced(move);
    for (const copy of this.#livingOf(workload)) {
      if (copy.epoch !== epoch) continue;
      throw new Violation(`the source of ${id} is told to resume while a copy is left on ${copy.sled}, ${copy.mode}`);
    }
  }

  /** The destination has durably forgotten the Move, or has been without power since it was told to thaw. */
  #isFenced({ plan, thawSentMs }: DurableMove): void {
    if (thawSentMs === null) return;
    const sled = this.#sled(plan.toSled);
    if (!sled.powered || sled.lastOffMs >= thawSentMs) return;
    if (sled.disk.records.get(plan.workload)?.ended.some(({ move }) => move === plan.id) === true) return;
    throw new Violation(
      `the source of ${plan.id} is told to resume although nothing has ended its copy on ${sled.name}`,
    );
  }

  /** Moves that ever were durable. */
  moves(): number {
    return this.#moves.size;
  }

  /** How many of them took each edge. */
  edges(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { edges } of this.#moves.values())
      for (const kind of edges) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return counts;
  }
}

/** What must be in the journal before a verb is sent. */
const NEEDED: Readonly<Partial<Record<Send['verb'], readonly string[]>>> = {
  freeze: ['staged'],
  ship: ['frozen'],
  thaw: ['shipped', 'thawed'],
  commit: ['committed'],
  fence: ['claimed', 'fenced'],
  abort: ['undoing', 'undone'],
  resume: ['undoing'],
};
