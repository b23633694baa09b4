// A scenario: which sleds and workloads a simulated chassis starts with, what happens to it when, and what should come
// of it. hwsim/scenarios/*.json, format `coldslot-scenario/1`. Times are plant seconds since the start.
import * as z from 'zod';
import type { ScenarioAction } from './contract.ts';
import { parseInput, readInput } from './json-input.ts';
import { checkCourse } from './scenario/course-check.ts';

/** Workloads are real processes on the machine that simulates: what they may burn together, and each. */
export const MAX_TOTAL_CORES = 0.7;
export const MAX_WORKLOAD_CORES = 0.1;

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'expected a name of letters, digits, _ . - (1 to 63)');
const slot = z.int().min(0).max(255);
const cores = z.number().min(0).max(MAX_WORKLOAD_CORES);
const seconds = z.number().min(0).max(86_400);
const share = z.number().min(0).max(1);
const resources = z.strictObject({ cpu: z.number().min(0), memoryGiB: z.number().min(0) });

const workloadSchema = z.strictObject({
  id: name,
  /** Real CPU it burns from the start, in cores; what is measured × wattsPerCore heats its slot. */
  cores,
  /** Real memory it holds. */
  memoryMiB: z.number().min(0).max(64),
  demand: resources,
  moveCostJ: z.number().min(0),
  pinned: z.boolean(),
  allowedSlots: z.array(slot).min(1).nullable(),
});

const sledSchema = z.strictObject({
  slot,
  id: name,
  model: z.string().min(1).max(64),
  capacity: resources,
  workloads: z.array(workloadSchema).max(16),
  /** Whether an agent runs on it. Without one it is there and warm, and nothing moves to it. */
  agent: z.boolean().default(true),
});

/** What a step does; also what can be done by hand to a running simulation. */
export const actionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('load'), workload: name, cores }),
  z.strictObject({ kind: z.literal('block-slot'), slot, openness: share }),
  z.strictObject({ kind: z.literal('ambient'), ambientC: z.number().min(-20).max(60) }),
  z.strictObject({
    kind: z.literal('fan-health'),
    fan: name,
    rotor: z.int().min(0).max(3).nullable(),
    factor: share,
  }),
  z.strictObject({ kind: z.literal('sensor-stuck'), sensor: name }),
  z.strictObject({ kind: z.literal('device-nack'), device: name }),
  z.strictObject({ kind: z.literal('bus-hung'), bus: name }),
  z.strictObject({
    kind: z.literal('bus-noise'),
    bus: name,
    share,
    faults: z
      .array(z.enum(['corrupt', 'pec', 'nack', 'arbitration']))
      .min(1)
      .max(4)
      .readonly(),
  }),
  z.strictObject({ kind: z.literal('bus-held'), bus: name, pulses: z.int().min(1).max(100) }),
  z.strictObject({ kind: z.literal('mux-stuck'), mux: name, channel: z.int().min(0).max(7) }),
  z.strictObject({ kind: z.literal('chip-swapped'), device: name, chip: name }),
  z.strictObject({ kind: z.literal('device-slow'), device: name, delayMs: z.number().min(0).max(10_000) }),
  z.strictObject({ kind: z.literal('sled-unplug'), slot }),
  z.strictObject({ kind: z.literal('line-noise'), bus: name, rate: share }),
  z.strictObject({ kind: z.literal('coolant-leak'), device: name }),
  z.strictObject({ kind: z.literal('heal'), name }),
  z.strictObject({ kind: z.literal('leak'), place: z.union([slot, name]), wet: z.boolean() }),
  z.strictObject({ kind: z.literal('sled-pull'), slot }),
  z.strictObject({ kind: z.literal('sled-push'), slot }),
]) satisfies z.ZodType<ScenarioAction>;

const expectationSchema = z.discriminatedUnion('kind', [
  /** The hottest true CPU temperature (of one slot, or of all) stays below. */
  z.strictObject({ kind: z.literal('peak-below'), temperatureC: z.number(), slot: slot.optional() }),
  /** From then on no slot is over its limit. */
  z.strictObject({ kind: z.literal('within-limits'), byS: seconds }),
  /** At most this many slot-seconds over the limit. */
  z.strictObject({ kind: z.literal('over-limit-at-most'), slotSeconds: z.number().min(0) }),
  /** At least one workload has left the slot by then. */
  z.strictObject({ kind: z.literal('moved-off'), slot, byS: seconds }),
  z.strictObject({ kind: z.literal('stays'), workload: name }),
  /** The slot has lost its power by then, and not got it back. */
  z.strictObject({ kind: z.literal('power-cut'), slot, byS: seconds }),
  z.strictObject({ kind: z.literal('moves-at-most'), count: z.int().min(0) }),
  /** Every Move that was begun came to an end, and none was undone. */
  z.strictObject({ kind: z.literal('moves-succeed') }),
  /** Mean over the run; energy alone would depend on how long it was. */
  z.strictObject({ kind: z.literal('mean-fan-power-below'), powerW: z.number().positive() }),
]);

const stepSchema = z.strictObject({
  atS: seconds,
  /** For people. */
  say: z.string().min(1).max(200),
  do: z.array(actionSchema).max(64),
});

export const scenarioSchema = z.strictObject({
  format: z.literal('coldslot-scenario/1'),
  name,
  text: z.string().min(1).max(400),
  wattsPerCore: z.number().positive(),
  sleds: z.array(sledSchema).min(1).max(64),
  steps: z.array(stepSchema).max(256),
  expect: z.array(expectationSchema).max(64),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioSled = Scenario['sleds'][number];
export type ScenarioWorkload = ScenarioSled['workloads'][number];
export type ScenarioStep = Scenario['steps'][number];
export type Expectation = Scenario['expect'][number];

/** @throws ColdslotError `bad-input` with the file, the JSON path and what was expected. */
export function parseScenario(text: string, file: string): Scenario {
  const scenario = parseInput(scenarioSchema, text, file);
  checkCourse(scenario, file, MAX_TOTAL_CORES);
  return scenario;
}

/** As parseScenario, from a file. */
export function loadScenario(file: string): Scenario {
  return parseScenario(readInput(file, 'scenario'), file);
}

/** Power of the work in each slot at the start, W. */
export function initialLoadW(scenario: Scenario): ReadonlyMap<number, number> {
  return new Map(
    scenario.sleds.map((sled) => [
      sled.slot,
      sled.workloads.reduce((sum, workload) => sum + workload.cores, 0) * scenario.wattsPerCore,
    ]),
  );
}
