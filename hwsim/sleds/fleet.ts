// All sleds of a chassis: real agents with real work, whose measured CPU time becomes the heat of their slots. What
// happens to a bay happens to the processes of the sled in it.
import { resolve } from 'node:path';
import { every, type Clock, type Timer } from '../../src/core/clock.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import type { LogLine } from '../bus-server.ts';
import type { Chassis } from '../chassis.ts';
import type { Scenario } from '../scenario.ts';
import { CpuMeter } from './cpu-meter.ts';
import { writeAgentConfig, writeLoad, type RunSettings } from './sled-files.ts';
import { SledHost } from './sled-host.ts';
import { RUN_VARIABLE, SLED_VARIABLE, SledProcesses } from './sled-processes.ts';

const METER_INTERVAL_MS = 500;

export interface FleetOptions {
  readonly settings: RunSettings;
  readonly scenario: Scenario;
  readonly chassis: Chassis;
  readonly agentCommand: readonly [string, ...string[]];
  /** Runs in real time whatever the plant's speed: these are real processes. */
  readonly clock: Clock;
  readonly log: LogLine;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #processes: SledProcesses;
  readonly #meter: CpuMeter;
  readonly #hosts = new Map<string, SledHost>();
  readonly #workloads: ReadonlySet<string>;
  #timer: Timer | null = null;
  #metering = false;

  constructor(options: FleetOptions) {
    const { settings, scenario, chassis } = options;
    this.#options = options;
    const run = resolve(settings.runDirectory);
    this.#processes = new SledProcesses(run);
    this.#meter = new CpuMeter(this.#processes, options.clock);
    this.#workloads = new Set(scenario.sleds.flatMap((sled) => sled.workloads.map((workload) => workload.id)));
    for (const sled of scenario.sleds) {
      if (!sled.agent) continue;
      for (const workload of sled.workloads) writeLoad(settings.runDirectory, workload.id, workload.cores);
      const files = writeAgentConfig(settings, sled);
      this.#processes.addSled(sled.id, files.stateRoot);
      const launch = {
        sled: sled.id,
        command: options.agentCommand,
        configFile: files.configFile,
        logFile: files.logFile,
        environment: { ...process.env, [SLED_VARIABLE]: sled.id, [RUN_VARIABLE]: run },
      };
      const host = new SledHost(launch, this.#processes, options.clock, options.log);
      this.#hosts.set(sled.id, host);
      chassis.bay(sled.slot).onChange((state) => void (state === 'on' ? host.powerOn() : host.cutPower()));
    }
  }

  /** Starts the agents of all sleds that have power, and the meter. */
  async start(): Promise<void> {
    const { scenario, chassis, clock } = this.#options;
    for (const sled of scenario.sleds) {
      if (chassis.bay(sled.slot).state === 'on') await this.#hosts.get(sled.id)?.powerOn();
    }
    this.#timer = every(clock, 'cpu meter', METER_INTERVAL_MS, () => void this.#heat());
  }

  /** @throws ColdslotError `not-found` */
  setLoad(workload: string, cores: number): void {
    if (!this.#workloads.has(workload)) {
      throw new ColdslotError('not-found', `workload ${workload}`, 'the scenario has no such workload');
    }
    writeLoad(this.#options.settings.runDirectory, workload, cores);
  }

  /** Ends all agents and their work; resolves when nothing of them lives. */
  async end(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all([...this.#hosts.values()].map((host) => host.end()));
  }

  /** Measured CPU time of the sled's work, cores. */
  cores(sled: string): number {
    return this.#meter.cores(sled);
  }

  async #heat(): Promise<void> {
    if (this.#metering) return; // a machine too busy to be measured keeps its last figures
    this.#metering = true;
    try {
      await this.#meter.sample();
    } finally {
      this.#metering = false;
    }
    const { scenario, chassis } = this.#options;
    for (const sled of scenario.sleds) {
      if (!sled.agent) continue;
      chassis.plant.setSlotLoadPower(sled.slot, this.#meter.cores(sled.id) * scenario.wattsPerCore);
    }
  }
}
