// How patient a Move is: when a command is repeated, when a step is given up, and when the power of a destination is
// cut that says nothing although it may run the workload.
import type { AgentVerb } from '../protocols/agent-messages.ts';
import type { Move } from './move.ts';

export interface RetrySchedule {
  readonly firstMs: number;
  readonly factor: number;
  readonly capMs: number;
}

export interface MovePolicy {
  readonly retry: RetrySchedule;
  /** For the way there and back and the agent's own work, on top of what the workload's spec allows. */
  readonly answerMs: number;
  /** `ship` is given up when nothing has been heard of it for this long. */
  readonly shipSilenceMs: number;
  /** How many failures a command before Committed may be answered with; the last one undoes the Move. */
  readonly failures: Readonly<Partial<Record<AgentVerb, number>>>;
  /** A destination that was never told to thaw is waited for this long before the Move is closed without its word. */
  readonly abortPatienceMs: number;
  /** Between reminders to a destination that still owes its word on an abort. */
  readonly owedEveryMs: number;
  /** A copy on probation ends by itself this long after its health check must have ended, unless it is committed. */
  readonly leaseMs: number;
  /** After that lease, a destination that does not confirm the abort is waited for this long before its power is cut. */
  readonly fencePatienceMs: number;
  /** A cut that is not confirmed, and power that could not be given back, are tried again this often. */
  readonly powerEveryMs: number;
  /** A cut may be carried out as late as this after it was asked for; until then power is given back again. */
  readonly cutSettlesMs: number;
}

export const defaultPolicy: MovePolicy = {
  retry: { firstMs: 500, factor: 2, capMs: 5_000 },
  answerMs: 20_000,
  shipSilenceMs: 30_000,
  failures: { ship: 3 },
  abortPatienceMs: 30_000,
  owedEveryMs: 30_000,
  leaseMs: 30_000,
  fencePatienceMs: 20_000,
  powerEveryMs: 10_000,
  cutSettlesMs: 20_000,
};

/** The wait before each next attempt, without end: `firstMs`, growing by `factor`, at most `capMs`. */
export function* retryDelaysMs(schedule: RetrySchedule): Generator<number, never> {
  for (let delayMs = schedule.firstMs; ; delayMs = Math.min(delayMs * schedule.factor, schedule.capMs)) yield delayMs;
}

/** The wait after attempt number `attempt`, counted from 0. */
export function retryDelayMs(schedule: RetrySchedule, attempt: number): number {
  let left = attempt;
  for (const delayMs of retryDelaysMs(schedule)) {
    if (left-- <= 0 || delayMs >= schedule.capMs) return delayMs;
  }
  return schedule.capMs;
}

/** How long a step before Committed may take until the Move is undone; null = no limit (after Committed, and in undo). */
export function stepLimitMs(policy: MovePolicy, verb: AgentVerb, move: Move): number | null {
  switch (verb) {
    case 'query':
    case 'stage':
      return policy.answerMs;
    case 'freeze':
      return policy.answerMs + move.stopDeadlineMs;
    case 'ship':
      return policy.shipSilenceMs;
    case 'thaw':
      return policy.answerMs + move.healthDeadlineMs + move.stopDeadlineMs; // a start that fails is stopped again
    case 'commit':
    case 'fence':
    case 'abort':
    case 'resume':
      return null;
  }
}

/** How long a copy on probation of this Move may live without a commit. */
export function leaseOf(policy: MovePolicy, move: Move): number {
  return move.healthDeadlineMs + policy.leaseMs;
}

export function failuresAllowed(policy: MovePolicy, verb: AgentVerb): number {
  return policy.failures[verb] ?? 1;
}
