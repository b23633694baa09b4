// What agents say on their event topics, from the bus: bounded, parsed, validated, and from the sled whose topic it
// came on. Answers to commands, and the question for floors after a boot.
import * as z from 'zod';
import type { BusMessage } from '../core/ports.ts';
import { agentEventSchema, MAX_AGENT_PAYLOAD_BYTES, type AgentEvent } from '../protocols/agent-messages.ts';
import { floorsAskSchema, type FloorsAsk } from '../protocols/floors.ts';
import { sledOf } from '../protocols/topics.ts';

export type AgentWord =
  | { readonly kind: 'answer'; readonly event: AgentEvent }
  | { readonly kind: 'asked'; readonly ask: FloorsAsk };

/** Takes in what agents say; what is neither answer nor question is counted and told once. */
export class AnswerIntake {
  readonly #warn: (text: string) => void;
  /** Messages that were neither. */
  malformed = 0;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  take(message: BusMessage): AgentWord | null {
    const word = parseWord(message);
    if (typeof word !== 'string') return word;
    this.malformed++;
    if (this.malformed === 1) {
      this.#warn(`a message on ${message.topic} is no answer: ${word}; further ones are only counted`);
    }
    return null;
  }
}

const askKindSchema = z.looseObject({ kind: z.literal('floors-ask') });

/** What it says, or why it is nothing. */
function parseWord(message: BusMessage): AgentWord | string {
  if (message.payload.length > MAX_AGENT_PAYLOAD_BYTES) return `more than ${MAX_AGENT_PAYLOAD_BYTES} bytes`;
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(message.payload).toString('utf8'));
  } catch {
    return 'not JSON';
  }
  if (askKindSchema.safeParse(data).success) {
    const parsed = floorsAskSchema.safeParse(data);
    if (!parsed.success) return firstIssue(parsed.error);
    return speaksFor(parsed.data.sled, message) ?? { kind: 'asked', ask: parsed.data };
  }
  const parsed = agentEventSchema.safeParse(data);
  if (!parsed.success) return firstIssue(parsed.error);
  return speaksFor(parsed.data.sled, message) ?? { kind: 'answer', event: parsed.data };
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return `$.${issue?.path.join('.')}: ${issue?.message}`;
}

/** Null when it speaks for the sled of its topic. */
function speaksFor(named: string, { topic }: BusMessage): string | null {
  const sled = sledOf(topic);
  return named === sled ? null : `it speaks for ${named} on the topic of ${sled}`;
}
