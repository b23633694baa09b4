// The service driver of a sled, as slow and as unreliable as the weather wants it. What it has begun goes on when its
// agent dies: a signal that was sent is sent.
import type { DriverOp, DriverResult } from '../../src/agent/machine/machine.ts';
import type { ProcessId } from '../../src/agent/records/workload-record.ts';
import type { Random } from '../../src/core/random.ts';
import { assertNever } from '../../src/core/errors.ts';
import type { Copy } from './copy.ts';
import type { EventQueue } from './event-queue.ts';
import type { Sled } from './sled.ts';
import type { Watch } from './watch.ts';
import type { Weather } from './weather.ts';

export interface DriverParts {
  readonly queue: EventQueue;
  readonly weather: Weather;
  readonly sled: Sled;
  readonly watch: Watch;
  /** The lease that the controller gave with the thaw of this epoch, if it did. */
  readonly leaseMs: (workload: string, epoch: number) => number | null;
  /** A service that is kept up is down (null) or was started again; also the copy of a try, once it is started. */
  readonly processIs: (workload: string, epoch: number, process: ProcessId | null) => void;
  readonly send: (op: Extract<DriverOp, { kind: 'send' }>, workload: string, call: Call) => void;
}

/** An operation under way, for as long as the agent that asked lives. */
export interface Call {
  readonly token: number;
  /** Tells the agent, once; nothing when it has died. */
  readonly report: (result: DriverResult) => void;
  /** Whether somebody waits for the result. */
  readonly wanted: () => boolean;
  cancelled: boolean;
}

interface KeptUp {
  readonly epoch: number;
  copy: Copy | null;
}

type Op<K extends DriverOp['kind']> = Extract<DriverOp, { kind: K }>;

const failed = (error: string): DriverResult => ({ kind: 'failed', error });

export class Driver {
  readonly #parts: DriverParts;
  /** workload → what is kept up, whether it is up at the moment or not. */
  readonly #kept = new Map<string, KeptUp>();

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  run(workload: string, op: DriverOp, call: Call): void {
    switch (op.kind) {
      case 'start':
      case 'release':
        return this.#start(workload, op, call);
      case 'stop':
        return this.#stop(workload, op, call);
      case 'kill':
        return this.#kill(workload, call);
      case 'try':
        return this.#try(workload, op, call);
      case 'leave':
        this.#kept.delete(workload);
        return this.#then(1, call, { kind: 'done' });
      case 'prepare':
        this.#parts.sled.setWork(workload, op.epoch, 0);
        return this.#then(1, call, { kind: 'done' });
      case 'check':
        return this.#check(call);
      case 'send':
        return this.#parts.send(op, workload, call);
      case 'clean':
        this.#parts.sled.clean(workload, op.kept);
        return this.#then(1, call, { kind: 'done' });
      default:
        return assertNever(op, 'operation of a driver');
    }
  }

  #after(delayMs: number, call: Call, what: () => void): void {
    this.#parts.queue.after(delayMs, () => call.wanted() && what());
  }

  #then(delayMs: number, call: Call, result: DriverResult): void {
    this.#after(delayMs, call, () => call.report(result));
  }

  /** Milliseconds for something that usually takes that long. */
  #takes(usualMs: number, worstMs: number): number {
    const { weather } = this.#parts;
    const usual = usualMs * (0.5 + weather.random.next());
    return weather.strikes('driver', 0.3) ? usual + weather.random.next() ** 2 * worstMs : usual;
  }

  #start(workload: string, op: Op<'start'> | Op<'release'>, call: Call): void {
    const { sled } = this.#parts;
    this.#after(this.#takes(20, 3_000), call, () => {
      const kept: KeptUp = { epoch: op.epoch, copy: this.#find(workload, op) };
      this.#kept.set(workload, kept);
      if (kept.copy !== null) sled.become(kept.copy, 'runs');
      else this.#bringUp(workload, kept);
      call.report({ kind: 'started', process: kept.copy?.process ?? null });
    });
  }

  /** Starts it, or tries again a little later, for as long as it is to be kept up. */
  #bringUp(workload: string, kept: KeptUp): void {
    const { queue, sled, weather, processIs } = this.#parts;
    for (const copy of sled.copiesOf(workload)) sled.end(copy, 'a copy that is not trusted');
    if (!weather.strikes('driver', 0.15)) {
      kept.copy = sled.begin(workload, kept.epoch, 'runs');
      return;
    }
    queue.after(300 + weather.random.next() * 3_000, () => {
      if (this.#kept.get(workload) !== kept) return;
      this.#bringUp(workload, kept);
      if (kept.copy !== null) processIs(workload, kept.epoch, kept.copy.process);
    });
  }

  /** The process of the record, or the only one of that epoch, which was started and not recorded. */
  #find(workload: string, op: Op<'start'> | Op<'release'>): Copy | null {
    const { sled } = this.#parts;
    const recorded = op.found === null ? null : sled.find(workload, op.epoch, op.found);
    if (recorded !== null) return recorded;
    const [only, ...others] = sled.copiesOf(workload).filter(({ epoch }) => epoch === op.epoch);
    return others.length === 0 ? (only ?? null) : null;
  }

  #stop(workload: string, op: Op<'stop'>, call: Call): void {
    const { queue, sled, weather } = this.#parts;
    this.#kept.delete(workload);
    const copies = sled.copiesOf(workload);
    const stubborn = copies.length > 0 && weather.strikes('driver', 0.15);
    const tookMs = stubborn ? op.deadlineMs : Math.min(op.deadlineMs, this.#takes(100, op.deadlineMs));
    // the signal is out: it ends whether its agent lives or not; it is killed only by an agent that lives
    queue.after(tookMs, () => {
      if (!stubborn || call.wanted()) for (const copy of copies) sled.end(copy, stubborn ? 'SIGKILL' : 'SIGTERM');
      this.#then(1, call, { kind: stubborn ? 'late' : 'done' });
    });
  }

  #kill(workload: string, call: Call): void {
    const { queue, sled, weather } = this.#parts;
    this.#kept.delete(workload);
    if (weather.strikes('driver', 0.04)) return this.#then(50, call, failed('it cannot be killed'));
    const copies = sled.copiesOf(workload);
    queue.after(this.#takes(2, 200), () => {
      for (const copy of copies) sled.end(copy, 'SIGKILL');
      this.#then(1, call, { kind: 'done' });
    });
  }

  #try(workload: string, op: Op<'try'>, call: Call): void {
    const { sled, weather, processIs } = this.#parts;
    this.#after(this.#takes(30, 1_000), call, () => {
      if (call.cancelled) return call.report(failed('cancelled'));
      const copy = sled.begin(workload, op.epoch, 'checks');
      processIs(workload, op.epoch, copy.process);
      this.#limit(copy, op.leaseMs);
      const ill = weather.strikes('driver', 0.2);
      this.#after(this.#takes(200, 6_000), call, () => this.#checked(copy, ill || call.cancelled, call));
    });
  }

  /** A process beside the copy ends it when its lease is over; but processes die. */
  #limit(copy: Copy, leaseMs: number): void {
    const { queue, sled, watch, weather } = this.#parts;
    if (weather.strikes('silence', 0.3)) return sled.note(`${copy.workload} has nothing that ends it with its lease`);
    sled.clock.after(leaseMs, () => {
      if (copy.mode !== 'runs') sled.end(copy, 'its lease has run out');
    });
    const promisedMs = this.#parts.leaseMs(copy.workload, copy.epoch);
    if (promisedMs !== null) queue.after(promisedMs * 1.02 + 100, () => watch.leaseEnds(copy));
  }

  #checked(copy: Copy, ill: boolean, call: Call): void {
    const { sled } = this.#parts;
    if (!copy.alive) return call.report(failed('it has ended'));
    if (ill) {
      sled.end(copy, 'its health check has failed');
      return call.report(failed('its health check failed'));
    }
    sled.become(copy, 'paused');
    call.report({ kind: 'started', process: copy.process });
  }

  #check(call: Call): void {
    const ill = this.#parts.weather.strikes('driver', 0.05);
    this.#then(this.#takes(2, 500), call, ill ? failed('its command is not there') : { kind: 'done' });
  }

  /** A service that is kept up dies and is started again. */
  crashService(random: Random): void {
    const { queue, sled, processIs } = this.#parts;
    const up = [...this.#kept].filter(([, { copy }]) => copy?.alive === true && copy.mode === 'runs');
    if (up.length === 0) return;
    const [workload, kept] = random.pick(up);
    if (kept.copy === null) return;
    sled.end(kept.copy, 'it crashed');
    kept.copy = null;
    const still = () => this.#kept.get(workload) === kept && kept.copy === null;
    queue.after(1 + random.int(200), () => still() && processIs(workload, kept.epoch, null));
    queue.after(300, () => {
      if (!still()) return;
      this.#bringUp(workload, kept);
      if (kept.copy !== null) processIs(workload, kept.epoch, kept.copy.process);
    });
  }

  /** The agent has died: nobody keeps anything up. */
  forget(): void {
    this.#kept.clear();
  }
}
