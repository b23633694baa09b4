// What an agent is given to live with, and what it says to the controller.
import type { AgentEvent, AgentStatus } from '../../src/protocols/agent-messages.ts';
import type { FloorsAsk } from '../../src/protocols/floors.ts';
import type { BulkParts } from './bulk.ts';
import type { EventQueue } from './event-queue.ts';
import type { History } from './history.ts';
import type { Machines } from './machines.ts';
import type { Network } from './network.ts';
import type { Sled } from './sled.ts';
import type { Tickets } from './tickets.ts';
import type { Watch } from './watch.ts';
import type { Weather } from './weather.ts';

export type ToController =
  | { readonly kind: 'answer'; readonly event: AgentEvent }
  | { readonly kind: 'asked'; readonly ask: FloorsAsk }
  | { readonly kind: 'status'; readonly status: AgentStatus };

export interface AgentParts {
  readonly queue: EventQueue;
  readonly weather: Weather;
  readonly history: History;
  readonly network: Network;
  readonly watch: Watch;
  readonly tickets: Tickets;
  readonly sled: Sled;
  readonly slot: number;
  readonly machines: Machines;
  readonly bulk: BulkParts;
  readonly tell: (message: ToController) => void;
  /** Killed by the weather: somebody starts it again. */
  readonly fell: () => void;
}
