// Undo: back to the copy that the source kept. A destination that may have been told to thaw must confirm the abort
// before the source runs again; one that never was is told in parallel, and not waited for without end.
import { assertNever } from '../core/errors.ts';
import type {
  Answer,
  Move,
  MoveEffect,
  MoveEvent,
  MoveState,
  Planned,
  Step,
  Undoable,
  Undoing,
  Undone,
  Waiting,
} from './move.ts';
import { sledAt } from './move.ts';
import type { MovePolicy } from './policy.ts';
import { firstWait, nextWait, retryTimer, send, type Errand } from './wait.ts';

const ABORT: Errand = { verb: 'abort', end: 'destination' };
const COMMIT: Errand = { verb: 'commit', end: 'destination' };
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
      if (state.abort === 'settled' && state.resume === 'settled') return close(state, 'settled', event.atMs, policy);
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
      return repeat({ ...state, waiting: nextWait(state.waiting) }, event.atMs, policy);
    case 'answer':
      return answered(state, event, policy);
    default:
      return assertNever(event, 'event of a Move');
  }
}

/** Closed. If the destination owes its word on the abort it is reminded until it gives it. */
export function stepUndone(state: Undone, event: MoveEvent, policy: MovePolicy): Step {
  if (state.abort === 'settled') return same(state);
  switch (event.kind) {
    case 'answer': {
      if (event.verb !== 'abort' || event.end !== 'destination' || event.outcome !== 'done') return same(state);
      const settled: Undone = { ...state, abort: 'settled' };
      return { state: settled, effects: [{ kind: 'journal', state: settled }] };
    }
    case 'online':
      return event.end === 'destination' ? remind(state, event.atMs, policy) : same(state);
    case 'timer':
      return event.token === state.waiting.token ? remind(state, event.atMs, policy) : same(state);
    case 'restart':
      return remind(state, event.atMs, policy);
    case 'undo':
      return same(state);
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
    retryTimer(policy, waiting, atMs),
  ];
}

function repeat(state: Undoing, atMs: number, policy: MovePolicy): Step {
  return { state, effects: [...commands(state, atMs, policy), { kind: 'publish' }] };
}

function answered(state: Undoing, answer: Answer, policy: MovePolicy): Step {
  if (answer.verb === 'abort' && answer.end === 'destination' && state.abort === 'pending') {
    if (isOwnedThere(state, answer)) return backToCommitted(state, answer.atMs, policy);
    return answer.outcome === 'done' ? abortConfirmed(state, answer.atMs, policy) : failing(state, answer);
  }
  if (answer.verb === 'resume' && answer.end === 'source' && state.resume === 'pending') {
    return resumeAnswered(state, answer, policy);
  }
  return same(state);
}

/**
 * Only a journal that has lost records undoes a Move whose destination was told to commit (see journal-repair.ts): that
 * was sent on a durable Committed, from which no Move is undone, so no source was ever resumed after it.
 */
function isOwnedThere(state: Undoing, answer: Answer): boolean {
  return state.thaw === 'unknown' && answer.outcome === 'failed' && answer.record === 'committed';
}

/** The destination runs the workload: forward from here, the source drops its copy. */
function backToCommitted({ move, waiting }: Undoing, atMs: number, policy: MovePolicy): Step {
  const state: MoveState = {
    kind: 'committed',
    move,
    waiting: firstWait(policy, move, 'commit', atMs, waiting),
  };
  const commit = send(COMMIT, state.waiting, atMs);
  const timer = retryTimer(policy, state.waiting, atMs);
  return { state, effects: [{ kind: 'journal', state }, { kind: 'publish' }, commit, timer] };
}

function abortConfirmed(state: Undoing, atMs: number, policy: MovePolicy): Step {
  const next: Undoing = { ...state, abort: 'settled' };
  if (state.resume === 'settled') return close(next, 'settled', atMs, policy);
  if (state.resume === 'pending') return same(next);
  const waiting = firstWait(policy, state.move, 'resume', atMs, state.waiting);
  return repeat({ ...next, resume: 'pending', waiting }, atMs, policy);
}

/** The source has the workload back when it says so, also when it then cannot get it to run: it supervises it again. */
function resumeAnswered(state: Undoing, answer: Answer, policy: MovePolicy): Step {
  const backAnyway = answer.record === 'running' || answer.record === 'failed' || answer.record === 'none';
  const settled = answer.outcome === 'done' || (answer.outcome === 'failed' && backAnyway);
  if (!settled) return failing(state, answer);
  const move = answer.outcome === 'failed' ? withFailure(state.move, answer) : state.move;
  const next: Undoing = { ...state, move, resume: 'settled' };
  return state.abort === 'settled' ? close(next, 'settled', answer.atMs, policy) : same(next);
}

/** A failure in undo is told and the command repeated: there is nothing else to fall back on. */
function failing(state: Undoing, answer: Answer): Step {
  if (answer.outcome !== 'failed') return same(state);
  return { state: { ...state, move: withFailure(state.move, answer) }, effects: [{ kind: 'publish' }] };
}

/** The reason for the undo stays in front; of the failures since, the last is told. */
function withFailure(move: Move, answer: Answer): Move {
  const why = (move.error ?? 'undone').split(' — ')[0];
  const failure = `${sledAt(move, answer.end)} could not ${answer.verb}: ${answer.error ?? 'it did not say why'}`;
  return { ...move, error: `${why} — ${failure}`.slice(0, 400) };
}

function mayCloseUnconfirmed(state: Undoing, atMs: number, policy: MovePolicy): boolean {
  switch (state.thaw) {
    case 'never-sent':
      return state.resume === 'settled' && atMs - state.sinceMs >= policy.abortPatienceMs;
    case 'unknown':
      return false; // what may own the only copy is asked for as long as it takes, and no power is cut
    case 'maybe-sent':
      return whenDestinationIsSilent(policy) === 'close';
    default:
      return assertNever(state.thaw);
  }
}

/** The one place that decides about a silent destination that may run the workload. */
function whenDestinationIsSilent(policy: MovePolicy): 'keep-asking' | 'close' {
  switch (policy.silentDestination) {
    case 'wait':
      return 'keep-asking';
    default:
      return assertNever(policy.silentDestination);
  }
}

function close(state: Undoing, abort: Undone['abort'], atMs: number, policy: MovePolicy): Step {
  const waiting: Waiting = nextWait({ ...state.waiting, attempt: -1 });
  const undone: Undone = { kind: 'undone', move: state.move, waiting, abort };
  const effects: MoveEffect[] = [{ kind: 'journal', state: undone }, { kind: 'release' }, { kind: 'publish' }];
  if (abort === 'settled') return { state: undone, effects };
  const reminder = remind(undone, atMs, policy);
  return { state: reminder.state, effects: [...effects, ...reminder.effects] };
}

function remind(state: Undone, atMs: number, policy: MovePolicy): Step {
  const waiting = nextWait(state.waiting);
  return {
    state: { ...state, waiting },
    effects: [send(ABORT, waiting, atMs), { kind: 'timer', delayMs: policy.owedEveryMs, token: waiting.token }],
  };
}
