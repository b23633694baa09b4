// What an agent durably knows of one workload: the floor no copy may start below, how its Moves ended here, its role.
//
//   source       running → freezing → frozen → shipped → absent (fenced) | running (resumed)
//   destination  absent → staged → received → probation → running (committed) | absent (aborted)
import * as z from 'zod';
import { serviceSpecSchema, type AgentEvent, type ServiceSpec } from '../../protocols/agent-messages.ts';

export const RECORD_FORMAT = 'coldslot-workload/1';
/** How many ended Moves are remembered, so that a late command of one gets the answer it got, or is refused. */
export const MAX_ENDED_MOVES = 32;

const epoch = z.int().min(1);
const move = z.string().max(64);

/** A process that cannot be confused with a later one of the same pid: when it started, in which boot. */
export const processIdSchema = z.strictObject({
  pid: z.int().min(1),
  startTicks: z.int().min(0),
  bootId: z.string().max(64),
});

const shippedState = { bytes: z.number().min(0), digest: z.string().max(128) };
const destination = { move, epoch, from: z.string().max(64), spec: serviceSpecSchema };
const source = { move, epoch, ownEpoch: epoch, spec: serviceSpecSchema };

export const roleSchema = z.discriminatedUnion('kind', [
  /** No copy here. */
  z.strictObject({ kind: z.literal('absent') }),
  /** Owner. `process` null: none recorded; one may have been started all the same, look for it by its environment. */
  z.strictObject({
    kind: z.literal('running'),
    epoch,
    spec: serviceSpecSchema,
    process: processIdSchema.nullable(),
  }),
  /** Source: written before the process is asked to end. Nobody was told it is frozen: it may run again. */
  z.strictObject({ kind: z.literal('freezing'), ...source, process: processIdSchema.nullable() }),
  /** Source: confirmed dead, the copy kept; runs again only by `resume` of this Move. */
  z.strictObject({ kind: z.literal('frozen'), ...source }),
  z.strictObject({ kind: z.literal('shipped'), ...source, ...shippedState }),
  /** Destination: room reserved. */
  z.strictObject({ kind: z.literal('staged'), ...destination }),
  /** Destination: the state is here, verified. `thawed`: it has passed probation once, so `commit` may start it. */
  z.strictObject({ kind: z.literal('received'), ...destination, ...shippedState, thawed: z.boolean() }),
  /** Destination: started for the health check; once `passed` it is paused and waits for `commit`. */
  z.strictObject({
    kind: z.literal('probation'),
    ...destination,
    ...shippedState,
    process: processIdSchema.nullable(),
    passed: z.boolean(),
  }),
  /** The record could not be read: nothing is started or taken in until it is fenced, or repaired by a person. */
  z.strictObject({ kind: z.literal('unreadable'), reason: z.string().max(400) }),
]);

export const workloadRecordSchema = z.strictObject({
  format: z.literal(RECORD_FORMAT),
  workload: z.string().max(64),
  /** No copy may start at an epoch below. */
  floor: z.int().min(0),
  /** Newest last. */
  ended: z
    .array(z.strictObject({ move, epoch, as: z.enum(['committed', 'fenced', 'aborted', 'resumed']), ...shippedState }))
    .max(MAX_ENDED_MOVES),
  role: roleSchema,
});

export type ProcessId = z.output<typeof processIdSchema>;
export type Role = z.output<typeof roleSchema>;
export type RoleOf<K extends Role['kind']> = Extract<Role, { kind: K }>;
export type WorkloadRecord = z.output<typeof workloadRecordSchema>;
export type EndedMove = WorkloadRecord['ended'][number];

export function absentRecord(workload: string): WorkloadRecord {
  return { format: RECORD_FORMAT, workload, floor: 0, ended: [], role: { kind: 'absent' } };
}

/** The record after a Move has ended here; the oldest ends are forgotten. */
export function withEnded(record: WorkloadRecord, end: EndedMove, role: Role, floor = record.floor): WorkloadRecord {
  const others = record.ended.filter((other) => other.move !== end.move);
  return { ...record, role, floor: Math.max(floor, record.floor), ended: [...others, end].slice(-MAX_ENDED_MOVES) };
}

export function endOf(record: WorkloadRecord | null, moveId: string): EndedMove | undefined {
  return record?.ended.find((end) => end.move === moveId);
}

export function specOf(role: Role): ServiceSpec | null {
  return 'spec' in role ? role.spec : null;
}

/** Open Move the role is part of. */
export function moveOf(role: Role): string | null {
  return 'move' in role ? role.move : null;
}

/** The epoch whose state directory this role needs; the others are garbage. Null: all must stay. */
export function keptEpochs(role: Role): readonly number[] | null {
  switch (role.kind) {
    case 'absent':
    case 'staged':
      return [];
    case 'running':
    case 'received':
    case 'probation':
      return [role.epoch];
    case 'freezing':
    case 'frozen':
    case 'shipped':
      return [role.ownEpoch];
    case 'unreadable':
      return null;
  }
}

/** The word for it in an answer about `moveId`. */
export function recordWord(record: WorkloadRecord | null, moveId: string): AgentEvent['record'] {
  if (record === null) return 'none';
  const { role } = record;
  switch (role.kind) {
    case 'absent':
      return endOf(record, moveId)?.as === 'fenced' ? 'fenced' : 'none';
    case 'running':
      return endOf(record, moveId)?.as === 'committed' ? 'committed' : 'running';
    case 'freezing':
      return 'running';
    case 'unreadable':
      return 'failed';
    default:
      return role.kind;
  }
}
