// What a service is started with. Its environment marks it as ours, so that an agent that was killed between starting
// a process and writing its pid down finds it again.
import type { ServiceSpec } from '../../../protocols/agent-messages.ts';

export interface Launch {
  readonly spec: ServiceSpec;
  readonly epoch: number;
  readonly sled: string;
  readonly stateRoot: string;
  /** Working directory, and STATE_DIRECTORY. */
  readonly stateDirectory: string;
  readonly logFile: string;
}

/** Of the agent's own environment only these reach a service. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LANG', 'TZ', 'TMPDIR'];

export function environmentFor(
  launch: Launch,
  part: 'service' | 'health',
  own: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const inherited = INHERITED.flatMap((name) => {
    const value = own[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    ...launch.spec.environment,
    STATE_DIRECTORY: launch.stateDirectory,
    COLDSLOT_WORKLOAD: launch.spec.id,
    COLDSLOT_EPOCH: String(launch.epoch),
    COLDSLOT_SLED: launch.sled,
    COLDSLOT_STATE_ROOT: launch.stateRoot,
    COLDSLOT_PART: part,
  };
}

/** Lines of the environment by which every process of this copy is known. */
export function marksOf({ stateRoot, sled, spec, epoch }: Launch): string[] {
  return [
    `COLDSLOT_STATE_ROOT=${stateRoot}`,
    `COLDSLOT_SLED=${sled}`,
    `COLDSLOT_WORKLOAD=${spec.id}`,
    `COLDSLOT_EPOCH=${epoch}`,
  ];
}

/** Which processes of this agent: all of a workload, or those of one epoch. */
export interface Marker {
  readonly workload: string;
  readonly sled: string;
  readonly stateRoot: string;
  readonly epoch: number | null;
}

export function isMarked(environment: ReadonlySet<string>, marker: Marker): boolean {
  return (
    environment.has(`COLDSLOT_WORKLOAD=${marker.workload}`) &&
    environment.has(`COLDSLOT_SLED=${marker.sled}`) &&
    environment.has(`COLDSLOT_STATE_ROOT=${marker.stateRoot}`) &&
    (marker.epoch === null || environment.has(`COLDSLOT_EPOCH=${marker.epoch}`))
  );
}
