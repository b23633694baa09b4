import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { MqttBus, topicMatches } from '../../src/protocols/bus-over-mqtt.ts';
import { FakeMqttClient } from './fake-mqtt-client.ts';

describe('topic filters, by the examples of MQTT 5 §4.7', () => {
  const examples: readonly [filter: string, topic: string, matches: boolean][] = [
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'sport/tennis', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player2', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['+/tennis/#', 'sport/tennis/x', true],
    ['sport/+/player1', 'sport/tennis/player1', true],
    ['#', '$SYS/monitor/Clients', false],
    ['+/monitor/Clients', '$SYS/monitor/Clients', false],
    ['$SYS/#', '$SYS/monitor/Clients', true],
    ['$SYS/monitor/+', '$SYS/monitor/Clients', true],
    ['ACCOUNTS', 'Accounts', false],
    ['sport', 'sport/tennis', false],
  ];
  for (const [filter, topic, matches] of examples)
    it(`${filter} ${matches ? 'matches' : 'does not match'} ${topic}`, () =>
      assert.equal(topicMatches(filter, topic), matches));
});

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('the bus while the broker is away', () => {
  let client = new FakeMqttClient();
  let bus = new MqttBus(client, 3);
  beforeEach(() => {
    client = new FakeMqttClient();
    bus = new MqttBus(client, 3);
  });

  it('keeps messages and sends them in order when it is back', async () => {
    for (const text of ['1', '2', '3']) void bus.publish('event', text);
    assert.deepEqual(client.sent, []);
    client.connect();
    await settled();
    assert.deepEqual(client.sent, ['event=1', 'event=2', 'event=3']);
  });

  it('gives up the oldest when the queue is full, counts it, and keeps nobody waiting for it', async () => {
    const first = bus.publish('event', '1');
    for (const text of ['2', '3', '4']) void bus.publish('event', text);
    await first;
    assert.equal(bus.dropped, 1);
    client.connect();
    await settled();
    assert.deepEqual(client.sent, ['event=2', 'event=3', 'event=4']);
  });

  it('keeps only the newest value of a retained topic', async () => {
    const old = bus.publish('slot/1', 'old', { retain: true });
    void bus.publish('slot/2', 'a', { retain: true });
    void bus.publish('slot/1', 'new', { retain: true });
    void bus.publish('slot/1', 'not retained');
    await old;
    client.connect();
    await settled();
    assert.deepEqual(client.sent, ['slot/2=a retained', 'slot/1=new retained', 'slot/1=not retained']);
    assert.equal(bus.dropped, 0);
  });

  it('sends what could not be sent again, and never an old retained value after a newer one', async () => {
    client.connect();
    client.failing = true;
    void bus.publish('slot/1', 'old', { retain: true }); // on its way when the connection goes
    void bus.publish('event', '1');
    client.connected = false;
    void bus.publish('slot/1', 'new', { retain: true });
    await settled();
    client.connect();
    await settled();
    assert.deepEqual(client.sent, ['event=1', 'slot/1=new retained']);
  });

  it('gives up a message that fails again and again on a good connection, and goes on with the next', async () => {
    client.connect();
    client.refuse = 'bad/#';
    await bus.publish('bad/#', 'x');
    await bus.publish('event', '1');
    assert.equal(bus.dropped, 1);
    assert.deepEqual(client.sent, ['event=1']);
  });

  it('keeps nobody waiting for messages that are unsent at its end', async () => {
    const waiting = bus.publish('event', '1');
    await bus.close();
    await waiting;
    assert.deepEqual(client.sent, []);
  });

  it('lets nothing overtake what waited', async () => {
    for (const text of ['1', '2']) void bus.publish('slot/1', text);
    client.connect();
    void bus.publish('slot/1', '3');
    await settled();
    assert.deepEqual(client.sent, ['slot/1=1', 'slot/1=2', 'slot/1=3']);
  });
});

describe('subscriptions', () => {
  it('get what matches their filter, with its retained flag, and are made again on every connect', async () => {
    const client = new FakeMqttClient();
    const bus = new MqttBus(client);
    const heard: string[] = [];
    await bus.subscribe('agent/+/status', ({ topic, payload, retained }) =>
      heard.push(`${topic} ${Buffer.from(payload).toString()} ${retained}`),
    );
    assert.deepEqual(client.filters, []);
    client.connect();
    await settled();
    client.receive('agent/sled1/status', 'x', true);
    client.receive('agent/sled1/event', 'y');
    client.connected = false;
    client.connect();
    await settled();
    assert.deepEqual(heard, ['agent/sled1/status x true']);
    assert.deepEqual(client.filters, ['agent/+/status', 'agent/+/status']);
  });

  it('tell when the broker refuses, and only wait when the connection went', async () => {
    const client = new FakeMqttClient();
    const bus = new MqttBus(client);
    client.connect();
    client.failing = true;
    await assert.rejects(bus.subscribe('a', () => {}));
    const waiting = bus.subscribe('b', () => {});
    client.connected = false;
    await waiting;
    client.connect();
    await settled();
    assert.ok(client.filters.includes('b'));
  });
});
