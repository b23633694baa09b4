// The drivers of all workloads of this sled: operations under way, each known by the machine's token.
import type { DriverOp, DriverResult } from '../machine/machine.ts';
import type { ProcessId } from '../records/workload-record.ts';
import type { AgentContext } from './agent-context.ts';
import { ServiceDriver } from './service-driver.ts';

export interface DriverPorts {
  readonly progress: (token: number, bytes: number) => void;
  readonly result: (token: number, result: DriverResult) => void;
  /** The process of a copy has changed; null: it is down. */
  readonly process: (workload: string, epoch: number, process: ProcessId | null) => void;
}

export class Drivers {
  readonly #context: AgentContext;
  readonly #ports: DriverPorts;
  readonly #drivers = new Map<string, ServiceDriver>();
  readonly #underWay = new Map<number, AbortController>();

  constructor(context: AgentContext, ports: DriverPorts) {
    this.#context = context;
    this.#ports = ports;
  }

  carryOut(workload: string, token: number, op: DriverOp): void {
    const stop = new AbortController();
    this.#underWay.set(token, stop);
    const progress = (bytes: number) => this.#ports.progress(token, bytes);
    void this.#of(workload)
      .carryOut(op, { signal: stop.signal, progress })
      .then((result) => {
        this.#underWay.delete(token);
        this.#ports.result(token, result);
      });
  }

  cancel(token: number): void {
    this.#underWay.get(token)?.abort();
  }

  #of(workload: string): ServiceDriver {
    const known = this.#drivers.get(workload);
    if (known !== undefined) return known;
    const seen = (epoch: number, process: ProcessId | null) => this.#ports.process(workload, epoch, process);
    const driver = new ServiceDriver(workload, this.#context, seen);
    this.#drivers.set(workload, driver);
    return driver;
  }
}
