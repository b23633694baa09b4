// The way on from Committed: commit and fence are repeated until they are answered, there is no way back.
import { assertNever } from '../core/errors.ts';
import { finish, sourceIsOff } from './closing.ts';
import { again, enter, enterWait, errandOf, failureText, same } from './forward.ts';
import type { Answer, Forward, MoveEffect, MoveEvent, Step } from './move.ts';
import { leaseOf, type MovePolicy } from './policy.ts';
import { send } from './wait.ts';

export function stepForward(state: Forward, event: MoveEvent, policy: MovePolicy): Step {
  const errand = errandOf(state);
  switch (event.kind) {
    case 'undo':
    case 'power-answer':
      return same(state);
    case 'power':
      return sourceIsOff(state, event) ? finish(state.move, 'owed', event.atMs, policy) : same(state);
    case 'online':
      return event.end === errand.end
        ? again(state, { ...state.waiting, attempt: -1 }, event.atMs, policy)
        : same(state);
    case 'timer':
      return event.token === state.waiting.token ? again(state, state.waiting, event.atMs, policy) : same(state);
    case 'restart':
      return state.kind === 'fenced'
        ? finish(state.move, 'settled', event.atMs, policy)
        : enterWait(state, event.atMs, policy);
    case 'answer':
      if (isThawedAgain(state, event)) return again(state, state.waiting, event.atMs, policy);
      if (event.verb !== errand.verb || event.end !== errand.end) return same(state);
      return answered(state, event, policy);
    default:
      return assertNever(event, 'event of a Move');
  }
}

/** A commit that fails once may only have met a fault; one that fails again needs what was lost. */
const THAW_FROM_FAILURE = 2;

function isThawedAgain(state: Forward, { verb, end, outcome }: Answer): boolean {
  return state.kind === 'committed' && verb === 'thaw' && end === 'destination' && outcome === 'done';
}

function answered(state: Forward, answer: Answer, policy: MovePolicy): Step {
  const { move, waiting } = state;
  // An agent that owns the epoch but cannot get the workload to run supervises it there; the Move goes on.
  const owned = answer.verb === 'commit' && answer.outcome === 'failed' && answer.record === 'committed';
  if (answer.outcome === 'done' || owned) {
    const error = owned ? failureText(move, answer) : move.error;
    if (state.kind !== 'committed') return finish({ ...move, error }, 'settled', answer.atMs, policy);
    const downtimeMs = move.freezeSentMs === null ? null : Math.max(0, Math.round(answer.atMs - move.freezeSentMs));
    return enter({ kind: 'claimed', move: { ...move, downtimeMs, error }, waiting }, answer.atMs, policy);
  }
  if (answer.outcome === 'progress') return same(state);
  const failures = waiting.failures + 1;
  const next = {
    ...state,
    move: { ...move, error: failureText(move, answer) },
    waiting: { ...waiting, failures },
  };
  const effects: MoveEffect[] = [{ kind: 'publish' }]; // the timer sends it again
  const isUncommitted = answer.record === 'received' || answer.record === 'probation';
  if (state.kind !== 'committed' || !isUncommitted || failures < THAW_FROM_FAILURE) return { state: next, effects };
  // It said that it was thawed, and has lost that since: once more. Nobody else may run it any more.
  const thaw = send({ verb: 'thaw', end: 'destination' }, waiting, answer.atMs, null, leaseOf(policy, move));
  return { state: next, effects: [...effects, thaw] };
}
