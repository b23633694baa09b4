// Reads `coldslot-plan-instance/1`: every key known, every figure in range, every name resolved; otherwise bad-input
// with the JSON path and what was expected.
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';
import { PLAN_INSTANCE_FORMAT } from '../core/plan.ts';
import type { PlanInstance } from '../core/plan.ts';

export const MAX_SLOTS = 2000;
export const MAX_WORKLOADS = 100_000;
const MAX_AIR_MOVERS = 256;
const MAX_RULES = 100_000;

/** The one name that is no key like others in a JavaScript object. */
const PROTO = '__proto__';
const id = z
  .string()
  .min(1)
  .max(128)
  .regex(/^\P{Cc}*$/u, 'expected no control characters')
  .refine((name) => name !== PROTO, `expected another name than "${PROTO}"`);
const amount = z.number().min(0).max(1e9);
const watt = z.number().min(0).max(1e8);
/** Of flow and resistance: far beyond any chassis, near enough for sums to keep their digits. */
const physical = z.number().min(0).max(1e4);
const ratio = z.number().min(0).max(1);
const celsius = z.number().min(-273.15).max(1000);
const resources = z.record(id, amount).refine((value) => Object.keys(value).length <= 64, 'at most 64 resources');
const matrix = z.array(z.array(physical).max(MAX_SLOTS)).max(MAX_SLOTS);

const airMover = z.strictObject({
  id,
  minRatio: ratio,
  maxFlowM3s: physical,
  idlePowerW: watt,
  maxPowerW: watt,
  fixedRatio: ratio.nullable(),
});

const slot = z.strictObject({
  id,
  idlePowerW: watt,
  powerCapW: watt.nullable(),
  limitC: celsius,
  marginK: z.number().min(0).max(1000),
  openness: z.number().min(0).max(100),
  share: z.record(id, z.number().min(0).max(100)),
  rKPerW: physical,
  kFlow: physical,
  capacity: resources,
});

const workload = z.strictObject({
  id,
  slot: id,
  powerW: watt,
  demand: resources,
  moveCostJ: amount,
  pinned: z.boolean(),
  allowedSlots: z.array(id).max(MAX_SLOTS).nullable(),
});

const instanceSchema = z.strictObject({
  format: z.literal(PLAN_INSTANCE_FORMAT),
  ambientC: celsius,
  horizonS: z.number().positive().max(1e9),
  maxMoves: z.int().min(0).nullable(),
  airMovers: z.array(airMover).max(MAX_AIR_MOVERS),
  slots: z.array(slot).min(1).max(MAX_SLOTS),
  recirculation: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('airflow'), preheat: matrix }),
    z.strictObject({ kind: z.literal('linear'), kPerW: matrix }),
  ]),
  workloads: z.array(workload).max(MAX_WORKLOADS),
  rules: z
    .array(z.strictObject({ kind: z.enum(['apart', 'together']), workloads: z.array(id).min(2).max(MAX_WORKLOADS) }))
    .max(MAX_RULES),
  chassisPowerCapW: amount.nullable(),
});

/**
 * A plan instance from parsed JSON. `source` names the file in messages.
 * @throws ColdslotError `bad-input`, its subject `source: path`.
 */
export function parsePlanInstance(json: unknown, source = 'plan instance'): PlanInstance {
  checkKeys(json, source);
  const parsed = instanceSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
    throw badInput(source, jsonPath(path), whatIsWrong(issue), 'see "Plan instances" in README.md');
  }
  checkNames(parsed.data, source);
  checkMatrix(parsed.data, source);
  return parsed.data;
}

/** What a schema's records would pass over in silence. */
function checkKeys(json: unknown, source: string): void {
  const records = { slots: ['share', 'capacity'], workloads: ['demand'] } as const;
  for (const [list, keys] of Object.entries(records)) {
    const entries = (json as Record<string, unknown> | null)?.[list];
    if (!Array.isArray(entries)) continue;
    entries.forEach((entry: unknown, i) => {
      for (const key of keys) {
        const record = (entry as Record<string, unknown> | null)?.[key];
        if (typeof record !== 'object' || record === null || !Object.hasOwn(record, PROTO)) continue;
        throw badInput(source, jsonPath([list, i, key, PROTO]), 'unknown key', 'use another name');
      }
    });
  }
}

function whatIsWrong(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'unknown key';
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return isMissing ? `missing; expected ${issue.expected}` : lowerFirst(issue.message);
}

/** A plan instance from the text of a file. */
export function readPlanInstance(text: string, source = 'plan instance'): PlanInstance {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, '')); // some editors begin a file with a byte-order mark
  } catch (error) {
    throw badInput(
      source,
      '$',
      `not JSON: ${error instanceof Error ? error.message : String(error)}`,
      'correct the file',
    );
  }
  return parsePlanInstance(json, source);
}

function checkNames(instance: PlanInstance, source: string): void {
  const movers = unique(instance.airMovers, 'airMovers', source);
  const slots = unique(instance.slots, 'slots', source);
  const workloads = unique(instance.workloads, 'workloads', source);
  instance.slots.forEach((entry, s) => {
    for (const name of Object.keys(entry.share)) {
      if (!movers.has(name)) throw unknown(source, ['slots', s, 'share', name], 'air mover', name);
    }
  });
  instance.workloads.forEach((entry, w) => {
    if (!slots.has(entry.slot)) throw unknown(source, ['workloads', w, 'slot'], 'slot', entry.slot);
    entry.allowedSlots?.forEach((name, i) => {
      if (!slots.has(name)) throw unknown(source, ['workloads', w, 'allowedSlots', i], 'slot', name);
    });
  });
  instance.rules.forEach((rule, r) => {
    const seen = new Set<string>();
    rule.workloads.forEach((name, i) => {
      const path = ['rules', r, 'workloads', i];
      if (!workloads.has(name)) throw unknown(source, path, 'workload', name);
      if (seen.has(name))
        throw badInput(source, jsonPath(path), `workload "${name}" twice in one rule`, 'name it once');
      seen.add(name);
    });
  });
}

function unique(entries: readonly { readonly id: string }[], list: string, source: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  entries.forEach((entry, i) => {
    const first = seen.get(entry.id);
    if (first !== undefined) {
      throw badInput(
        source,
        jsonPath([list, i, 'id']),
        `"${entry.id}" is already ${list}[${first}]`,
        'ids must differ',
      );
    }
    seen.set(entry.id, i);
  });
  return new Set(seen.keys());
}

function checkMatrix(instance: PlanInstance, source: string): void {
  const { recirculation, slots } = instance;
  if (recirculation.kind === 'none') return;
  const [key, rows] =
    recirculation.kind === 'airflow' ? ['preheat', recirculation.preheat] : ['kPerW', recirculation.kPerW];
  const expected = `expected ${slots.length}, one for each slot`;
  if (rows.length !== slots.length) {
    throw badInput(
      source,
      `recirculation.${key}`,
      `${rows.length} rows; ${expected}`,
      'rows follow the order of slots',
    );
  }
  rows.forEach((row, s) => {
    if (row.length === slots.length) return;
    const path = jsonPath(['recirculation', key, s]);
    throw badInput(source, path, `${row.length} columns; ${expected}`, 'columns follow the order of slots');
  });
}

function unknown(source: string, path: readonly PropertyKey[], what: string, name: string): ColdslotError {
  return badInput(source, jsonPath(path), `there is no ${what} "${name}"`, `name one of the instance's ${what}s`);
}

function badInput(source: string, path: string, message: string, hint: string): ColdslotError {
  return new ColdslotError('bad-input', `${source}: ${path}`, message, hint);
}

/** `slots[0].share.fan0`; `$` for the document itself. */
function jsonPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text === '' ? '$' : text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
