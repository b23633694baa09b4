// A sled in its slot: power, boots, processes, the states they leave behind, the disk. Processes die with the power, not
// with the agent.
import type { Resources } from '../../src/core/plan.ts';
import type { ServiceSpec } from '../../src/protocols/agent-messages.ts';
import type { ProcessId } from '../../src/agent/records/workload-record.ts';
import type { Copy, CopyMode } from './copy.ts';
import { samePid } from './copy.ts';
import type { EventQueue } from './event-queue.ts';
import type { History } from './history.ts';
import type { HostClock } from './host-clock.ts';
import type { RecordDisk } from './record-disk.ts';
import type { Watch } from './watch.ts';

export interface SledParts {
  readonly name: string;
  readonly queue: EventQueue;
  readonly history: History;
  readonly clock: HostClock;
  readonly disk: RecordDisk;
  readonly watch: Watch;
  readonly capacities: Resources;
  readonly configured: readonly ServiceSpec[];
  /** Milliseconds that a boot takes. */
  readonly bootMs: () => number;
  /** The sled has booted: its agent starts. */
  readonly booted: () => void;
  /** Its power is gone. */
  readonly died: () => void;
  /** What a frame of the guardian shows of the slot may have changed. */
  readonly changed: () => void;
}

export class Sled {
  readonly name: string;
  readonly clock: HostClock;
  readonly disk: RecordDisk;
  readonly capacities: Resources;
  readonly configured: readonly ServiceSpec[];
  readonly #parts: SledParts;
  readonly copies = new Set<Copy>();
  /** Work that lies in the state of each epoch. */
  readonly #states = new Map<string, Map<number, number>>();
  /** The guardian's switch, and whether it sits in its slot. */
  supplied = true;
  seated = true;
  #failing = false;
  boot: string;
  #boots = 1;
  #life = 0;
  #pids = 100;
  up = true;
  lastOffMs = Number.NEGATIVE_INFINITY;
  grantedFloors: Map<string, number> | null = null;

  constructor(parts: SledParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.clock = parts.clock;
    this.disk = parts.disk;
    this.capacities = parts.capacities;
    this.configured = parts.configured;
    this.boot = `${parts.name}-boot-1`;
  }

  get powered(): boolean {
    return this.supplied && this.seated && !this.#failing;
  }

  // ── power ──

  supply(on: boolean): void {
    this.#switch(() => (this.supplied = on));
  }

  seat(inSlot: boolean): void {
    this.#switch(() => (this.seated = inSlot));
  }

  #switch(change: () => void): void {
    const before = this.powered;
    change();
    if (before && !this.powered) this.#powerOff();
    if (!before && this.powered) this.#powerOn();
    this.#parts.changed();
  }

  /** Loses its power for so long, whatever the guardian's switch says. */
  fail(forMs: number): void {
    if (this.#failing) return;
    this.#switch(() => (this.#failing = true));
    this.#parts.queue.after(forMs, () => this.#switch(() => (this.#failing = false)));
  }

  #powerOff(): void {
    this.#parts.history.note(this.name, 'has no power');
    this.#life++;
    this.up = false;
    this.lastOffMs = this.#parts.queue.nowMs;
    for (const copy of [...this.copies]) this.end(copy, 'its sled has lost power');
    this.disk.crash('power');
    this.grantedFloors = null;
    this.#parts.died();
  }

  #powerOn(): void {
    const life = ++this.#life;
    this.lastOffMs = this.#parts.queue.nowMs;
    const { queue, history, clock, bootMs, booted } = this.#parts;
    history.note(this.name, 'has power and boots');
    queue.after(bootMs(), () => {
      if (life !== this.#life) return;
      this.#boots++;
      this.boot = `${this.name}-boot-${this.#boots}`;
      this.up = true;
      clock.boot();
      history.note(this.name, `has booted: ${this.boot}`);
      booted();
    });
  }

  /** A grant for this boot has arrived. Of several the agent may have used any, so that only the lowest is certain. */
  granted(floors: Readonly<Record<string, number>>): void {
    this.grantedFloors ??= new Map();
    for (const [workload, floor] of Object.entries(floors)) {
      const before = this.grantedFloors.get(workload) ?? floor;
      this.grantedFloors.set(workload, Math.min(before, floor));
    }
  }

  // ── processes ──

  begin(workload: string, epoch: number, mode: CopyMode): Copy {
    const process: ProcessId = { pid: ++this.#pids, startTicks: Math.floor(this.clock.nowMs()), bootId: this.boot };
    const work = this.#statesOf(workload).get(epoch) ?? 0;
    const copy: Copy = { sled: this.name, workload, epoch, process, mode, work, worksSinceMs: null, alive: true };
    this.copies.add(copy);
    if (this.#parts.history.on) this.note(`${workload} ${mode} at epoch ${epoch}, pid ${process.pid}`);
    this.#parts.watch.begins(copy);
    return copy;
  }

  become(copy: Copy, mode: CopyMode): void {
    if (copy.mode === mode) return;
    if (this.#parts.history.on) this.note(`${copy.workload} ${mode} at epoch ${copy.epoch}, pid ${copy.process.pid}`);
    this.#parts.watch.becomes(copy, mode);
  }

  end(copy: Copy, why: string): void {
    if (!copy.alive) return;
    if (this.#parts.history.on) this.note(`${copy.workload} at epoch ${copy.epoch} has ended: ${why}`);
    this.#parts.watch.ends(copy);
    this.copies.delete(copy);
    this.#statesOf(copy.workload).set(copy.epoch, copy.work);
  }

  find(workload: string, epoch: number, process: ProcessId): Copy | null {
    for (const copy of this.copies)
      if (copy.workload === workload && copy.epoch === epoch && samePid(copy.process, process)) return copy;
    return null;
  }

  copiesOf(workload: string): Copy[] {
    return [...this.copies].filter((copy) => copy.workload === workload);
  }

  // ── states ──

  work(workload: string, epoch: number): number {
    return this.#statesOf(workload).get(epoch) ?? 0;
  }

  setWork(workload: string, epoch: number, work: number): void {
    this.#statesOf(workload).set(epoch, work);
  }

  clean(workload: string, kept: readonly number[]): void {
    for (const epoch of [...this.#statesOf(workload).keys()])
      if (!kept.includes(epoch)) this.#statesOf(workload).delete(epoch);
  }

  #statesOf(workload: string): Map<number, number> {
    let states = this.#states.get(workload);
    if (states === undefined) this.#states.set(workload, (states = new Map()));
    return states;
  }

  note(what: string): void {
    this.#parts.history.note(this.name, what);
  }
}
