// What the controller says to agents: the commands of Moves, with a deadline, a ticket, and for `ship` the way to the
// peer; and the floors of a sled that has booted, signed.
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import type { Bus } from '../core/ports.ts';
import { sledAt, type MovePlan, type Send } from '../moves/move.ts';
import type { AgentCommand, AgentStatus } from '../protocols/agent-messages.ts';
import { signGrant, type FloorsGrant } from '../protocols/floors.ts';
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
  send(move: MovePlan, { end, verb, spec, validMs, leaseMs }: Send): void {
    const { bus, clock, sleds } = this.#options;
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
      leaseMs,
      peer,
    };
    const topic = topicsOf(this.#options.chassis).agentCommand(sledAt(move, end));
    this.#publish(topic, command, `${verb} of Move ${move.id}`);
  }

  /** The answer to a sled that has booted; it asks again when this does not arrive. */
  grant(sled: string, boot: string, floors: Readonly<Record<string, number>>): void {
    const { chassis, bus, ticketKey } = this.#options;
    if (!bus.connected()) return;
    const claims = { purpose: 'floors', chassis, sled, boot, floors } as const;
    const grant: FloorsGrant = { kind: 'floors-grant', grant: signGrant(claims, ticketKey) };
    this.#publish(topicsOf(chassis).agentGrant(sled), grant, `the floors for ${sled}`);
  }

  #publish(topic: string, message: AgentCommand | FloorsGrant, what: string): void {
    const { bus, log } = this.#options;
    bus.publish(topic, JSON.stringify(message), { qos: 1 }).catch((error: unknown) => {
      log.warn(`${what}: not sent: ${describeError(error)}`);
    });
  }

  #ticketOf(move: MovePlan): string {
    const { chassis, ticketKey } = this.#options;
    const { id, workload, epoch, fromSled, toSled } = move;
    return signTicket({ chassis, move: id, workload, epoch, from: fromSled, to: toSled }, ticketKey);
  }
}
