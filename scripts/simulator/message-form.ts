// Messages are handed over as objects; here one is taken through JSON and its schema, as it would be on the wire.
import assert from 'node:assert/strict';
import {
  agentCommandSchema,
  agentEventSchema,
  agentStatusSchema,
  type AgentCommand,
} from '../../src/protocols/agent-messages.ts';
import { floorsAskSchema } from '../../src/protocols/floors.ts';
import type { ToController } from './agent-parts.ts';

/** @throws Error when it does not come out as it went in */
export function checkForm(message: ToController | { readonly kind: 'command'; readonly command: AgentCommand }): void {
  switch (message.kind) {
    case 'command':
      return comesBack(message.command, (data) => agentCommandSchema.parse(data));
    case 'answer':
      return comesBack(message.event, (data) => agentEventSchema.parse(data));
    case 'asked':
      return comesBack(message.ask, (data) => floorsAskSchema.parse(data));
    case 'status':
      return comesBack(message.status, (data) => agentStatusSchema.parse(data));
  }
}

function comesBack(message: unknown, parse: (data: unknown) => unknown): void {
  assert.deepEqual(parse(JSON.parse(JSON.stringify(message))), message);
}
