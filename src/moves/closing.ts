// The end of a Move that was committed. The source drops its frozen copy; if its sled is out of the chassis or without
// power, that stays owed: the copy never starts by itself, the floor of its next boot is above it, and it is reminded.
import { assertNever } from '../core/errors.ts';
import type { Done, Forward, Move, MoveEffect, MoveEvent, Step } from './move.ts';
import type { MovePolicy } from './policy.ts';
import { nextWait, send } from './wait.ts';

/** A source that does not answer for so many attempts may be out of the chassis. */
const SILENT_FROM_ATTEMPT = 3;

/** Whether the source's copy was frozen when its sled was seen without power, and nobody answers for it. */
export function sourceIsOff(state: Forward, event: Extract<MoveEvent, { kind: 'power' }>): boolean {
  const { freezeSentMs } = state.move;
  return (
    state.kind === 'claimed' &&
    event.end === 'source' &&
    event.power === 'confirmed-off' &&
    state.waiting.attempt >= SILENT_FROM_ATTEMPT &&
    (freezeSentMs === null || event.sinceMs > freezeSentMs)
  );
}

export function finish(move: Move, fence: Done['fence'], atMs: number, policy: MovePolicy): Step {
  const waiting = { token: 0, attempt: 0, failures: 0, deadlineMs: null };
  const fenced: Forward = { kind: 'fenced', move, waiting };
  const done: Done = { kind: 'done', move, waiting, fence };
  const edges: MoveEffect[] = [
    ...(fence === 'settled' ? [{ kind: 'journal', state: fenced } as const] : []),
    { kind: 'journal', state: done },
    { kind: 'release' },
    { kind: 'publish' },
  ];
  if (fence === 'settled') return { state: done, effects: edges };
  const text = `${move.fromSled} is out of the chassis or without power; it drops its frozen copy when it is back`;
  const reminder = remind(done, atMs, policy);
  return {
    state: reminder.state,
    effects: [...edges, { kind: 'tell', code: 'fence-owed', text }, ...reminder.effects],
  };
}

/** Done. If the source owes its word on the fence it is reminded until it gives it. */
export function stepDone(state: Done, event: MoveEvent, policy: MovePolicy): Step {
  const same: Step = { state, effects: [] };
  if (state.fence === 'settled') return same;
  switch (event.kind) {
    case 'answer': {
      if (event.verb !== 'fence' || event.end !== 'source' || event.outcome !== 'done') return same;
      const settled: Done = { ...state, fence: 'settled' };
      return { state: settled, effects: [{ kind: 'journal', state: settled }] };
    }
    case 'online':
      return event.end === 'source' ? remind(state, event.atMs, policy) : same;
    case 'timer':
      return event.token === state.waiting.token ? remind(state, event.atMs, policy) : same;
    case 'restart':
      return remind(state, event.atMs, policy);
    case 'undo':
    case 'power':
    case 'power-answer':
      return same;
    default:
      return assertNever(event, 'event of a Move');
  }
}

function remind(state: Done, atMs: number, policy: MovePolicy): Step {
  const waiting = nextWait(state.waiting);
  return {
    state: { ...state, waiting },
    effects: [
      send({ verb: 'fence', end: 'source' }, waiting, atMs),
      { kind: 'timer', delayMs: policy.owedEveryMs, token: waiting.token },
    ],
  };
}
