// What agents answer, from the bus: bounded, parsed, validated, and from the sled whose topic it came on.
import type { BusMessage } from '../core/ports.ts';
import type { Answer, MovePlan } from '../moves/move.ts';
import { agentEventSchema, MAX_AGENT_PAYLOAD_BYTES, type AgentEvent } from '../protocols/agent-messages.ts';
import { sledOf } from '../protocols/topics.ts';

/** Takes answers in; what is none is counted and told once. */
export class AnswerIntake {
  readonly #warn: (text: string) => void;
  /** Messages that were no answers. */
  malformed = 0;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  take(message: BusMessage): AgentEvent | null {
    const event = parseAgentEvent(message);
    if (typeof event !== 'string') return event;
    this.malformed++;
    if (this.malformed === 1) {
      this.#warn(`a message on ${message.topic} is no answer: ${event}; further ones are only counted`);
    }
    return null;
  }
}

/** The answer, or why the message is none. */
function parseAgentEvent(message: BusMessage): AgentEvent | string {
  if (message.payload.length > MAX_AGENT_PAYLOAD_BYTES) return `more than ${MAX_AGENT_PAYLOAD_BYTES} bytes`;
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(message.payload).toString('utf8'));
  } catch {
    return 'not JSON';
  }
  const parsed = agentEventSchema.safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return `$.${issue?.path.join('.')}: ${issue?.message}`;
  }
  const sled = sledOf(message.topic);
  return parsed.data.sled === sled ? parsed.data : `it speaks for ${parsed.data.sled} on the topic of ${sled}`;
}

/** The answer as an event of that Move; null when it does not belong to it. */
export function answerTo(move: MovePlan, event: AgentEvent, atMs: number): Answer | null {
  if (event.workload !== move.workload) return null;
  const end = event.sled === move.fromSled ? 'source' : event.sled === move.toSled ? 'destination' : null;
  if (end === null) return null;
  const { verb, outcome, record, error, spec, epoch, bytes } = event;
  return { kind: 'answer', atMs, end, verb, outcome, record, error, spec, epoch, bytes };
}
