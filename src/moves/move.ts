// The vocabulary of a Move: its states, what can happen to it, and what it asks for. Times are the controller's
// monotonic milliseconds. Planned → Staged → Frozen → Shipped → Thawed → Committed → Claimed → Fenced → Done; from any
// state before Committed: Undoing → Undone.
import type { Resources } from '../core/plan.ts';
import type { MoveTrigger } from '../core/view.ts';
import type { AgentEvent, AgentVerb, ServiceSpec } from '../protocols/agent-messages.ts';

/** The two ends of a Move. */
export type End = 'source' | 'destination';

/** `power`: its slot's power may be cut. `wait`: never. */
export type FencePolicy = 'power' | 'wait';

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
  /** Of the source's copy; null = not known (a journal of an older version). */
  readonly ownEpoch: number | null;
  /** What may be done about a destination that may run the workload and does not answer. */
  readonly fence: FencePolicy;
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
  /** A destination that may have been told to thaw may be running the workload. */
  readonly thaw: 'never-sent' | 'maybe-sent';
  readonly abort: 'pending' | 'settled';
  /** `blocked`: not before the abort, or that the sled has no power, is confirmed; or two copies could run. */
  readonly resume: 'blocked' | 'pending' | 'settled';
  readonly power: PowerFence;
  /** What the last frame said of the destination; null before the first. Not durable. */
  readonly seen: SledPower | null;
  /** When the power was last told to go, or may have been; null when it never was. Not durable. */
  readonly cutMs: number | null;
}

/**
 * The destination's power in an undo, durable. `cut`: the slots' power may have been cut, nothing is confirmed.
 * `giving`: these slots are to get it back. `confirmed`: the sled was known to be without power after the Move began to
 * be undone, so no copy that was started before can run.
 */
export type PowerFence =
  | { readonly kind: 'untouched' }
  | { readonly kind: 'cut'; readonly slots: number[] }
  | { readonly kind: 'giving'; readonly slots: number[]; readonly confirmed: boolean }
  | { readonly kind: 'over'; readonly confirmed: boolean };

/** A sled's power as frames tell it. */
export interface SledPower {
  /** Where it sits; null = in no slot. */
  readonly slot: number | null;
  readonly power: SlotPowerState;
  /** Read not before this. */
  readonly sinceMs: number;
}

/** `confirmed-off` needs a fresh power-good line or power reading, or an empty slot. */
export type SlotPowerState = 'on' | 'confirmed-off' | 'unknown';

/** `owed`: the source was out of the chassis or without power; it is reminded to drop its frozen copy. */
export interface Done {
  readonly kind: 'done';
  readonly move: Move;
  readonly waiting: Waiting;
  readonly fence: 'settled' | 'owed';
}

/**
 * `owed`: closed, but the destination has not confirmed yet that it forgot its copy: one that it was never told to
 * start, or one that ended with the sled's power.
 */
export interface Undone {
  readonly kind: 'undone';
  readonly move: Move;
  readonly waiting: Waiting;
  readonly abort: 'settled' | 'owed';
  /** Never `cut`. */
  readonly power: PowerFence;
  readonly cutMs: number | null;
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
  /** What a frame says of the sled at one end. */
  | ({ readonly kind: 'power'; readonly atMs: number; readonly end: End } & SledPower)
  /** The guardian's answer. */
  | {
      readonly kind: 'power-answer';
      readonly atMs: number;
      readonly action: 'cut' | 'give';
      readonly slot: number;
      readonly error: string | null;
    }
  /** The controller was started again and this state was read from the journal. */
  | { readonly kind: 'restart'; readonly atMs: number };

export interface Send {
  readonly kind: 'send';
  readonly end: End;
  readonly verb: AgentVerb;
  readonly spec: ServiceSpec | null;
  /** A command that arrives later than this from now is of no use any more. */
  readonly validMs: number;
  /** `thaw`: how long the copy on probation may live without a commit. */
  readonly leaseMs: number | null;
}

/** Edges of a fence, for people. */
export type FenceCode =
  | 'fence-cut'
  | 'fence-failed'
  | 'fence-unconfirmed'
  | 'fence-confirmed'
  | 'fence-given'
  | 'fence-owed';

/** Carried out in order. What follows a `journal` effect is carried out only when that state is durable. */
export type MoveEffect =
  | { readonly kind: 'journal'; readonly state: MoveState }
  | Send
  /** Replaces the timer before it. */
  | { readonly kind: 'timer'; readonly delayMs: number; readonly token: number }
  /** The room reserved at the destination is free for others: once in the life of a Move. */
  | { readonly kind: 'release' }
  | { readonly kind: 'cut' | 'give'; readonly slot: number; readonly why: string }
  | { readonly kind: 'tell'; readonly code: FenceCode; readonly text: string }
  | { readonly kind: 'publish' };

export interface Step {
  readonly state: MoveState;
  readonly effects: readonly MoveEffect[];
}

export function isOpen(state: MoveState): boolean {
  return state.kind !== 'done' && state.kind !== 'undone';
}

/** Closed, nobody owes it a word any more, and no slot its power. */
export function isFinished(state: MoveState): boolean {
  if (state.kind === 'done') return state.fence === 'settled';
  return state.kind === 'undone' && state.abort === 'settled' && state.power.kind !== 'giving';
}

export function sledAt(move: MovePlan, end: End): string {
  return end === 'source' ? move.fromSled : move.toSled;
}
