// Measures the workloads of this sled: cores and memory every second, the size of their state every ten; keeps their
// logs bounded on the way.
import { every, type Clock, type Timer } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import { cutLog } from './drivers/service/log-file.ts';
import { Meter, type Usage } from './drivers/service/meter.ts';
import { listProcesses, preciseCpuS, readKernelUnits } from './drivers/service/proc-table.ts';
import { sizeOfState } from './bulk/state-walk.ts';
import type { WorkloadView } from './mover/workload-view.ts';
import { keptEpochs } from './records/workload-record.ts';
import { epochFolder, logFileOf } from './state-directory.ts';

const METER_INTERVAL_MS = 1000;
/** State directories are measured, and logs cut, every so many meter intervals. */
const SIZES_EVERY = 10;

export interface WorkloadMeterPorts {
  readonly clock: Clock;
  readonly stateRoot: string;
  readonly workloads: () => readonly WorkloadView[];
  /** After each measurement of cores and memory. */
  readonly measured: () => void;
  readonly warn: (message: string) => void;
}

export class WorkloadMeter {
  readonly #ports: WorkloadMeterPorts;
  readonly #meter = new Meter(readKernelUnits(), preciseCpuS);
  readonly #stateBytes = new Map<string, number>();
  #count = 0;
  #beat: Timer | null = null;

  constructor(ports: WorkloadMeterPorts) {
    this.#ports = ports;
  }

  usageOf(id: string): Usage {
    return this.#meter.usageOf(id);
  }

  stateBytesOf(id: string): number {
    return this.#stateBytes.get(id) ?? 0;
  }

  start(): void {
    this.#tick();
    this.#beat = every(this.#ports.clock, 'agent meter', METER_INTERVAL_MS, () => this.#tick());
  }

  stop(): void {
    this.#beat?.cancel();
  }

  #tick(): void {
    const { clock, workloads, measured, warn } = this.#ports;
    const running = workloads().flatMap(({ id, process }) => (process === null ? [] : [[id, process] as const]));
    this.#meter.sample(listProcesses(), new Map(running), clock.nowMs());
    if (this.#count++ % SIZES_EVERY === 0)
      this.#measureSizes().catch((error: unknown) => warn(`sizes: ${describeError(error)}`));
    measured();
  }

  async #measureSizes(): Promise<void> {
    const { stateRoot, workloads } = this.#ports;
    for (const { id, role } of workloads()) {
      const epoch = keptEpochs(role)?.[0];
      this.#stateBytes.set(id, epoch === undefined ? 0 : await sizeOfState(epochFolder(stateRoot, id, epoch)));
      await cutLog(logFileOf(stateRoot, id));
    }
  }
}
