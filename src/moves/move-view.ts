// A Move as the surfaces show it. An answer that does not come is said here, in words.
import type { MoveView } from '../core/view.ts';
import { errandOf } from './forward.ts';
import { isOpen, sledAt, type MoveState } from './move.ts';
import type { MoveRecord } from './move-record.ts';

/** From this attempt on, silence is worth telling. */
const TELL_FROM_ATTEMPT = 2;

/**
 * @param wallMs of the last change, milliseconds since 1970
 * @param trouble what else keeps an open Move from going on
 */
export function viewOfState(state: MoveState, wallMs: number, trouble: string | null = null): MoveView {
  const { move } = state;
  const parts = [move.error, silenceOf(state), isOpen(state) ? trouble : null].filter((part) => part !== null);
  return {
    ...fixedPart(move),
    state: state.kind,
    progress: { bytes: move.bytes, rounds: move.rounds },
    error: parts.length === 0 ? null : parts.join('; '),
    at: new Date(wallMs).toISOString(),
  };
}

export function viewOfRecord(record: MoveRecord): MoveView {
  return {
    ...fixedPart(record),
    state: record.state.kind,
    progress: { bytes: record.bytes, rounds: record.rounds },
    error: record.error,
    at: new Date(record.wallMs).toISOString(),
  };
}

type FixedPart = Pick<MoveView, 'id' | 'workload' | 'from' | 'to' | 'trigger' | 'epoch' | 'downtimeMs'>;

function fixedPart(move: FixedPart): FixedPart {
  const { id, workload, from, to, trigger, epoch, downtimeMs } = move;
  return { id, workload, from, to, trigger, epoch, downtimeMs };
}

/** Who is being waited for, when it has taken more than a moment. */
function silenceOf(state: MoveState): string | null {
  if (state.kind === 'done' || state.kind === 'undone' || state.waiting.attempt < TELL_FROM_ATTEMPT) return null;
  const { move } = state;
  if (state.kind !== 'undoing') {
    const errand = errandOf(state);
    return `waiting for ${sledAt(move, errand.end)} to answer ${errand.verb}`;
  }
  if (state.resume === 'blocked') {
    const wait = `waiting for ${move.toSled} to confirm the abort: ${move.workload} must not run on ${move.fromSled} before that`;
    if (move.fence === 'wait') return `${wait}; its fence is wait, so the power of ${move.toSled} is not cut`;
    return state.power.kind === 'cut' ? `${wait}, or ${move.toSled} is confirmed to be without power` : wait;
  }
  const silent =
    state.resume === 'pending' ? { sled: move.fromSled, verb: 'resume' } : { sled: move.toSled, verb: 'abort' };
  return `waiting for ${silent.sled} to answer ${silent.verb}`;
}
