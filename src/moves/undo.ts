// Undo: back to the copy that the source kept. A destination that may have been told to thaw must confirm the abort, or
// its sled must be confirmed to be without power (power-fence.ts), before the source runs again; one that never was is
// told in parallel, and not waited for without end.
import { assertNever } from '../core/errors.ts';
import type { Answer, Move, MoveEffect, MoveEvent, MoveState, Planned, Step, Undoable, Undoing } from './move.ts';
import { sledAt } from './move.ts';
import type { MovePolicy } from './policy.ts';
import {
  afterCut,
  cutWhenDue,
  giveBack,
  isConfirmedOff,
  powerAnswered,
  provesOff,
  watchesPower,
  withError,
} from './power-fence.ts';
import { ABORT, close } from './undone.ts';
import { firstWait, nextWait, retryTimer, send, type Errand } from './wait.ts';

const RESUME: Errand = { verb: 'resume', end: 'source' };

export function beginUndo(state: Planned | Undoable, why: string, atMs: number, policy: MovePolicy): Step {
  const thaw = state.kind === 'shipped' || state.kind === 'thawed' ? 'maybe-sent' : 'never-sent';
  const undoing: Undoing = {
    kind: 'undoing',
    move: { ...state.move, error: why },
    waiting: firstWait(policy, state.move, 'abort', atMs, state.waiting),
    sinceMs: atMs,
    thaw,
    abort: state.kind === 'planned' && state.stage === 'not-sent' ? 'settled' : 'pending',
    resume: state.kind === 'planned' ? 'settled' : thaw === 'maybe-sent' ? 'blocked' : 'pending',
    power: { kind: 'untouched' },
    seen: null,
    cutMs: null,
  };
  const journal: MoveEffect = { kind: 'journal', state: undoing };
  if (undoing.abort === 'settled' && undoing.resume === 'settled') {
    const end = close(undoing, 'settled', atMs, policy);
    return { state: end.state, effects: [journal, ...end.effects] };
  }
  return { state: undoing, effects: [journal, { kind: 'publish' }, ...commands(undoing, atMs, policy)] };
}

export function stepUndoing(state: Undoing, event: MoveEvent, policy: MovePolicy): Step {
  switch (event.kind) {
    case 'undo':
      return same(state);
    case 'restart': {
      if (state.resume === 'settled' && (state.abort === 'settled' || isConfirmedOff(state.power)))
        return close(state, state.abort === 'settled' ? 'settled' : 'owed', event.atMs, policy);
      const waiting = firstWait(policy, state.move, 'abort', event.atMs, state.waiting);
      return repeat({ ...state, waiting, sinceMs: event.atMs }, event.atMs, policy);
    }
    case 'online': {
      const concerned = event.end === 'source' ? state.resume === 'pending' : state.abort === 'pending';
      if (!concerned) return same(state);
      return repeat({ ...state, waiting: nextWait({ ...state.waiting, attempt: -1 }) }, event.atMs, policy);
    }
    case 'timer':
      if (event.token !== state.waiting.token) return same(state);
      if (mayCloseUnconfirmed(state, event.atMs, policy)) return close(state, 'owed', event.atMs, policy);
      return (
        cutWhenDue(state, event.atMs, policy) ??
        repeat({ ...state, waiting: nextWait(state.waiting) }, event.atMs, policy)
      );
    case 'answer':
      return answered(state, event, policy);
    case 'power': {
      if (event.end !== 'destination' || !watchesPower(state)) return same(state);
      const seen = { slot: event.slot, power: event.power, sinceMs: event.sinceMs };
      return provesOff(state, seen) ? powerConfirmedOff(state, event.atMs, policy) : same({ ...state, seen });
    }
    case 'power-answer':
      return powerAnswered(state, event, policy);
    default:
      return assertNever(event, 'event of a Move');
  }
}

function same(state: MoveState): Step {
  return { state, effects: [] };
}

function commands(state: Undoing, atMs: number, policy: MovePolicy): MoveEffect[] {
  const { waiting } = state;
  return [
    ...(state.resume === 'pending' ? [send(RESUME, waiting, atMs)] : []),
    ...(state.abort === 'pending' ? [send(ABORT, waiting, atMs)] : []),
    ...giveBack(state.power, state.move),
    retryTimer(policy, waiting, atMs),
  ];
}

function repeat(state: Undoing, atMs: number, policy: MovePolicy): Step {
  return { state, effects: [...commands(state, atMs, policy), { kind: 'publish' }] };
}

function answered(state: Undoing, answer: Answer, policy: MovePolicy): Step {
  if (answer.verb === 'abort' && answer.end === 'destination' && state.abort === 'pending') {
    if (answer.outcome === 'done') return abortConfirmed(state, answer.atMs, policy);
    return answer.outcome === 'progress' ? same(waitingAgain(state, answer.atMs)) : failing(state, answer);
  }
  if (answer.verb === 'resume' && answer.end === 'source' && state.resume === 'pending') {
    return resumeAnswered(state, answer, policy);
  }
  return same(state);
}

/** A destination that works on the abort is not cut. */
function waitingAgain(state: Undoing, atMs: number): Undoing {
  return state.power.kind === 'untouched' && state.thaw === 'maybe-sent' ? { ...state, sinceMs: atMs } : state;
}

/** As good as an abort for the source; the abort itself stays owed, so that the copy there is forgotten. */
function powerConfirmedOff(state: Undoing, atMs: number, policy: MovePolicy): Step {
  const { move } = state;
  const waiting = firstWait(policy, move, 'resume', atMs, state.waiting);
  const power = afterCut(state.power, true);
  const next: Undoing = { ...state, power, resume: 'pending', waiting, seen: null };
  const text = `${move.toSled} is confirmed to be without power: ${move.workload} may run on ${move.fromSled} again`;
  const { effects } = repeat(next, atMs, policy);
  return {
    state: next,
    effects: [{ kind: 'journal', state: next }, { kind: 'tell', code: 'fence-confirmed', text }, ...effects],
  };
}

function abortConfirmed(state: Undoing, atMs: number, policy: MovePolicy): Step {
  const power = state.power.kind === 'cut' ? afterCut(state.power, false) : state.power;
  const next: Undoing = { ...state, abort: 'settled', power };
  if (state.resume === 'settled') return close(next, 'settled', atMs, policy);
  if (state.resume === 'pending') return same(next);
  const waiting = firstWait(policy, state.move, 'resume', atMs, state.waiting);
  return repeat({ ...next, resume: 'pending', waiting }, atMs, policy);
}

/**
 * The source has the workload back when it says so, and when there is nothing that it could bring back. One that failed
 * although it runs has not closed the Move: a freeze that is still on its way would count, so it is told again.
 */
function resumeAnswered(state: Undoing, answer: Answer, policy: MovePolicy): Step {
  const nothingKept = answer.record === 'failed' || answer.record === 'none';
  const settled = answer.outcome === 'done' || (answer.outcome === 'failed' && nothingKept);
  if (!settled) return failing(state, answer);
  const move = answer.outcome === 'failed' ? withFailure(state.move, answer) : state.move;
  const next: Undoing = { ...state, move, resume: 'settled' };
  if (state.abort === 'settled') return close(next, 'settled', answer.atMs, policy);
  return isConfirmedOff(state.power) ? close(next, 'owed', answer.atMs, policy) : same(next);
}

/** A failure in undo is told and the command repeated: there is nothing else to fall back on. */
function failing(state: Undoing, answer: Answer): Step {
  if (answer.outcome !== 'failed') return same(state);
  return { state: { ...state, move: withFailure(state.move, answer) }, effects: [{ kind: 'publish' }] };
}

function withFailure(move: Move, answer: Answer): Move {
  return withError(
    move,
    `${sledAt(move, answer.end)} could not ${answer.verb}: ${answer.error ?? 'it did not say why'}`,
  );
}

/** Of a destination that was never told to thaw: nothing runs there. Of one that may have been, silence proves nothing. */
function mayCloseUnconfirmed(state: Undoing, atMs: number, policy: MovePolicy): boolean {
  return state.thaw === 'never-sent' && state.resume === 'settled' && atMs - state.sinceMs >= policy.abortPatienceMs;
}
