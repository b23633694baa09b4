// What controller and agents say to each other over MQTT: the agent's record (retained), the commands of a Move, and
// their answers. Every command done twice equals once: an agent answers a repeated command with what it has done.
import * as z from 'zod';

export const MAX_AGENT_PAYLOAD_BYTES = 256 * 1024;
export const MAX_WORKLOADS_PER_SLED = 256;

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'expected a name of letters, digits, _ . - (1 to 63)');
const resources = z.record(z.string().max(32), z.number().min(0));

/**
 * What is done about a sled that may run a copy of it and does not answer: `power` cuts its slot, with all that runs
 * there; `wait` never does, the Move stays undecided and says so.
 */
const fencePolicy = z.enum(['power', 'wait']).default('wait');

const timeOfDay = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'expected a time of day, HH:MM');

/** When the planner may move it, by the controller's local time; over midnight when `to` is not after `from`. [] = always. */
const moveWindows = z
  .array(
    z.strictObject({
      /** 0 = Sunday … 6; the day on which the window begins. */
      days: z.array(z.int().min(0).max(6)).min(1).default([0, 1, 2, 3, 4, 5, 6]),
      from: timeOfDay,
      to: timeOfDay,
    }),
  )
  .max(16)
  .default([]);

/** A directory of state, named relative to the workload; what a service is started with and may be moved with. */
export const serviceSpecSchema = z.strictObject({
  id: name,
  command: z.string().min(1).max(1024),
  args: z.array(z.string().max(4096)).max(64).default([]),
  environment: z.record(z.string().max(128), z.string().max(4096)).default({}),
  /** SIGTERM, then this long to end; a service that does not end is started again and the Move undone. */
  stopDeadlineMs: z.int().min(10).max(600_000).default(10_000),
  /** Run after the start, with the service's environment; exit status 0 = healthy. Empty: running is healthy. */
  health: z.array(z.string().max(4096)).max(64).default([]),
  healthDeadlineMs: z.int().min(10).max(600_000).default(10_000),
  demand: resources.default({}),
  moveCostJ: z.number().min(0).default(500),
  pinned: z.boolean().default(false),
  /** Slot numbers it may run in; null = all. */
  allowedSlots: z.array(z.int()).nullable().default(null),
  fence: fencePolicy,
  moveWindows,
});

export const agentWorkloadSchema = z.strictObject({
  id: name,
  kind: z.enum(['service', 'container', 'vm']),
  /** `probation`: started by a thaw, not committed. `handed-over`: frozen and shipped, waiting for the fence. */
  state: z.enum(['running', 'stopped', 'frozen', 'probation', 'failed']),
  epoch: z.int().min(0),
  /** Open Move it takes part in. */
  move: z.string().max(64).nullable(),
  demand: resources,
  /** Cores used, mean of the last interval. */
  cpuRatio: z.number().min(0),
  memoryBytes: z.number().min(0),
  stateBytes: z.number().min(0),
  moveCostJ: z.number().min(0),
  pinned: z.boolean(),
  allowedSlots: z.array(z.int()).nullable(),
  fence: fencePolicy,
  moveWindows,
});

export const agentStatusSchema = z.strictObject({
  sled: name,
  /** Slot it was told it sits in; the FRU's serial decides where there is one. */
  slot: z.int().nullable(),
  state: z.enum(['online', 'offline']),
  version: z.string().max(32),
  drivers: z.array(z.string().max(32)).max(8),
  capacities: resources,
  /** Where other agents reach it for bulk data; null while it has no listener. */
  bulk: z.strictObject({ host: z.string().max(255), port: z.int().min(1).max(65_535) }).nullable(),
  workloads: z.array(agentWorkloadSchema).max(MAX_WORKLOADS_PER_SLED),
  /** Measured Moves its own price model rests on. */
  models: z.strictObject({
    moveSamples: z.int().min(0),
    meanFreezeMs: z.number().min(0),
    meanBytesPerS: z.number().min(0),
  }),
  at: z.string().max(40),
  seq: z.int().min(0),
});

/**
 * The verbs an agent carries out, all idempotent per (move, verb):
 * `stage` destination: reserve room, take the spec · `freeze` source: stop, keep the copy · `ship` source: send the
 * state to `peer` · `thaw` destination: start on probation, health check, pause · `commit` destination: owner of
 * `epoch`, run · `fence` source: drop the copy, never run below `epoch` again · `abort` destination: stop and forget ·
 * `resume` source: run the kept copy again · `query` either: what do you know of this Move.
 */
export const agentVerbSchema = z.enum([
  'stage',
  'freeze',
  'ship',
  'thaw',
  'commit',
  'fence',
  'abort',
  'resume',
  'query',
]);

export const agentCommandSchema = z.strictObject({
  move: name,
  workload: name,
  /** The destination's epoch: the source's plus one or more. */
  epoch: z.int().min(1),
  verb: agentVerbSchema,
  /** ISO 8601; a command that arrives later is refused. */
  deadline: z.string().max(40),
  ticket: z.string().max(2048),
  /** `stage`: what will come. */
  spec: serviceSpecSchema.nullable(),
  /** `thaw`: the copy on probation ends by itself this long after its start, unless it is committed. */
  leaseMs: z.int().min(100).max(3_600_000).nullable().default(null),
  /** `ship`: the destination's bulk address. */
  peer: z.strictObject({ host: z.string().max(255), port: z.int().min(1).max(65_535) }).nullable(),
});

export const agentEventSchema = z.strictObject({
  move: name,
  workload: name,
  epoch: z.int().min(0),
  verb: agentVerbSchema,
  deadline: z.string().max(40),
  ticket: z.string().max(2048),
  sled: name,
  outcome: z.enum(['done', 'failed', 'progress']),
  /** Why it failed, in words. */
  error: z.string().max(400).nullable(),
  /** `spec` answers `query` and `freeze` at the source; bytes and digest (sha256 hex) answer `ship` and `thaw`. */
  spec: serviceSpecSchema.nullable(),
  bytes: z.number().min(0),
  digest: z.string().max(128).nullable(),
  /** What the agent's durable record says of the workload: none, or its role in this Move. */
  record: z.enum([
    'none',
    'running',
    'staged',
    'frozen',
    'shipped',
    'received',
    'probation',
    'committed',
    'fenced',
    'failed',
  ]),
  at: z.string().max(40),
});

export type ServiceSpec = z.output<typeof serviceSpecSchema>;
export type AgentWorkload = z.output<typeof agentWorkloadSchema>;
export type AgentStatus = z.output<typeof agentStatusSchema>;
export type AgentVerb = z.output<typeof agentVerbSchema>;
export type AgentCommand = z.output<typeof agentCommandSchema>;
export type AgentEvent = z.output<typeof agentEventSchema>;
