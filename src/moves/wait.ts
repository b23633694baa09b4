// Sending a command and waiting for its answer: the effects that every state shares.
import type { AgentVerb, ServiceSpec } from '../protocols/agent-messages.ts';
import type { End, Move, MoveEffect, Send, Waiting } from './move.ts';
import { retryDelayMs, stepLimitMs, type MovePolicy } from './policy.ts';

/** Validity of commands that are repeated until they are answered. */
const PATIENT_VALID_MS = 60_000;

export interface Errand {
  readonly verb: AgentVerb;
  readonly end: End;
}

/** The first wait for this errand: `before` is the wait it replaces, whose timer no longer counts. */
export function firstWait(
  policy: MovePolicy,
  move: Move,
  verb: AgentVerb,
  atMs: number,
  before: Waiting | null,
): Waiting {
  const limitMs = stepLimitMs(policy, verb, move);
  return {
    token: (before?.token ?? 0) + 1,
    attempt: 0,
    failures: 0,
    deadlineMs: limitMs === null ? null : atMs + limitMs,
  };
}

/** One more attempt, with a timer of its own. */
export function nextWait(waiting: Waiting): Waiting {
  return { ...waiting, token: waiting.token + 1, attempt: waiting.attempt + 1 };
}

export function send(
  errand: Errand,
  waiting: Waiting,
  atMs: number,
  spec: ServiceSpec | null = null,
  leaseMs: number | null = null,
): Send {
  const validMs = waiting.deadlineMs === null ? PATIENT_VALID_MS : Math.max(1, waiting.deadlineMs - atMs);
  return { kind: 'send', ...errand, spec, validMs, leaseMs };
}

/** Comes due for the next attempt, or at the deadline if that is sooner. */
export function retryTimer(policy: MovePolicy, waiting: Waiting, atMs: number): MoveEffect {
  const retryMs = retryDelayMs(policy.retry, waiting.attempt);
  const leftMs = waiting.deadlineMs === null ? retryMs : Math.max(0, waiting.deadlineMs - atMs);
  return { kind: 'timer', delayMs: Math.min(retryMs, leftMs), token: waiting.token };
}
