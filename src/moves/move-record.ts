// The durable form of a Move's state: one JSON object an edge, whole in itself, so that the last one of a Move is all
// that is needed. Wall-clock times, because monotonic ones do not survive a reboot.
import * as z from 'zod';
import { assertNever } from '../core/errors.ts';
import type { Move, MoveState, PowerFence, Waiting } from './move.ts';

const name = z.string().min(1).max(63);

const slots = z.array(z.int()).max(16);

const powerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('untouched') }),
  z.strictObject({ kind: z.literal('cut'), slots }),
  z.strictObject({ kind: z.literal('giving'), slots, confirmed: z.boolean() }),
  z.strictObject({ kind: z.literal('over'), confirmed: z.boolean() }),
]);

/** Keys that may be missing were not there in older versions. */
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
  ownEpoch: z.int().min(0).nullable().optional(),
  fence: z.enum(['power', 'wait']).optional(),
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
      kind: z.enum(['planned', 'staged', 'frozen', 'shipped', 'thawed', 'committed', 'claimed', 'fenced']),
    }),
    z.strictObject({ kind: z.literal('done'), fence: z.enum(['settled', 'owed']).optional() }),
    z.strictObject({
      kind: z.literal('undoing'),
      thaw: z.enum(['never-sent', 'maybe-sent']),
      abort: z.enum(['pending', 'settled']),
      resume: z.enum(['blocked', 'pending', 'settled']),
      power: powerSchema.optional(),
    }),
    z.strictObject({
      kind: z.literal('undone'),
      abort: z.enum(['settled', 'owed']),
      power: powerSchema.optional(),
    }),
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
      return {
        kind: 'undoing',
        thaw: state.thaw,
        abort: state.abort,
        resume: state.resume,
        power: state.power,
      };
    case 'undone':
      return { kind: 'undone', abort: state.abort, power: state.power };
    case 'done':
      return { kind: 'done', fence: state.fence };
    default:
      return { kind: state.kind };
  }
}

/** The state as read from the journal; it goes on with a `restart` event. */
export function fromRecord(record: MoveRecord, moment: Moment): MoveState {
  const { freezeSentWallMs, wallMs: _wallMs, state, ...rest } = record;
  const freezeSentMs = freezeSentWallMs === null ? null : freezeSentWallMs - moment.wallMs + moment.nowMs;
  const move: Move = { ...rest, ownEpoch: rest.ownEpoch ?? null, fence: rest.fence ?? 'wait', freezeSentMs };
  const untouched: PowerFence = { kind: 'untouched' };
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
      return {
        ...state,
        power: state.power ?? untouched,
        move,
        waiting,
        sinceMs: moment.nowMs,
        seen: null,
        cutMs: maybeCutMs(state.power, moment),
      };
    case 'undone':
      return { ...state, power: state.power ?? untouched, cutMs: maybeCutMs(state.power, moment), move, waiting };
    case 'done':
      return { kind: 'done', move, waiting, fence: state.fence ?? 'settled' };
    default:
      return assertNever(state, 'state in the journal');
  }
}

/** A cut that was asked for before the controller ended may still be carried out. */
function maybeCutMs(power: PowerFence | undefined, moment: Moment): number | null {
  return power?.kind === 'cut' || power?.kind === 'giving' ? moment.nowMs : null;
}

/** Closed, but somebody still owes it a word, or a slot is to get its power back. */
export function isOwed({ state }: MoveRecord): boolean {
  if (state.kind === 'done') return state.fence === 'owed';
  return state.kind === 'undone' && (state.abort === 'owed' || state.power?.kind === 'giving');
}

export function isClosed(record: MoveRecord): boolean {
  return record.state.kind === 'done' || record.state.kind === 'undone';
}
