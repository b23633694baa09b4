// What the parts of the agent share: its configuration and the outside that is handed in.
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import type { Identity } from '../../protocols/tls-identity.ts';
import type { AgentConfig } from '../config.ts';
import type { MoveModels } from '../move-models.ts';
import type { BootStore } from '../records/boot-store.ts';
import type { RecordStore } from '../records/record-store.ts';

/** The part of a pino logger that is used. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface AgentContext {
  readonly config: AgentConfig;
  readonly controllerKey: KeyObject;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity?: Identity | null;
  readonly records: RecordStore;
  readonly boots: BootStore;
  /** Names this boot of the sled. */
  readonly boot: string;
  readonly models: MoveModels;
  readonly log: Log;
  /** Something that the agent's record shows has changed. */
  readonly changed: () => void;
}
