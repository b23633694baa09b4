// Composition of the controller: guardian, agents, planner, Moves and surfaces, wired once, ended in order.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino, type Logger } from 'pino';
import type { Board } from '../board/schema.ts';
import { realClock } from '../core/clock.ts';
import { ColdslotError, describeError } from '../core/errors.ts';
import type { Bus, BusMessage } from '../core/ports.ts';
import { MAX_AGENT_PAYLOAD_BYTES, agentStatusSchema } from '../protocols/agent-messages.ts';
import { allAgents, topicsOf } from '../protocols/topics.ts';
import { startControlServer } from '../surfaces/console/control-server.ts';
import { startBroker, type Broker } from '../surfaces/mqtt/broker.ts';
import { openMqtt } from '../surfaces/mqtt/connection.ts';
import { MqttPublisher, statusPayload } from '../surfaces/mqtt/publisher.ts';
import type { ChassisSource } from '../surfaces/source.ts';
import { Chassis } from './chassis.ts';
import { GuardianClient } from './guardian-client.ts';
import { openJournalFile } from './journal-file.ts';
import { ModelTracker } from './model-tracker.ts';
import { MoveQueue } from './move-queue.ts';
import { Mover } from './mover.ts';
import { operatorCall } from './operator-calls.ts';
import { PlannerClient } from './planner-client.ts';
import { DEFAULT_POLICY } from './planner-policy.ts';
import { DEFAULT_PLANNING, Planning } from './planning.ts';
import { openTicketKey } from './ticket-key.ts';

export const VERSION = '0.1.0';

export interface ControllerOptions {
  readonly board: Board;
  readonly chassis: string;
  readonly guardianSocket: string;
  readonly controlSocket: string;
  /** Journal and keys. */
  readonly stateDirectory: string;
  readonly broker: { readonly kind: 'embedded'; readonly port: number } | { readonly kind: 'external'; readonly url: string };
  readonly movesAllowed: boolean;
  /** Plant time per real time; only the planner's policy counts in plant time. */
  readonly speed: number;
}

export interface RunningController {
  readonly addresses: { readonly mqtt: string; readonly control: string; readonly agentKeyFile: string };
  close(): Promise<void>;
}

/** Moves under way at once when the planner starts them. */
const MOVES_AT_ONCE = 2;
