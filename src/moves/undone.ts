// An undone Move, closed. A destination that owes its word on the abort is reminded, and a slot that was cut is given its
// power back, until that is done.
import { assertNever } from '../core/errors.ts';
import type { MoveEffect, MoveEvent, Step, Undoing, Undone } from './move.ts';
import { isFinished } from './move.ts';
import type { MovePolicy } from './policy.ts';
import { giveBack, powerAnswered } from './power-fence.ts';
import { nextWait, send, type Errand } from './wait.ts';

export const ABORT: Errand = { verb: 'abort', end: 'destination' };

export function stepUndone(state: Undone, event: MoveEvent, policy: MovePolicy): Step {
  switch (event.kind) {
    case 'answer': {
      const isWord = event.verb === 'abort' && event.end === 'destination' && event.outcome === 'done';
      if (!isWord || state.abort === 'settled') return { state, effects: [] };
      const settled: Undone = { ...state, abort: 'settled' };
      return { state: settled, effects: [{ kind: 'journal', state: settled }] };
    }
    case 'online':
      return event.end === 'destination' ? remind(state, event.atMs, policy) : { state, effects: [] };
    case 'timer':
      return event.token === state.waiting.token ? remind(state, event.atMs, policy) : { state, effects: [] };
    case 'restart':
      return remind(state, event.atMs, policy);
    case 'power-answer':
      return powerAnswered(state, event, policy);
    case 'undo':
    case 'power':
      return { state, effects: [] };
    default:
      return assertNever(event, 'event of a Move');
  }
}

export function close(state: Undoing, abort: Undone['abort'], atMs: number, policy: MovePolicy): Step {
  const waiting = nextWait({ ...state.waiting, attempt: -1 });
  const undone: Undone = { kind: 'undone', move: state.move, waiting, abort, power: state.power, cutMs: state.cutMs };
  const effects: MoveEffect[] = [{ kind: 'journal', state: undone }, { kind: 'release' }, { kind: 'publish' }];
  const reminder = remind(undone, atMs, policy);
  return { state: reminder.state, effects: [...effects, ...reminder.effects] };
}

function remind(state: Undone, atMs: number, policy: MovePolicy): Step {
  if (isFinished(state)) return { state, effects: [] };
  const waiting = nextWait(state.waiting);
  const abort = state.abort === 'owed' ? [send(ABORT, waiting, atMs)] : [];
  const delayMs = state.power.kind === 'giving' ? policy.powerEveryMs : policy.owedEveryMs;
  return {
    state: { ...state, waiting },
    effects: [...abort, ...giveBack(state.power, state.move), { kind: 'timer', delayMs, token: waiting.token }],
  };
}
