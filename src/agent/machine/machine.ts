// The vocabulary of the agent's machine: step(state, event) → {state, effects}. It decides everything; the shell only
// carries effects and reports what came of them. Times are the sled's monotonic milliseconds unless a name says wall.
import type { AgentCommand, AgentEvent, ServiceSpec } from '../../protocols/agent-messages.ts';
import type { FloorsAsk } from '../../protocols/floors.ts';
import type { TicketClaims } from '../../protocols/ticket.ts';
import type { ProcessId, WorkloadRecord } from '../records/workload-record.ts';

/** What a sled is and what it was told, constant for the life of the process. */
export interface AgentSettings {
  readonly chassis: string;
  readonly sled: string;
  /** Names this boot of the sled (Linux: /proc/sys/kernel/random/boot_id). */
  readonly boot: string;
  readonly capacities: Readonly<Record<string, number>>;
  /** Services that are started at epoch 1 when nothing is known of them and their floor allows it. */
  readonly configured: readonly ServiceSpec[];
}

/** What the disk holds when the agent starts. */
export interface AgentDisk {
  readonly records: readonly WorkloadRecord[];
  /** The boot for which floors were granted last; null when never. */
  readonly grantedBoot: string | null;
}

/** What a driver is asked to do with a workload's copy. One at a time for a workload; each is reported by its token. */
export type DriverOp =
  /** Take over the process of the record if it lives, else start one, and keep it up from now on. */
  | { readonly kind: 'start'; readonly spec: ServiceSpec; readonly epoch: number; readonly found: ProcessId | null }
  /** SIGTERM, SIGKILL after the deadline, confirmed dead. Result `late`: it had to be killed. */
  | { readonly kind: 'stop'; readonly deadlineMs: number }
  /** Every process of the workload that this sled has, of whatever epoch: confirmed dead. */
  | { readonly kind: 'kill' }
  /** Start the copy, wait until it is healthy, pause it. It never outlives `leaseMs`, whatever becomes of the agent. */
  | { readonly kind: 'try'; readonly spec: ServiceSpec; readonly epoch: number; readonly leaseMs: number }
  /** The paused copy runs on and is kept up. */
  | { readonly kind: 'release'; readonly spec: ServiceSpec; readonly epoch: number; readonly found: ProcessId | null }
  /** Lets the service run on without this agent, which ends. */
  | { readonly kind: 'leave' }
  /** Make an empty state directory, durably, for a service that begins its life here. */
  | { readonly kind: 'prepare'; readonly epoch: number }
  /** Whether the sled can take it: command there, disk room. */
  | { readonly kind: 'check'; readonly spec: ServiceSpec }
  /** Send the state of `epoch` to the peer. */
  | { readonly kind: 'send'; readonly epoch: number; readonly command: AgentCommand }
  /** Delete the states of all epochs but these. Never fails the verb. */
  | { readonly kind: 'clean'; readonly kept: readonly number[] };

export type DriverResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'started'; readonly process: ProcessId | null }
  | { readonly kind: 'sent'; readonly bytes: number; readonly digest: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'failed'; readonly error: string };

export interface BulkOffer {
  readonly move: string;
  readonly workload: string;
  readonly epoch: number;
}

export type AgentInput =
  /** `claims`: of a ticket whose signature is good, or why it is not. */
  | {
      readonly kind: 'command';
      readonly atMs: number;
      readonly wallMs: number;
      readonly command: AgentCommand;
      readonly claims: TicketClaims | { readonly refused: string };
    }
  /** A signed grant for this boot, opened. */
  | {
      readonly kind: 'floors';
      readonly atMs: number;
      readonly boot: string;
      readonly floors: Readonly<Record<string, number>>;
    }
  /** The bus is connected (again). */
  | { readonly kind: 'connected'; readonly atMs: number }
  | { readonly kind: 'written'; readonly atMs: number; readonly token: number; readonly error: string | null }
  | { readonly kind: 'driver'; readonly atMs: number; readonly token: number; readonly result: DriverResult }
  /** What `send` reports on its way. */
  | { readonly kind: 'progress'; readonly atMs: number; readonly token: number; readonly bytes: number }
  /** Another agent wants to send state. `claims` as for commands. The shell names it by a token below zero. */
  | {
      readonly kind: 'offer';
      readonly atMs: number;
      readonly token: number;
      readonly offer: BulkOffer;
      readonly claims: TicketClaims | { readonly refused: string };
    }
  /** All of it is here, verified and durable as files. */
  | {
      readonly kind: 'received';
      readonly atMs: number;
      readonly token: number;
      readonly bytes: number;
      readonly digest: string;
    }
  /** A transfer that was let in is over, with or without success: its files are complete or gone. */
  | { readonly kind: 'offer-ended'; readonly atMs: number; readonly token: number }
  /** A kept-up service was started again by its driver, or is down (null); also the copy of a `try` once it is started. */
  | {
      readonly kind: 'process';
      readonly atMs: number;
      readonly workload: string;
      readonly epoch: number;
      readonly process: ProcessId | null;
    }
  | { readonly kind: 'timer'; readonly atMs: number; readonly timer: string }
  | { readonly kind: 'ending'; readonly atMs: number; readonly services: 'leave' | 'stop' };

export type AgentEffect =
  /** Durable, replacing the record before it; reported by `written`. Writes of one workload are carried out in order. */
  | { readonly kind: 'write'; readonly token: number; readonly record: WorkloadRecord }
  /** Floors of this boot are known: durable, reported by `written`. */
  | { readonly kind: 'write-boot'; readonly token: number; readonly boot: string }
  | { readonly kind: 'tell'; readonly event: Omit<AgentEvent, 'at'> }
  | { readonly kind: 'ask-floors'; readonly ask: FloorsAsk }
  | { readonly kind: 'driver'; readonly token: number; readonly workload: string; readonly op: DriverOp }
  /** Makes a `send`, a `try` or a transfer give up as soon as it can; it is still reported. */
  | { readonly kind: 'cancel'; readonly token: number }
  | { readonly kind: 'admit'; readonly token: number; readonly answer: OfferAnswer }
  /** To the sender, when the record is durable. */
  | { readonly kind: 'bulk-done'; readonly token: number; readonly error: string | null }
  /** What a Move has cost this sled, for the price it asks for the next. */
  | { readonly kind: 'measured'; readonly freezeMs: number; readonly bytes: number; readonly shipMs: number }
  /** One timer by name; replaces the one of that name. Null = cancel. */
  | { readonly kind: 'timer'; readonly timer: string; readonly delayMs: number | null }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
  /** Something the sled's published record shows has changed. */
  | { readonly kind: 'changed' }
  /** In answer to `ending`: nothing is under way any more. */
  | { readonly kind: 'ended' };

export type OfferAnswer =
  | { readonly kind: 'take'; readonly epoch: number }
  /** It was received before. */
  | { readonly kind: 'have'; readonly bytes: number; readonly digest: string }
  | { readonly kind: 'refuse'; readonly error: string };
