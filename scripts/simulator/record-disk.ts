// A sled's disk: records of workloads, and the boot that floors were granted for. A write is durable some time after it
// was asked for, and confirmed after that; a crash loses what was not durable yet, or has it without anybody knowing.
import type { WorkloadRecord } from '../../src/agent/records/workload-record.ts';
import { absentRecord } from '../../src/agent/records/workload-record.ts';
import type { EventQueue } from './event-queue.ts';
import type { Weather } from './weather.ts';

export interface RecordWrite {
  readonly record: WorkloadRecord | null;
  readonly boot: string | null;
  /** Told once, unless the machine dies before. */
  readonly written: (error: string | null) => void;
}

/** `late`: confirmed before it is durable, as by a program that does not wait for the disk. */
export type SyncMode = 'waits' | 'late';

const LATE_MS = 4_000;

export class RecordDisk {
  readonly records = new Map<string, WorkloadRecord>();
  grantedBoot: string | null = null;
  readonly #queue: EventQueue;
  readonly #weather: Weather;
  readonly #sync: SyncMode;
  /** Called with each record that is durable from now on. */
  readonly #stored: (record: WorkloadRecord) => void;
  /** Called with each workload whose record is spoilt. */
  readonly #spoilt: (workload: string) => void;
  #waiting: RecordWrite[] = [];
  #busy = false;
  #life = 0;
  /** No room on it. */
  full = false;

  constructor(
    queue: EventQueue,
    weather: Weather,
    sync: SyncMode,
    stored: (record: WorkloadRecord) => void,
    spoilt: (workload: string) => void,
  ) {
    this.#queue = queue;
    this.#weather = weather;
    this.#sync = sync;
    this.#stored = stored;
    this.#spoilt = spoilt;
  }

  write(write: RecordWrite): void {
    if (this.#sync === 'late') {
      this.#confirmEarly(write);
      return;
    }
    this.#waiting.push(write);
    if (!this.#busy) this.#work();
  }

  #confirmEarly(write: RecordWrite): void {
    const life = this.#life;
    this.#waiting.push(write);
    this.#queue.after(1, () => life === this.#life && write.written(null));
    this.#queue.after(LATE_MS, () => {
      if (life !== this.#life) return;
      const due = this.#waiting.shift();
      if (due !== undefined) this.#store(due);
    });
  }

  /** One after the other, as a disk with one queue does it. */
  #work(): void {
    const write = this.#waiting[0];
    this.#busy = write !== undefined;
    if (write === undefined) return;
    const life = this.#life;
    const { random } = this.#weather;
    const slow = this.#weather.strikes('disk', 0.2);
    const delayMs = 0.5 + random.next() * 3 + (slow ? random.next() ** 2 * 8_000 : 0);
    this.#queue.after(delayMs, () => {
      if (life !== this.#life) return;
      this.#waiting.shift();
      const error = this.#errorOf(write);
      if (error === null) this.#store(write);
      write.written(error);
      this.#work();
    });
  }

  #errorOf(write: RecordWrite): string | null {
    if (this.full) return 'no space left on device';
    if (!this.#weather.strikes('disk', 0.03)) return null;
    // the file has its name, but the directory could not be synchronised: it may be there after a crash
    if (this.#weather.random.next() < 0.3) this.#store(write);
    return 'input/output error';
  }

  #store(write: RecordWrite): void {
    if (write.boot !== null) this.grantedBoot = write.boot;
    if (write.record === null) return;
    this.records.set(write.record.workload, write.record);
    this.#stored(write.record);
  }

  /** The program ends: what it had handed to the system is still written, except what the system loses with its power. */
  crash(how: 'process' | 'power'): void {
    this.#life++;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#busy = false;
    const kept = how === 'power' && this.#sync === 'late' ? 0 : this.#weather.random.int(waiting.length + 1);
    for (const write of waiting.slice(0, this.full ? 0 : kept)) this.#store(write);
    if (how === 'power' && this.#weather.strikes('disk', 0.04)) this.#tear();
  }
  /** A disk that lies: what it confirmed is torn. The agent's checksum shows it, and it sets the record aside. */
  #tear(): void {
    const records = [...this.records.values()].filter(({ role }) => role.kind !== 'absent');
    const torn = records[this.#weather.random.int(Math.max(1, records.length))];
    if (torn === undefined) return;
    const { workload } = torn;
    this.records.set(workload, { ...absentRecord(workload), role: { kind: 'unreadable', reason: 'torn' } });
    this.#spoilt(workload);
  }
}
