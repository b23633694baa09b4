// The Move state machine: step(state, event) → {state, effects}, pure and total. Every edge is a `journal` effect that
// comes before the commands that depend on it. An event that means nothing in a state returns the same state.
//
// What it relies on at the agents (all durable there before they answer):
// - a command done twice equals once, and the second answer says what the first did;
// - `abort` and `resume` close the Move at that agent, even if they are the first it hears of it: a late `stage`,
//   `thaw` or `freeze` of that Move is refused from then on, and nothing of another Move is touched;
// - `fence` drops only copies below its epoch, and copies below it never run again;
// - a frozen copy, and a copy on probation, never start by themselves, also not after a restart;
// - a sled that has booted starts nothing, and takes no command, before it was told its floors (floors.ts).
import { assertNever } from '../core/errors.ts';
import type { Move, MoveEvent, MovePlan, MoveState, Planned, Step } from './move.ts';
import { stepForward } from './after-commit.ts';
import { stepDone } from './closing.ts';
import { stepTowardsCommit } from './forward.ts';
import { defaultPolicy, type MovePolicy } from './policy.ts';
import { stepUndoing } from './undo.ts';
import { stepUndone } from './undone.ts';
import { firstWait, retryTimer, send } from './wait.ts';

/** A new Move: durable with its epoch, then the source is asked what it knows. */
export function begin(plan: MovePlan, atMs: number, policy: MovePolicy = defaultPolicy): Step {
  const move: Move = {
    ...plan,
    stopDeadlineMs: 0,
    healthDeadlineMs: 0,
    bytes: 0,
    rounds: 0,
    freezeSentMs: null,
    downtimeMs: null,
    error: null,
  };
  const waiting = firstWait(policy, move, 'query', atMs, null);
  const state: Planned = { kind: 'planned', move, waiting, spec: null, stage: 'not-sent' };
  const query = send({ verb: 'query', end: 'source' }, waiting, atMs);
  return {
    state,
    effects: [{ kind: 'journal', state }, { kind: 'publish' }, query, retryTimer(policy, waiting, atMs)],
  };
}

export function step(state: MoveState, event: MoveEvent, policy: MovePolicy = defaultPolicy): Step {
  switch (state.kind) {
    case 'planned':
    case 'staged':
    case 'frozen':
    case 'shipped':
    case 'thawed':
      return stepTowardsCommit(state, event, policy);
    case 'committed':
    case 'claimed':
    case 'fenced':
      return stepForward(state, event, policy);
    case 'undoing':
      return stepUndoing(state, event, policy);
    case 'undone':
      return stepUndone(state, event, policy);
    case 'done':
      return stepDone(state, event, policy);
    default:
      return assertNever(state, 'state of a Move');
  }
}
