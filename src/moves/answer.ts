// An agent's answer as an event of the Move it belongs to.
import type { AgentEvent } from '../protocols/agent-messages.ts';
import type { Answer, MovePlan } from './move.ts';

/** Null when it does not belong to that Move. */
export function answerTo(move: MovePlan, event: AgentEvent, atMs: number): Answer | null {
  if (event.workload !== move.workload) return null;
  const end = event.sled === move.fromSled ? 'source' : event.sled === move.toSled ? 'destination' : null;
  if (end === null) return null;
  const { verb, outcome, record, error, spec, epoch, bytes } = event;
  return { kind: 'answer', atMs, end, verb, outcome, record, error, spec, epoch, bytes };
}
