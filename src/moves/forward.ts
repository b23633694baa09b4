// The way to Committed: a failure or a deadline undoes the Move. And what the way on from there (after-commit.ts) shares
// with it: which command a state waits for, sending it, taking an edge.
import { assertNever } from '../core/errors.ts';
import type { Answer, Forward, Move, MoveEvent, MoveState, Planned, Send, Step, Undoable, Waiting } from './move.ts';
import { sledAt } from './move.ts';
import { failuresAllowed, leaseOf, type MovePolicy } from './policy.ts';
import { beginUndo } from './undo.ts';
import { firstWait, nextWait, retryTimer, send, type Errand } from './wait.ts';

const ERRANDS = {
  staged: { verb: 'freeze', end: 'source' },
  frozen: { verb: 'ship', end: 'source' },
  shipped: { verb: 'thaw', end: 'destination' },
  thawed: { verb: 'thaw', end: 'destination' },
  committed: { verb: 'commit', end: 'destination' },
  claimed: { verb: 'fence', end: 'source' },
  fenced: { verb: 'fence', end: 'source' },
} as const satisfies Record<(Undoable | Forward)['kind'], Errand>;

export function errandOf(state: Planned | Undoable | Forward): Errand {
  if (state.kind !== 'planned') return ERRANDS[state.kind];
  return state.spec === null ? { verb: 'query', end: 'source' } : { verb: 'stage', end: 'destination' };
}

export function stepTowardsCommit(state: Planned | Undoable, event: MoveEvent, policy: MovePolicy): Step {
  const errand = errandOf(state);
  switch (event.kind) {
    case 'undo':
      return beginUndo(state, event.why, event.atMs, policy);
    case 'online':
      return event.end === errand.end
        ? again(state, { ...state.waiting, attempt: -1 }, event.atMs, policy)
        : same(state);
    case 'timer':
      if (event.token !== state.waiting.token) return same(state);
      if (state.waiting.deadlineMs !== null && event.atMs >= state.waiting.deadlineMs) {
        const why = `${sledAt(state.move, errand.end)} did not answer ${errand.verb} in time`;
        return beginUndo(state, why, event.atMs, policy);
      }
      return again(state, state.waiting, event.atMs, policy);
    case 'restart':
      return restart(state, event.atMs, policy);
    case 'answer':
      if (event.verb !== errand.verb || event.end !== errand.end) return same(state);
      return answered(state, event, policy);
    case 'power':
    case 'power-answer':
      return same(state);
    default:
      return assertNever(event, 'event of a Move');
  }
}

export function same(state: MoveState): Step {
  return { state, effects: [] };
}

/** Sends the command in hand once more. */
export function again<S extends Planned | Undoable | Forward>(
  state: S,
  before: S['waiting'],
  atMs: number,
  policy: MovePolicy,
): Step {
  const waiting = nextWait(before);
  const next = { ...state, waiting };
  const effects = [command(next, waiting, atMs, policy), retryTimer(policy, waiting, atMs)];
  return { state: next, effects: [...effects, { kind: 'publish' }] };
}

/** Starts to wait afresh in a state that is durable already. */
export function enterWait(state: Planned | Undoable | Forward, atMs: number, policy: MovePolicy): Step {
  const waiting = firstWait(policy, state.move, errandOf(state).verb, atMs, state.waiting);
  const next = { ...state, waiting };
  const first = command(next, waiting, atMs, policy);
  return { state: next, effects: [{ kind: 'publish' }, first, retryTimer(policy, waiting, atMs)] };
}

function command(state: Planned | Undoable | Forward, waiting: Waiting, atMs: number, policy: MovePolicy): Send {
  const errand = errandOf(state);
  const spec = state.kind === 'planned' ? state.spec : null;
  const leaseMs = errand.verb === 'thaw' ? leaseOf(policy, state.move) : null;
  return send(errand, waiting, atMs, spec, leaseMs);
}

/** Takes an edge: durable first, then the next command. */
export function enter(state: Planned | Undoable | Forward, atMs: number, policy: MovePolicy): Step {
  const { state: next, effects } = enterWait(state, atMs, policy);
  return { state: next, effects: [{ kind: 'journal', state: next }, ...effects] };
}

function restart(state: Planned | Undoable, atMs: number, policy: MovePolicy): Step {
  if (state.kind !== 'planned') return enterWait(state, atMs, policy);
  return enterWait({ ...state, spec: null, stage: 'maybe-sent' }, atMs, policy); // the spec is not in the journal
}

function answered(state: Planned | Undoable, answer: Answer, policy: MovePolicy): Step {
  switch (answer.outcome) {
    case 'progress':
      return progress(state, answer, policy);
    case 'failed':
      return failed(state, answer, policy);
    case 'done':
      return state.kind === 'planned' ? plannedDone(state, answer, policy) : undoableDone(state, answer, policy);
    default:
      return assertNever(answer.outcome, 'outcome of a command');
  }
}

/** Whoever still works is not given up: the deadline starts again. */
function progress(state: Planned | Undoable, answer: Answer, policy: MovePolicy): Step {
  const fresh = firstWait(policy, state.move, answer.verb, answer.atMs, state.waiting);
  const waiting = { ...fresh, failures: state.waiting.failures };
  const { bytes, rounds } = state.move;
  const move = { ...state.move, bytes: Math.max(bytes, answer.bytes), rounds: Math.max(1, rounds) };
  return {
    state: { ...state, move, waiting },
    effects: [retryTimer(policy, waiting, answer.atMs), { kind: 'publish' }],
  };
}

function failed(state: Planned | Undoable, answer: Answer, policy: MovePolicy): Step {
  const failures = state.waiting.failures + 1;
  const error = failureText(state.move, answer);
  if (failures >= failuresAllowed(policy, answer.verb)) return beginUndo(state, error, answer.atMs, policy);
  const waiting = { ...nextWait(state.waiting), failures }; // the timer sends it again
  const next = { ...state, move: { ...state.move, error }, waiting };
  return { state: next, effects: [retryTimer(policy, waiting, answer.atMs), { kind: 'publish' }] };
}

export function failureText(move: Move, answer: Answer): string {
  return `${sledAt(move, answer.end)} could not ${answer.verb}: ${answer.error ?? 'it did not say why'}`.slice(0, 400);
}

function plannedDone(state: Planned, answer: Answer, policy: MovePolicy): Step {
  if (state.spec !== null) {
    const move = { ...state.move, freezeSentMs: answer.atMs };
    return enter({ kind: 'staged', move, waiting: state.waiting }, answer.atMs, policy);
  }
  const { move } = state;
  if (answer.spec === null || answer.record !== 'running') {
    const why = `${move.fromSled} does not run ${move.workload} (its record says ${answer.record})`;
    return beginUndo(state, why, answer.atMs, policy);
  }
  if (answer.epoch > move.epoch) {
    const why = `${move.fromSled} is at epoch ${answer.epoch} of ${move.workload}, this Move at ${move.epoch}`;
    return beginUndo(state, why, answer.atMs, policy);
  }
  const { stopDeadlineMs, healthDeadlineMs } = answer.spec;
  // agents that repeat the Move's epoch in every answer say nothing of their own copy's: what was announced stands
  const ownEpoch = answer.epoch < move.epoch ? answer.epoch : move.ownEpoch;
  const known = { ...move, stopDeadlineMs, healthDeadlineMs, ownEpoch };
  return enterWait({ ...state, spec: answer.spec, stage: 'maybe-sent', move: known }, answer.atMs, policy);
}

function undoableDone(state: Undoable, answer: Answer, policy: MovePolicy): Step {
  const { move, waiting } = state;
  switch (state.kind) {
    case 'staged':
      return enter({ kind: 'frozen', move, waiting }, answer.atMs, policy);
    case 'frozen': {
      const shipped = { ...move, bytes: Math.max(move.bytes, answer.bytes), rounds: Math.max(1, move.rounds) };
      return enter({ kind: 'shipped', move: shipped, waiting }, answer.atMs, policy);
    }
    case 'shipped':
    case 'thawed': {
      const thawed: Undoable = { kind: 'thawed', move: { ...move, error: null }, waiting };
      const committed = enter({ ...thawed, kind: 'committed' }, answer.atMs, policy);
      return { state: committed.state, effects: [{ kind: 'journal', state: thawed }, ...committed.effects] };
    }
    default:
      return assertNever(state.kind, 'state before Committed');
  }
}
