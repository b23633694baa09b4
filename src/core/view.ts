// The view of the chassis that every surface reads: MQTT, CLI and the terminal show these records as they are, and
// compute no state of their own. Keys are those of the MQTT topics.
import type { Plan } from './plan.ts';

export interface SledView {
  readonly id: string;
  readonly model: string;
  readonly power: 'on' | 'off' | 'unknown';
}

/** The temperature `inS` seconds from now if the work stays what it is; 9 of 10 lie between lowC and highC. */
export interface SlotPrediction {
  readonly inS: number;
  readonly temperatureC: number;
  readonly lowC: number;
  readonly highC: number;
}

export interface SlotView {
  readonly slot: number;
  readonly sled: SledView | null;
  readonly temperatureC: number | null;
  /** Limit minus temperature; negative when over. */
  readonly marginK: number | null;
  readonly inletC: number | null;
  readonly powerW: number | null;
  readonly state: 'ok' | 'warm' | 'hot' | 'unknown';
  /** Why the state is what it is, or why there is no temperature; null when all is well. */
  readonly reason: string | null;
  /** Null while nothing can be predicted: no sled, no reading, no power measured. */
  readonly prediction: SlotPrediction | null;
}

/** The reason of a slot that a leak has cut, or whose power cannot be cut. */
export const LEAK_REASON = { cut: 'leak, power cut', cutting: 'leak, its power is not off yet' } as const;

export function hasLeak({ reason }: Pick<SlotView, 'reason'>): boolean {
  return reason === LEAK_REASON.cut || reason === LEAK_REASON.cutting;
}

export interface FanView {
  readonly id: string;
  /** Commanded speed, 0..1. */
  readonly ratio: number;
  /** One figure a tachometer; null where it cannot be read. */
  readonly rpm: readonly (number | null)[];
  readonly state: 'ok' | 'degraded' | 'failed' | 'absent';
}

export type SensorState = 'ok' | 'warning' | 'critical' | 'absent' | 'timeout' | 'fault';

export interface SensorView {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly state: SensorState;
}

export interface ZoneView {
  readonly id: string;
  readonly mode: 'startup' | 'control' | 'failsafe' | 'manual';
  readonly ratio: number;
  /** The sensor with the worst margin, which sets the speed. */
  readonly leadingSensor: string | null;
  readonly worstMarginK: number | null;
}

export type WorkloadKind = 'service' | 'container' | 'vm';
export type WorkloadState = 'running' | 'stopped' | 'frozen' | 'moving' | 'failed' | 'lost';

export interface WorkloadView {
  readonly id: string;
  readonly kind: WorkloadKind;
  readonly slot: number;
  readonly state: WorkloadState;
  readonly epoch: number;
  readonly powerW: number;
  readonly cpuRatio: number;
  readonly memoryBytes: number;
  readonly pinned: boolean;
}

export type MoveStateName =
  | 'planned'
  | 'staged'
  | 'frozen'
  | 'shipped'
  | 'thawed'
  | 'committed'
  | 'claimed'
  | 'fenced'
  | 'done'
  | 'undoing'
  | 'undone';

export type MoveTrigger = 'plan' | 'operator' | 'drain';

export interface MoveView {
  readonly id: string;
  readonly workload: string;
  readonly from: number;
  readonly to: number;
  readonly trigger: MoveTrigger;
  readonly state: MoveStateName;
  readonly epoch: number;
  readonly progress: { readonly bytes: number; readonly rounds: number };
  /** From the freeze to the commit; null while it has not come to that. */
  readonly downtimeMs: number | null;
  readonly error: string | null;
  /** ISO 8601, of the last change. */
  readonly at: string;
}

/** Whether it is still under way; `undoing` is. */
export function isOpenMove(move: Pick<MoveView, 'state'>): boolean {
  return move.state !== 'done' && move.state !== 'undone';
}

export type Severity = 'info' | 'warning' | 'critical';

/** One record of the event log. `code` is stable for programs, `text` is for people. */
export interface EventRecord {
  readonly id: number;
  readonly at: string;
  readonly severity: Severity;
  /** What it is about: `slot/3`, `fan/fan0`, `move/12`, `guardian`. */
  readonly source: string;
  readonly code: string;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AgentView {
  readonly sled: string;
  readonly slot: number | null;
  readonly state: 'online' | 'offline';
  readonly version: string;
}

export interface ChassisView {
  readonly chassis: string;
  readonly name: string;
  readonly board: string;
  readonly version: string;
  readonly startedAt: string;
  readonly at: string;
  readonly ambientC: number | null;
  readonly guardian: 'connected' | 'lost';
  readonly movesAllowed: boolean;
  readonly zones: readonly ZoneView[];
  readonly slots: readonly SlotView[];
  readonly fans: readonly FanView[];
  readonly sensors: readonly SensorView[];
  readonly workloads: readonly WorkloadView[];
  readonly agents: readonly AgentView[];
  /** The last Plan, with workload and slot ids of the instance: a slot's id is its number in decimal. */
  readonly plan: Plan | null;
  /** Open moves first, then the most recent closed ones. */
  readonly moves: readonly MoveView[];
  /** The last events, oldest first. */
  readonly events: readonly EventRecord[];
  readonly layout: readonly { readonly slot: number; readonly row: number; readonly column: number }[];
}
