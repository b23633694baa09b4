// Tickets without the signatures: what the controller handed out is known here, whatever else turns up is forged.
import { sideOf, whyTicketRefuses } from '../../src/agent/machine/decide.ts';
import type { MovePlan } from '../../src/moves/move.ts';
import type { AgentCommand } from '../../src/protocols/agent-messages.ts';
import type { TicketClaims } from '../../src/protocols/ticket.ts';

export const CHASSIS = 'simulated';

export type Opened = TicketClaims | { readonly refused: string };
type Asked = Pick<AgentCommand, 'move' | 'workload' | 'epoch' | 'verb' | 'ticket'>;

export class Tickets {
  readonly #issued = new Map<string, TicketClaims>();

  of(plan: MovePlan): string {
    const { id: move, workload, epoch, fromSled: from, toSled: to } = plan;
    const ticket = `${move}:${epoch}`;
    if (!this.#issued.has(ticket)) this.#issued.set(ticket, { chassis: CHASSIS, move, workload, epoch, from, to });
    return ticket;
  }

  open(ticket: string): Opened {
    return this.#issued.get(ticket) ?? { refused: 'the signature is not the controller’s' };
  }

  /** Tickets that were handed out, for those who collect them. */
  issued(): string[] {
    return [...this.#issued.keys()];
  }

  /** Whether the command may be acted on, as far as its ticket goes. */
  allows(command: Asked, sled: string): boolean {
    const claims = this.open(command.ticket);
    return !('refused' in claims) && whyTicketRefuses(claims, command, CHASSIS, sled) === null;
  }
}

export { sideOf };
