// Keeps one service running: starts it or takes over the copy that already runs, starts it again with backoff when it
// ends by itself, stops it. Never starts a copy while another may run.
import { sleep, type Clock } from '../../../core/clock.ts';
import { describeError } from '../../../core/errors.ts';
import type { Random } from '../../../core/random.ts';
import { backoffMs } from '../../backoff.ts';
import type { ProcessId } from '../../records/workload-record.ts';
import type { Launch, Marker } from './launch.ts';
import { isAlive } from './proc-table.ts';
import { continueProcess, findUnrecorded, killCopies, startProcess, stopProcess, type StopOutcome } from './process.ts';

const WATCH_MS = 200;
const RESTART = { firstMs: 250, maxMs: 30_000 };
/** A service that ran this long starts its backoff afresh. */
const STEADY_MS = 10_000;

export interface HostPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** It is another process now, or down. */
  readonly changed: () => void;
  readonly warn: (message: string) => void;
}

export class ServiceHost {
  readonly launch: Launch;
  readonly #ports: HostPorts;
  readonly #ending = new AbortController();
  #process: ProcessId | null = null;
  #running: Promise<void> = Promise.resolve();
  #tried: () => void = () => {};
  /** Resolves when the first start, or taking over, was tried. */
  readonly firstTry = new Promise<void>((resolve) => (this.#tried = resolve));

  constructor(launch: Launch, ports: HostPorts) {
    this.launch = launch;
    this.#ports = ports;
  }

  /** Null while it is down. */
  process(): ProcessId | null {
    return this.#process;
  }

  /** Takes over `recorded`, or a copy that was started and not recorded, or starts one; from then on keeps it up. */
  keepUp(recorded: ProcessId | null): void {
    this.#running = this.#loop(this.#find(recorded));
  }

  /** Lets go of it without touching it: it runs on, and a later agent takes it over. */
  async release(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  /** Ends it for good. @throws ColdslotError `failed` when something of it cannot be killed */
  async stop(deadlineMs: number): Promise<StopOutcome> {
    await this.release();
    const { clock } = this.#ports;
    const id = this.#process;
    const outcome = id === null ? 'ended' : await stopProcess(clock, this.#marker(), id, deadlineMs);
    await killCopies(clock, this.#everyEpoch(), id);
    this.#process = null;
    return outcome;
  }

  #find(recorded: ProcessId | null): ProcessId | null {
    if (recorded !== null && isAlive(recorded)) return recorded;
    const found = findUnrecorded(this.#marker());
    return found.length === 1 ? (found[0] ?? null) : null; // several: none can be trusted, all are killed before a start
  }

  async #loop(found: ProcessId | null): Promise<void> {
    let failures = 0;
    this.#ending.signal.addEventListener('abort', this.#tried, { once: true });
    if (found !== null) {
      continueProcess(this.#marker(), found);
      this.#took(found);
    }
    while (!this.#ending.signal.aborted) {
      const sinceMs = this.#ports.clock.nowMs();
      if (this.#process === null) await this.#start();
      this.#tried();
      await this.#watch();
      if (this.#ending.signal.aborted) return;
      if (this.#ports.clock.nowMs() - sinceMs > STEADY_MS) failures = 0;
      this.#ports.changed();
      const waitMs = backoffMs(RESTART, failures++, this.#ports.random);
      this.#ports.warn(`service ${this.launch.spec.id} is down, next start in ${Math.round(waitMs)} ms`);
      await sleep(this.#ports.clock, waitMs, this.#ending.signal);
    }
  }

  async #start(): Promise<void> {
    try {
      await killCopies(this.#ports.clock, this.#everyEpoch(), null);
      if (this.#ending.signal.aborted) return;
      this.#took(await startProcess(this.launch));
    } catch (error) {
      this.#ports.warn(describeError(error));
    }
  }

  #took(id: ProcessId): void {
    this.#process = id;
    this.#ports.changed();
  }

  async #watch(): Promise<void> {
    const id = this.#process;
    if (id === null) return;
    while (!this.#ending.signal.aborted && isAlive(id)) await sleep(this.#ports.clock, WATCH_MS, this.#ending.signal);
    if (!isAlive(id)) this.#process = null;
  }

  #marker(): Marker {
    const { spec, sled, stateRoot, epoch } = this.launch;
    return { workload: spec.id, sled, stateRoot, epoch };
  }

  #everyEpoch(): Marker {
    return { ...this.#marker(), epoch: null };
  }
}
