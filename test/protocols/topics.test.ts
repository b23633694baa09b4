import assert from 'node:assert/strict';
import { it } from 'node:test';
import { topicMatches } from '../../src/protocols/bus-over-mqtt.ts';
import { allAgents, sledOf, topicsOf } from '../../src/protocols/topics.ts';

it('a chassis has the topics that other programs rely on', () => {
  const topics = topicsOf('c1');
  assert.deepEqual(
    [
      topics.status,
      topics.slot(3),
      topics.fan('fan0'),
      topics.sensor('slot3_cpu'),
      topics.event,
      topics.plan,
      topics.move('m12'),
      topics.agentStatus('sled1'),
      topics.agentCommand('sled1'),
      topics.agentEvent('sled1'),
      topics.agentAsk('sled1'),
      topics.agentGrant('sled1'),
    ],
    [
      'coldslot/c1/status',
      'coldslot/c1/slot/3',
      'coldslot/c1/fan/fan0',
      'coldslot/c1/sensor/slot3_cpu',
      'coldslot/c1/event',
      'coldslot/c1/plan',
      'coldslot/c1/move/m12',
      'coldslot/c1/agent/sled1/status',
      'coldslot/c1/agent/sled1/command',
      'coldslot/c1/agent/sled1/event',
      'coldslot/c1/agent/sled1/ask',
      'coldslot/c1/agent/sled1/grant',
    ],
  );
});

it('the filter for all agents matches each of their topics, and their sled is read from it', () => {
  const topic = topicsOf('c1').agentStatus('sled7');
  assert.equal(topicMatches(allAgents('c1', 'status'), topic), true);
  assert.equal(topicMatches(allAgents('c1', 'event'), topic), false);
  assert.equal(topicMatches(allAgents('c2', 'status'), topic), false);
  assert.equal(sledOf(topic), 'sled7');
  assert.equal(sledOf('coldslot/c1/slot/3'), null);
  assert.equal(sledOf('coldslot/c1/agent/a/b/status'), null);
});
