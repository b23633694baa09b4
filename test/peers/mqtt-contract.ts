// The MQTT contract as others rely on it, written down apart from the program: the payload of every topic with exactly
// its keys, the retain flag, and `seq` growing by one.
import assert from 'node:assert/strict';
import * as z from 'zod';
import type { Message } from './mosquitto-clients.ts';

const at = z.iso.datetime(); // ISO 8601, UTC only
const stamp = { at, seq: z.int().min(0) };
const number = z.number();
const text = z.string();
const resources = z.record(text, number);
const endpoint = z.strictObject({ host: text, port: z.int() }).nullable();

const status = z.strictObject({ state: z.enum(['online', 'offline']), version: text, board: text, startedAt: at });

const slot = z.strictObject({
  slot: z.int(),
  sled: z.strictObject({ id: text, model: text, power: z.enum(['on', 'off', 'unknown']) }).nullable(),
  temperatureC: number.nullable(),
  marginK: number.nullable(),
  inletC: number.nullable(),
  powerW: number.nullable(),
  state: z.enum(['ok', 'warm', 'hot', 'unknown']),
  reason: text.nullable(),
  prediction: z.strictObject({ inS: number, temperatureC: number, lowC: number, highC: number }).optional(),
  ...stamp,
});

const fan = z.strictObject({
  id: text,
  ratio: number.min(0).max(1),
  rpm: z.array(number.nullable()),
  state: z.enum(['ok', 'degraded', 'failed', 'absent']),
  ...stamp,
});

const sensor = z.strictObject({
  name: text,
  value: number.nullable(),
  unit: text,
  state: z.enum(['ok', 'warning', 'critical', 'absent', 'timeout', 'fault']),
  ...stamp,
});

const event = z.strictObject({
  id: z.int(),
  at,
  severity: z.enum(['info', 'warning', 'critical']),
  source: text,
  code: text,
  text,
  data: z.record(text, z.unknown()),
});

const plan = z.strictObject({
  format: z.literal('coldslot-plan/1'),
  status: z.enum(['optimal', 'feasible', 'infeasible']),
  assignment: z.record(text, text),
  ratios: resources,
  predicted: z.strictObject({
    slots: z.record(text, z.strictObject({ temperatureC: number, inletC: number, flowM3s: number, powerW: number })),
    moverPowerW: number,
    worstOvershootK: number,
  }),
  cost: z.strictObject({ totalJ: number, moversJ: number, movesJ: number }),
  bound: z.strictObject({ worstOvershootK: number, totalJ: number }),
  moves: z.array(
    z.strictObject({
      order: z.int(),
      workload: text,
      from: text,
      to: text,
      reason: z.strictObject({ code: text, text, gainK: number, gainW: number }),
    }),
  ),
  held: z.array(z.strictObject({ workload: text, reason: z.strictObject({ code: text, text }) })),
  conflicts: z.array(text).optional(),
  elapsedMs: number,
});

const move = z.strictObject({
  id: text,
  workload: text,
  from: z.int(),
  to: z.int(),
  trigger: z.enum(['plan', 'operator', 'drain']),
  state: text,
  epoch: z.int().min(1),
  progress: z.strictObject({ bytes: number, rounds: number }),
  downtimeMs: number.nullable(),
  error: text.nullable(),
  ...stamp,
});

const agentStatus = z.strictObject({
  sled: text,
  slot: z.int().nullable(),
  state: z.enum(['online', 'offline']),
  version: text,
  drivers: z.array(text).min(1),
  capacities: resources,
  bulk: endpoint,
  workloads: z.array(z.looseObject({ id: text, kind: text, state: text, epoch: z.int() })),
  models: z.looseObject({}),
  ...stamp,
});

const verb = { move: text, epoch: z.int().min(1), deadline: at, ticket: text.min(1), workload: text, verb: text };
const spec = z.looseObject({ id: text, command: text }).nullable();
const agentCommand = z.strictObject({ ...verb, spec, leaseMs: number.nullable(), peer: endpoint });
const agentEvent = z.strictObject({
  ...verb,
  sled: text,
  outcome: z.enum(['done', 'failed', 'progress']),
  error: text.nullable(),
  spec,
  bytes: number,
  digest: text.nullable(),
  record: text,
  at,
});

const agentAsk = z.strictObject({
  kind: z.literal('floors-ask'),
  sled: text,
  boot: text,
  workloads: z.array(z.strictObject({ id: text, epoch: z.int(), floor: z.int(), move: text.nullable() })),
});
const agentGrant = z.strictObject({ kind: z.literal('floors-grant'), grant: text });

interface Kind {
  readonly name: string;
  readonly pattern: RegExp;
  readonly payload: z.ZodType;
  readonly retained: boolean;
  readonly counts: boolean;
  readonly atBoot: boolean;
}

/** `<c>` is the chassis id. */
const kinds: readonly Kind[] = [
  kind('status', /^status$/, status, 'retained'),
  kind('slot/<n>', /^slot\/\d+$/, slot, 'retained', 'counts'),
  kind('fan/<id>', /^fan\/[^/]+$/, fan, 'retained', 'counts'),
  kind('sensor/<name>', /^sensor\/[^/]+$/, sensor, 'retained', 'counts'),
  kind('event', /^event$/, event),
  kind('plan', /^plan$/, plan, 'retained'),
  kind('move/<id>', /^move\/[^/]+$/, move, 'counts'),
  kind('agent/<sled>/status', /^agent\/[^/]+\/status$/, agentStatus, 'retained', 'counts'),
  kind('agent/<sled>/command', /^agent\/[^/]+\/command$/, agentCommand),
  kind('agent/<sled>/event', /^agent\/[^/]+\/event$/, agentEvent),
  kind('agent/<sled>/ask', /^agent\/[^/]+\/ask$/, agentAsk, 'boot'),
  kind('agent/<sled>/grant', /^agent\/[^/]+\/grant$/, agentGrant, 'boot'),
];

/** Of what is to be seen whenever a Move is made; the others come when a sled boots. */
export const KIND_NAMES: readonly string[] = kinds.filter(({ atBoot }) => !atBoot).map((entry) => entry.name);

function kind(
  name: string,
  pattern: RegExp,
  payload: z.ZodType,
  ...traits: readonly ('retained' | 'counts' | 'boot')[]
): Kind {
  return {
    name,
    pattern,
    payload,
    retained: traits.includes('retained'),
    counts: traits.includes('counts'),
    atBoot: traits.includes('boot'),
  };
}

/** Which of the contract's topics it is. @throws AssertionError for one that is not in the contract */
export function kindOf(chassis: string, topic: string): Kind {
  const prefix = `coldslot/${chassis}/`;
  const found = topic.startsWith(prefix)
    ? kinds.find((entry) => entry.pattern.test(topic.slice(prefix.length)))
    : undefined;
  assert.ok(found !== undefined, `${topic} is not in the contract`);
  return found;
}

/** Every payload is as the contract has it; in each topic `seq` grows by one with each message. */
export function assertContract(chassis: string, messages: readonly Message[]): void {
  const lastSeq = new Map<string, number>();
  for (const message of messages) {
    const known = kindOf(chassis, message.topic);
    if (message.payload === '') {
      assert.equal(known.name, 'move/<id>', `${message.topic} is empty: only a closed Move's topic is cleared`);
      continue;
    }
    const parsed = known.payload.safeParse(JSON.parse(message.payload));
    assert.ok(parsed.success, `${message.topic} ${message.payload}\n${parsed.error?.message ?? ''}`);
    if (!known.counts) continue;
    const { seq } = parsed.data as { seq: number };
    const last = lastSeq.get(message.topic);
    // one that was sent while the subscription was made may come before the copy that the broker kept of it
    if (message.retained && last === seq) continue;
    if (last !== undefined) assert.equal(seq, last + 1, `seq of ${message.topic}: ${message.payload}`);
    lastSeq.set(message.topic, seq);
  }
}

/** The names of the contract's topics that were seen. */
export function kindsSeen(chassis: string, messages: readonly Message[]): string[] {
  const names = new Set(messages.map((message) => kindOf(chassis, message.topic).name));
  return KIND_NAMES.filter((name) => names.has(name));
}

/** What the broker keeps is what the contract says is retained, and no topic of that kind is missing. */
export function assertRetained(chassis: string, seen: readonly string[], kept: readonly Message[]): void {
  for (const message of kept) {
    assert.ok(message.retained && message.payload !== '', message.topic);
    assert.ok(kindOf(chassis, message.topic).retained, `${message.topic} is kept by the broker`);
  }
  const wanted = seen.filter((topic) => kindOf(chassis, topic).retained);
  const topics = kept.map((message) => message.topic);
  assert.deepEqual(topics.toSorted(), wanted.toSorted());
}
