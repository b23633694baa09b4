// The durable form of a Move's state: one JSON object an edge, whole in itself, so that the last one of a Move is all
// that is needed. Wall-clock times, because monotonic ones do not survive a reboot.
import * as z from 'zod';
import { assertNever } from '../core/errors.ts';
import type { Move, MoveState, Waiting } from './move.ts';

const name = z.string().min(1).max(63);

export const moveRecordSchema = z.strictObject({
  id: name,
  workload: name,
  from: z.int(),
  to: z.int(),
  fromSled: name,
  toSled: name,
  trigger: z.enum(['plan', 'operator', 'drain']),
  demand: z.record(z.string().max(32), z.number().min(0)),
  epoch: z.int().min(1),
  stopDeadlineMs: z.number(),
  healthDeadlineMs: z.number(),
  bytes: z.number(),
  rounds: z.number(),
  /** Milliseconds since 1970. */
  freezeSentWallMs: z.number().nullable(),
  downtimeMs: z.number().nullable(),
  error: z.string().max(400).nullable(),
  /** When this edge was taken, milliseconds since 1970. */
  wallMs: z.number(),
  state: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.enum(['planned', 'staged', 'frozen', 'shipped', 'thawed', 'committed', 'claimed', 'fenced', 'done']),
    }),
    z.strictObject({
      kind: z.literal('undoing'),
      thaw: z.enum(['never-sent', 'maybe-sent', 'unknown']),
      abort: z.enum(['pending', 'settled']),
      resume: z.enum(['blocked', 'pending', 'settled']),
    }),
    z.strictObject({ kind: z.literal('undone'), abort: z.enum(['settled', 'owed']) }),
  ]),
});

export type MoveRecord = z.output<typeof moveRecordSchema>;

/** Both clocks at one moment. */
export interface Moment {
  readonly nowMs: number;
  readonly wallMs: number;
}

export function toRecord(state: MoveState, moment: Moment): MoveRecord {
  const { freezeSentMs, ...move } = state.move;
  return {
    ...move,
    freezeSentWallMs: freezeSentMs === null ? null : freezeSentMs + moment.wallMs - moment.nowMs,
    wallMs: moment.wallMs,
    state: stateOf(state),
  };
}

function stateOf(state: MoveState): MoveRecord['state'] {
  switch (state.kind) {
    case 'undoing':
      return { kind: 'undoing', thaw: state.thaw, abort: state.abort, resume: state.resume };
    case 'undone':
      return { kind: 'undone', abort: state.abort };
    default:
      return { kind: state.kind };
  }
}

/** The state as read from the journal; it goes on with a `restart` event. */
export function fromRecord(record: MoveRecord, moment: Moment): MoveState {
  const { freezeSentWallMs, wallMs: _wallMs, state, ...rest } = record;
  const freezeSentMs = freezeSentWallMs === null ? null : freezeSentWallMs - moment.wallMs + moment.nowMs;
  const move: Move = { ...rest, freezeSentMs };
  const waiting: Waiting = { token: 0, attempt: 0, failures: 0, deadlineMs: null };
  switch (state.kind) {
    case 'planned':
      return { kind: 'planned', move, waiting, spec: null, stage: 'maybe-sent' };
    case 'staged':
    case 'frozen':
    case 'shipped':
    case 'thawed':
    case 'committed':
    case 'claimed':
    case 'fenced':
      return { kind: state.kind, move, waiting };
    case 'undoing':
      return { ...state, move, waiting, sinceMs: moment.nowMs };
    case 'undone':
      return { ...state, move, waiting };
    case 'done':
      return { kind: 'done', move };
    default:
      return assertNever(state, 'state in the journal');
  }
}

export function isClosed(record: MoveRecord): boolean {
  return record.state.kind === 'done' || record.state.kind === 'undone';
}
