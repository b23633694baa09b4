// The files of a simulated sled in the run directory: its agent's configuration, its state, and the load of its work.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { serviceSpecSchema, type ServiceSpec } from '../../src/protocols/agent-messages.ts';
import type { ScenarioSled, ScenarioWorkload } from '../scenario.ts';

export const AGENT_CONFIG_FORMAT = 'coldslot-agent/1';
const BURNER_HEAP_MIB = 24;

export interface RunSettings {
  readonly runDirectory: string;
  readonly chassis: string;
  readonly broker: string;
  readonly controllerKeyFile: string | null;
  readonly enrolment?: { readonly address: string; readonly codes: Readonly<Record<string, string>> } | null;
  /** The demo workload's program, a file that Node can run. */
  readonly burner: string;
}

export interface SledFiles {
  readonly directory: string;
  readonly configFile: string;
  readonly stateRoot: string;
  readonly logFile: string;
}

export function sledFiles(runDirectory: string, sled: string): SledFiles {
  const directory = join(resolve(runDirectory), 'sleds', sled);
  return {
    directory,
    configFile: join(directory, 'agent.json'),
    stateRoot: join(directory, 'state'),
    logFile: join(directory, 'agent.log'),
  };
}

/** Where a workload reads the cores it shall use, wherever it runs. */
export function loadFile(runDirectory: string, workload: string): string {
  return join(resolve(runDirectory), 'load', workload);
}

export function writeLoad(runDirectory: string, workload: string, cores: number): void {
  const file = loadFile(runDirectory, workload);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${cores}\n`);
  renameSync(`${file}.new`, file);
}

function enrolmentOf({ enrolment = null }: RunSettings, sled: string) {
  const code = enrolment?.codes[sled];
  return enrolment === null || code === undefined ? null : { code, address: enrolment.address };
}

/** Writes the configuration that the sled's agent is started with. */
export function writeAgentConfig(settings: RunSettings, sled: ScenarioSled): SledFiles {
  const files = sledFiles(settings.runDirectory, sled.id);
  mkdirSync(files.stateRoot, { recursive: true });
  const config = {
    format: AGENT_CONFIG_FORMAT,
    chassis: settings.chassis,
    sled: sled.id,
    slot: sled.slot,
    broker: settings.broker,
    bulk: { host: '127.0.0.1', port: 0 },
    stateRoot: files.stateRoot,
    controllerKeyFile: settings.controllerKeyFile === null ? null : resolve(settings.controllerKeyFile),
    enrolment: enrolmentOf(settings, sled.id),
    capacities: sled.capacity,
    services: sled.workloads.map((workload) => burnerService(settings, workload)),
  };
  writeFileSync(files.configFile, `${JSON.stringify(config, null, 1)}\n`);
  return files;
}

function burnerService(settings: RunSettings, workload: ScenarioWorkload): ServiceSpec {
  const burner = resolve(settings.burner);
  const numbers = ['--cores', String(workload.cores), '--memory-mib', String(workload.memoryMiB)];
  return serviceSpecSchema.parse({
    id: workload.id,
    command: process.execPath,
    args: [`--max-old-space-size=${BURNER_HEAP_MIB}`, burner, ...numbers],
    environment: { COLDSLOT_LOAD_FILE: loadFile(settings.runDirectory, workload.id) },
    stopDeadlineMs: 5000,
    health: [process.execPath, burner, '--health'],
    healthDeadlineMs: 10_000,
    demand: workload.demand,
    moveCostJ: workload.moveCostJ,
    pinned: workload.pinned,
    allowedSlots: workload.allowedSlots === null ? null : [...workload.allowedSlots],
  });
}
