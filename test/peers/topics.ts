// FORMATS, section MQTT: every topic with its exact keys, written down here a second time on purpose.
import assert from 'node:assert/strict';
import type { Heard } from './mosquitto.ts';

interface TopicRule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly keys: readonly string[];
  /** `seq` grows by one per topic. */
  readonly counted: boolean;
}

const RULES: readonly TopicRule[] = [
  rule('status', /^status$/, 'state version board startedAt'),
  rule('slot', /^slot\/\d+$/, 'slot sled temperatureC marginK inletC powerW state reason at seq'),
  rule('fan', /^fan\/\w+$/, 'id ratio rpm state at seq'),
  rule('sensor', /^sensor\/\w+$/, 'name value unit state at seq'),
  rule('event', /^event$/, 'id at severity source code text data'),
  rule('plan', /^plan$/, 'format status assignment ratios predicted cost bound moves held elapsedMs'),
  rule('move', /^move\/\w+$/, 'id workload from to trigger state epoch progress downtimeMs error at seq'),
  rule(
    'agent status',
    /^agent\/\w+\/status$/,
    'sled slot state version drivers capacities bulk workloads models at seq',
  ),
  rule('agent command', /^agent\/\w+\/command$/, 'move workload epoch verb deadline ticket spec peer'),
  rule(
    'agent event',
    /^agent\/\w+\/event$/,
    'move workload epoch verb deadline ticket sled outcome error spec bytes digest record at',
  ),
];

function rule(name: string, pattern: RegExp, keys: string): TopicRule {
  const names = keys.split(' ');
  // an agent may leave numbers out: it numbers its records over restarts by its clock
  return { name, pattern, keys: names, counted: names.includes('seq') && name !== 'agent status' };
}

export const TOPIC_KINDS: readonly string[] = RULES.map((one) => one.name);

/** The kinds of topic that were heard. @throws at the first that is not as FORMATS has it */
export function checkTopics(heard: readonly Heard[], chassis: string): Set<string> {
  const kinds = new Set<string>();
  const seqs = new Map<string, number>();
  const prefix = `coldslot/${chassis}/`;
  for (const { topic, payload, retained } of heard) {
    assert.ok(topic.startsWith(prefix), `a topic outside ${prefix}: ${topic}`);
    const found = RULES.find((one) => one.pattern.test(topic.slice(prefix.length)));
    assert.ok(found !== undefined, `FORMATS has no topic ${topic}`);
    if (payload === '') {
      assert.equal(found.name, 'move', `only a Move that has ended is cleared, not ${topic}`);
      continue;
    }
    const json = JSON.parse(payload) as Record<string, unknown>;
    assert.deepEqual(Object.keys(json).toSorted(), found.keys.toSorted(), topic);
    if (['event', 'agent command', 'agent event'].includes(found.name)) assert.equal(retained, false, topic);
    kinds.add(found.name);
    if (!found.counted) continue;
    const seq = json['seq'] as number;
    const before = seqs.get(topic);
    if (before !== undefined) assert.equal(seq, before + 1, `seq of ${topic}`);
    seqs.set(topic, seq);
  }
  return kinds;
}
