// What comes in from the bus on the sled's command topic: bounded, parsed, validated. What is neither a command nor a
// grant of floors is counted, logged once and ignored: an answer to it could only go to somebody who does not follow the
// protocol.
import type { KeyObject } from 'node:crypto';
import { describeError } from '../core/errors.ts';
import type { BusMessage } from '../core/ports.ts';
import { MAX_AGENT_PAYLOAD_BYTES, agentCommandSchema, type AgentCommand } from '../protocols/agent-messages.ts';
import { floorsGrantSchema, openGrant, type GrantClaims } from '../protocols/floors.ts';

/** A command's ticket has not been looked at; a grant's signature is good. */
export type Instruction =
  | { readonly kind: 'command'; readonly command: AgentCommand }
  | { readonly kind: 'grant'; readonly claims: GrantClaims };

export class CommandIntake {
  readonly #controllerKey: KeyObject;
  readonly #warn: (message: string) => void;
  /** Messages that were neither. */
  malformed = 0;

  constructor(controllerKey: KeyObject, warn: (message: string) => void) {
    this.#controllerKey = controllerKey;
    this.#warn = warn;
  }

  /** Null when it is neither. */
  parse(message: BusMessage): Instruction | null {
    const instruction = this.#read(message);
    if (typeof instruction !== 'string') return instruction;
    this.malformed++;
    if (this.malformed === 1)
      this.#warn(`a message on ${message.topic} is no command: ${instruction}; further ones are only counted`);
    return null;
  }

  #read({ payload, retained }: BusMessage): Instruction | string {
    if (retained) return 'it is retained, commands never are';
    if (payload.length > MAX_AGENT_PAYLOAD_BYTES) return `it is longer than ${MAX_AGENT_PAYLOAD_BYTES} bytes`;
    let data: unknown;
    try {
      data = JSON.parse(Buffer.from(payload).toString('utf8'));
    } catch {
      return 'it is not JSON';
    }
    const grant = floorsGrantSchema.safeParse(data);
    if (grant.success) return this.#open(grant.data.grant);
    const parsed = agentCommandSchema.safeParse(data);
    if (parsed.success) return { kind: 'command', command: parsed.data };
    const issue = parsed.error.issues[0];
    return `$.${issue?.path.join('.')}: ${issue?.message}`;
  }

  #open(grant: string): Instruction | string {
    try {
      return { kind: 'grant', claims: openGrant(grant, this.#controllerKey) };
    } catch (error) {
      return describeError(error);
    }
  }
}
