// What the Mover is given.
import type { KeyObject } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Bus, Journal } from '../core/ports.ts';
import type { Ledger } from '../moves/ledger.ts';
import type { MovePolicy } from '../moves/policy.ts';
import type { AgentStatus } from '../protocols/agent-messages.ts';
import type { MoveLimits } from '../moves/admission.ts';
import type { PowerRoom } from '../moves/control.ts';

/** What is known of the sleds' agents. */
export interface SledDirectory {
  /** The agent's last record; null when none was ever seen. */
  status(sled: string): AgentStatus | null;
  /** Calls back when an agent has come online, also after a restart, until the returned function is called. */
  onOnline(listener: (sled: string) => void): () => void;
}

export interface MoverLog {
  info(text: string): void;
  warn(text: string): void;
}

export interface MoverOptions {
  /** The chassis id in topics. */
  readonly chassis: string;
  readonly bus: Bus;
  /** Real time: Moves act on real processes. */
  readonly clock: Clock;
  readonly journal: Journal;
  /** What the journal said when it was opened. */
  readonly ledger: Ledger;
  /** Signs the tickets. */
  readonly ticketKey: KeyObject;
  readonly sleds: SledDirectory;
  readonly log: MoverLog;
  readonly limits?: MoveLimits;
  /** Power that a slot has to spare; null where it has no cap. Without it caps are the planner's business alone. */
  readonly powerRoom?: (slot: number) => PowerRoom | null;
  readonly policy?: MovePolicy;
  /** Cuts or gives a slot's power. @throws when it was not done. Without it no slot is ever cut. */
  readonly switchPower?: (slot: number, on: boolean) => Promise<void>;
}
