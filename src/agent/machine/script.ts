// How the steps of jobs are written down.
import type { ServiceSpec } from '../../protocols/agent-messages.ts';
import {
  withEnded,
  type EndedMove,
  type ProcessId,
  type Role,
  type WorkloadRecord,
} from '../records/workload-record.ts';
import type { DriverOp, DriverResult } from './machine.ts';
import type { Local, Script, Step } from './state.ts';
import { recordOf } from './turn.ts';

export function script(...steps: readonly Step[]): Script {
  return { steps, repairFrom: Infinity, repair: [] };
}

/** With what is done instead of the rest once the step of index `from`, or a later one, has failed. */
export function repaired(plain: Script, from: number, ...repair: readonly Step[]): Script {
  return { ...plain, repairFrom: from, repair };
}

/** `floor`: raised to at least that. */
export function write(role: Role, end: EndedMove | null = null, floor = 0): Step {
  return { kind: 'write', role, end, floor, orLog: false };
}

/** What is so whether or not it can be written down. */
export function writeOrLog(role: Role): Step {
  return { kind: 'write', role, end: null, floor: 0, orLog: true };
}

export function driver(op: DriverOp): Step {
  return { kind: 'driver', op };
}

export const kill: Step = { kind: 'driver', op: { kind: 'kill' } };

export function start(spec: ServiceSpec, epoch: number, found: ProcessId | null): Extract<Step, { kind: 'start' }> {
  return { kind: 'start', spec, epoch, found, paused: false };
}

/** A role with what the step before it has resulted in. */
function filled(role: Role, result: DriverResult | null): Role {
  if (result?.kind === 'started' && role.kind === 'probation') return { ...role, process: result.process };
  if (result?.kind === 'sent' && role.kind === 'shipped')
    return { ...role, bytes: result.bytes, digest: result.digest };
  return role;
}

/** The record that a step writes. */
export function recordAfter(
  local: Local,
  step: Extract<Step, { kind: 'write' }>,
  result: DriverResult | null,
): WorkloadRecord {
  const record = recordOf(local);
  const role = filled(step.role, result);
  const floor = Math.max(record.floor, step.floor);
  return step.end === null ? { ...record, role, floor } : withEnded(record, step.end, role, floor);
}
