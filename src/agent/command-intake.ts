// Commands as they come in from the bus: bounded, parsed, validated. What is not a command is counted, logged once and
// ignored: an answer to it could only go to somebody who does not follow the protocol.
import type { BusMessage } from '../core/ports.ts';
import { MAX_AGENT_PAYLOAD_BYTES, agentCommandSchema, type AgentCommand } from '../protocols/agent-messages.ts';

export class CommandIntake {
  readonly #warn: (message: string) => void;
  /** Messages that were no commands. */
  malformed = 0;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Null when it is none. */
  parse(message: BusMessage): AgentCommand | null {
    const command = this.#read(message);
    if (typeof command !== 'string') return command;
    this.malformed++;
    if (this.malformed === 1)
      this.#warn(`a message on ${message.topic} is no command: ${command}; further ones are only counted`);
    return null;
  }

  #read({ payload, retained }: BusMessage): AgentCommand | string {
    if (retained) return 'it is retained, commands never are';
    if (payload.length > MAX_AGENT_PAYLOAD_BYTES) return `it is longer than ${MAX_AGENT_PAYLOAD_BYTES} bytes`;
    let data: unknown;
    try {
      data = JSON.parse(Buffer.from(payload).toString('utf8'));
    } catch {
      return 'it is not JSON';
    }
    const parsed = agentCommandSchema.safeParse(data);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    return `$.${issue?.path.join('.')}: ${issue?.message}`;
  }
}
