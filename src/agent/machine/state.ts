// What the agent's machine remembers: for each workload its record, the job that acts on it and the tasks that wait.
// Plain data. A job is a list of steps; it waits for one result at a time, and one job at a time acts on a workload.
import type { AgentCommand, ServiceSpec } from '../../protocols/agent-messages.ts';
import type { EndedMove, ProcessId, Role, WorkloadRecord } from '../records/workload-record.ts';
import type { BulkOffer, DriverOp, DriverResult } from './machine.ts';

/** What is to be done with a workload when its turn comes. */
export type Task =
  | {
      readonly kind: 'command';
      readonly command: AgentCommand;
      /** The Move's source, from the ticket. */
      readonly from: string;
      readonly atMs: number;
      readonly wallMs: number;
      /** Its Move was undone meanwhile. */
      readonly cancelled: boolean;
    }
  /** Takes up what the record says, or starts a configured service. */
  | { readonly kind: 'recover' }
  /** A copy that was thawed for this Move and not committed in time. */
  | { readonly kind: 'end-probation'; readonly move: string }
  /** Writes down which process it is now. */
  | { readonly kind: 'note' }
  | { readonly kind: 'offer'; readonly token: number; readonly offer: BulkOffer }
  | { readonly kind: 'received'; readonly token: number; readonly bytes: number; readonly digest: string }
  | { readonly kind: 'end'; readonly services: 'leave' | 'stop' };

/** One step of a job. Those that name an effect wait for its result; the others happen at once. */
export type Step =
  /** Waits until no earlier stage is under way on this sled. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'room'; readonly spec: ServiceSpec }
  | { readonly kind: 'driver'; readonly op: DriverOp }
  /** What is kept up is stopped; nothing to do when nothing is. `inTime`: to have to kill it is a failure. */
  | { readonly kind: 'stop'; readonly deadlineMs: number; readonly inTime: boolean }
  /** Keeps it up from now on, unless it is kept up already. */
  | {
      readonly kind: 'start';
      readonly spec: ServiceSpec;
      readonly epoch: number;
      readonly found: ProcessId | null;
      readonly paused: boolean;
    }
  | { readonly kind: 'try'; readonly spec: ServiceSpec; readonly epoch: number; readonly leaseMs: number }
  | { readonly kind: 'send'; readonly epoch: number; readonly command: AgentCommand }
  /** The role with what the step before resulted in: its process, or bytes and digest. `orLog`: failing is only told. */
  | {
      readonly kind: 'write';
      readonly role: Role;
      readonly end: EndedMove | null;
      readonly floor: number;
      readonly orLog: boolean;
    }
  | { readonly kind: 'clean' }
  /** The floor of this boot is durable. */
  | { readonly kind: 'settled' }
  /** From here on times are taken. */
  | { readonly kind: 'mark' }
  | { readonly kind: 'froze' }
  | { readonly kind: 'measure' }
  /** Ends the copy when the lease that began at the mark is over. */
  | { readonly kind: 'arm'; readonly leaseMs: number }
  | { readonly kind: 'disarm' }
  /** Waits until no transfer comes in. */
  | { readonly kind: 'no-transfer' }
  | { readonly kind: 'admit' };

/** What a job does, and what it does instead once a step from `repairFrom` on has failed. */
export interface Script {
  readonly steps: readonly Step[];
  readonly repairFrom: number;
  readonly repair: readonly Step[];
}

export interface Job extends Script {
  readonly task: Task;
  /** Index of the step that is waited for, or next. */
  readonly next: number;
  /** Of the effect it waits for; null: none. */
  readonly token: number | null;
  /** Why it fails; the repair may be under way. */
  readonly error: string | null;
  readonly result: DriverResult | null;
  readonly cancelled: boolean;
  readonly markMs: number;
  readonly toldMs: number;
}

/** Whether the floor of this boot is known: `granted` is not durable yet. */
export type FloorState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'granted'; readonly floor: number }
  | { readonly kind: 'durable' };

/** One workload as this sled has it. */
export interface Local {
  readonly id: string;
  /** What was last known to be durable. */
  readonly record: WorkloadRecord | null;
  readonly writing: readonly { readonly token: number; readonly record: WorkloadRecord }[];
  readonly floor: FloorState;
  /** Epoch at which it is kept up here by its driver. */
  readonly up: number | null;
  readonly process: ProcessId | null;
  readonly job: Job | null;
  readonly queue: readonly Task[];
  /** State that is coming in. */
  readonly incoming: { readonly token: number; readonly offer: BulkOffer } | null;
  /** How long the last freeze took; null when it was before a restart. */
  readonly freezeMs: number | null;
}

export interface AgentState {
  /** Whether floors were granted in this boot: before that, nothing is taken up and nothing is taken in. */
  readonly granted: boolean;
  /** The boot that the disk says was granted, as far as is known. */
  readonly durableBoot: string | null;
  readonly bootToken: number | null;
  readonly asking: { readonly sinceMs: number; readonly told: boolean } | null;
  readonly locals: ReadonlyMap<string, Local>;
  /** Workloads that are being staged; the first has its turn. */
  readonly staging: readonly string[];
  readonly nextToken: number;
  readonly ending: 'leave' | 'stop' | 'ended' | null;
  /** Commands that came before the floors. */
  readonly dropped: number;
}
