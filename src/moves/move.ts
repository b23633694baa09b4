// The vocabulary of a Move: its states, what can happen to it, and what it asks for. Times are the controller's
// monotonic milliseconds. Planned → Staged → Frozen → Shipped → Thawed → Committed → Claimed → Fenced → Done; from any
// state before Committed: Undoing → Undone.
import type { Resources } from '../core/plan.ts';
import type { MoveTrigger } from '../core/view.ts';
import type { AgentEvent, AgentVerb, ServiceSpec } from '../protocols/agent-messages.ts';

/** The two ends of a Move. */
export type End = 'source' | 'destination';

export interface MovePlan {
  readonly id: string;
  readonly workload: string;
  /** Slot numbers, and the sleds that sit in them. */
  readonly from: number;
  readonly to: number;
  readonly fromSled: string;
  readonly toSled: string;
  readonly trigger: MoveTrigger;
  /** Room the workload needs at the destination. */
  readonly demand: Resources;
  /** The destination's; durable before it is used, burnt when the Move is undone. */
  readonly epoch: number;
}

/** What is known of a Move in every state. */
export interface Move extends MovePlan {
  /** Of the workload, once the source has told: how long a stop and a health check may take. */
  readonly stopDeadlineMs: number;
  readonly healthDeadlineMs: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly freezeSentMs: number | null;
  /** From the freeze sent to the commit answered. */
  readonly downtimeMs: number | null;
  /** Why it is undone, or what went wrong last. */
  readonly error: string | null;
}

/** The wait for an answer. `token` names the one timer that counts; an older one that still fires is ignored. */
export interface Waiting {
  readonly token: number;
  readonly attempt: number;
  /** How many times the command in hand was answered with a failure. */
  readonly failures: number;
  /** When the step is given up; null = never. */
  readonly deadlineMs: number | null;
}

export interface Planned {
  readonly kind: 'planned';
  readonly move: Move;
  readonly waiting: Waiting;
  /** Null until the source has answered `query`. */
  readonly spec: ServiceSpec | null;
  /** Whether the destination may know of the Move already. */
  readonly stage: 'not-sent' | 'maybe-sent';
}

/**
 * Waits for freeze (staged), ship (frozen), thaw (shipped). Thawed is written together with Committed, so it is only
 * ever met in a journal whose tail was torn between the two; it waits for thaw to be confirmed once more.
 */
export interface Undoable {
  readonly kind: 'staged' | 'frozen' | 'shipped' | 'thawed';
  readonly move: Move;
  readonly waiting: Waiting;
}

/** Waits for commit (committed), fence (claimed); fenced is written together with Done. Only forward from here. */
export interface Forward {
  readonly kind: 'committed' | 'claimed' | 'fenced';
  readonly move: Move;
  readonly waiting: Waiting;
}

export interface Undoing {
  readonly kind: 'undoing';
  readonly move: Move;
  readonly waiting: Waiting;
  readonly sinceMs: number;
  /**
   * A destination that may have been told to thaw may be running the workload. `unknown`: the journal was repaired and
   * may have lost even Committed, so the destination may own it.
   */
  readonly thaw: 'never-sent' | 'maybe-sent' | 'unknown';
  readonly abort: 'pending' | 'settled';
  /** `blocked`: not before the abort is confirmed, or two copies could run. */
  readonly resume: 'blocked' | 'pending' | 'settled';
}

export interface Done {
  readonly kind: 'done';
  readonly move: Move;
}

/** `owed`: closed, but the destination has not confirmed yet that it forgot a copy it was never told to start. */
export interface Undone {
  readonly kind: 'undone';
  readonly move: Move;
  readonly waiting: Waiting;
  readonly abort: 'settled' | 'owed';
}

export type MoveState = Planned | Undoable | Forward | Undoing | Done | Undone;

/** An agent's answer, seen from the Move: which end gave it. */
export type Answer = Pick<AgentEvent, 'verb' | 'outcome' | 'record' | 'error' | 'spec' | 'epoch' | 'bytes'> & {
  readonly kind: 'answer';
  readonly atMs: number;
  readonly end: End;
};

export type MoveEvent =
  | Answer
  | { readonly kind: 'timer'; readonly atMs: number; readonly token: number }
  | { readonly kind: 'undo'; readonly atMs: number; readonly why: string }
  | { readonly kind: 'online'; readonly atMs: number; readonly end: End }
  /** The controller was started again and this state was read from the journal. */
  | { readonly kind: 'restart'; readonly atMs: number };

export interface Send {
  readonly kind: 'send';
  readonly end: End;
  readonly verb: AgentVerb;
  readonly spec: ServiceSpec | null;
  /** A command that arrives later than this from now is of no use any more. */
  readonly validMs: number;
}

/** Carried out in order. What follows a `journal` effect is carried out only when that state is durable. */
export type MoveEffect =
  | { readonly kind: 'journal'; readonly state: MoveState }
  | Send
  /** Replaces the timer before it. */
  | { readonly kind: 'timer'; readonly delayMs: number; readonly token: number }
  /** The room reserved at the destination is free for others: once in the life of a Move. */
  | { readonly kind: 'release' }
  | { readonly kind: 'publish' };

export interface Step {
  readonly state: MoveState;
  readonly effects: readonly MoveEffect[];
}

export function isOpen(state: MoveState): boolean {
  return state.kind !== 'done' && state.kind !== 'undone';
}

/** Closed, and nobody owes it a word any more. */
export function isFinished(state: MoveState): boolean {
  return state.kind === 'done' || (state.kind === 'undone' && state.abort === 'settled');
}

export function sledAt(move: MovePlan, end: End): string {
  return end === 'source' ? move.fromSled : move.toSled;
}
