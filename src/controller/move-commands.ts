// The commands of Moves on their way to the agents: with a deadline, a ticket, and for `ship` the way to the peer.
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import type { Bus } from '../core/ports.ts';
import { sledAt, type MovePlan, type Send } from '../moves/move.ts';
import type { AgentCommand, AgentStatus } from '../protocols/agent-messages.ts';
import { signTicket } from '../protocols/ticket.ts';
import { topicsOf } from '../protocols/topics.ts';

export interface CommandOptions {
  readonly chassis: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly ticketKey: KeyObject;
  readonly sleds: { status(sled: string): AgentStatus | null };
  readonly log: { warn(text: string): void };
}

export class MoveCommands {
  readonly #options: CommandOptions;

  constructor(options: CommandOptions) {
    this.#options = options;
  }

  /** What cannot be sent now is not queued: the Move's own timer sends it again, with a deadline that still holds. */
  send(move: MovePlan, { end, verb, spec, validMs }: Send): void {
    const { chassis, bus, clock, sleds, log } = this.#options;
    if (!bus.connected()) return;
    const peer = verb === 'ship' ? (sleds.status(move.toSled)?.bulk ?? null) : null;
    if (verb === 'ship' && peer === null) return;
    const command: AgentCommand = {
      move: move.id,
      workload: move.workload,
      epoch: move.epoch,
      verb,
      deadline: new Date(clock.wall().getTime() + validMs).toISOString(),
      ticket: this.#ticketOf(move),
      spec,
      leaseMs: null,
      peer,
    };
    const topic = topicsOf(chassis).agentCommand(sledAt(move, end));
    bus.publish(topic, JSON.stringify(command), { qos: 1 }).catch((error: unknown) => {
      log.warn(`${verb} of Move ${move.id} was not sent: ${describeError(error)}`);
    });
  }

  #ticketOf(move: MovePlan): string {
    const { chassis, ticketKey } = this.#options;
    const { id, workload, epoch, fromSled, toSled } = move;
    return signTicket({ chassis, move: id, workload, epoch, from: fromSled, to: toSled }, ticketKey);
  }
}
