import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import { MqttPublisher } from '../../../src/surfaces/mqtt/publisher.ts';
import { FakeSource, MemoryBus } from '../memory-bus.ts';
import { event, fan, move, plan, slot, view } from '../sample-view.ts';

const START_MS = Date.parse('2026-03-01T12:00:00.000Z');
const MINUTE_MS = 60_000;

describe('the chassis on MQTT', () => {
  let bus = new MemoryBus();
  let clock = new VirtualClock(START_MS);
  let source = new FakeSource(view());
  let publisher: MqttPublisher;
  const begin = (part = view()) => {
    bus = new MemoryBus();
    clock = new VirtualClock(START_MS);
    source = new FakeSource(part);
    publisher = new MqttPublisher(bus, source, clock);
  };
  const payloadOf = (topic: string) => bus.sent.findLast((message) => message.topic === topic)?.payload;
  beforeEach(() => begin());

  it('begins with every topic, retained', () => {
    const sent = bus.take();
    assert.deepEqual(sent.map((message) => message.topic.replace('coldslot/c1/', '')).toSorted(), [
      'fan/fan0',
      'fan/fan1',
      'fan/fan2',
      'move/m12',
      'plan',
      'sensor/slot3_cpu',
      'sensor/slot3_power',
      'sensor/slot4_inlet',
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((number) => `slot/${number}`),
      'status',
    ]);
    assert.ok(sent.every((message) => message.retain));
  });

  it('adds the prediction to a slot that has one, after the keys of the contract', () => {
    const prediction = { inS: 600, temperatureC: 71.2, lowC: 69.9, highC: 72.5 };
    begin(view({ slots: [slot(4, { prediction })] }));
    assert.equal(
      payloadOf('coldslot/c1/slot/4'),
      '{"slot":4,"sled":{"id":"sled4","model":"CS-1","power":"on"},"temperatureC":64,"marginK":21,"inletC":27,"powerW":184,' +
        '"state":"ok","reason":null,"prediction":{"inS":600,"temperatureC":71.2,"lowC":69.9,"highC":72.5},' +
        '"at":"2026-03-01T12:00:00.000Z","seq":0}',
    );
  });

  it('writes each record with exactly the keys of the contract, in their order', () => {
    assert.equal(
      payloadOf('coldslot/c1/status'),
      '{"state":"online","version":"0.1.0","board":"sim-8","startedAt":"2026-03-01T12:00:00.000Z"}',
    );
    assert.equal(
      payloadOf('coldslot/c1/slot/3'),
      '{"slot":3,"sled":{"id":"sled3","model":"CS-1","power":"on"},"temperatureC":87.3,"marginK":-2.3,"inletC":27,"powerW":310,' +
        '"state":"hot","reason":"2.3 K over its limit of 85 °C","at":"2026-03-01T12:00:00.000Z","seq":0}',
    );
    assert.equal(
      payloadOf('coldslot/c1/fan/fan2'),
      '{"id":"fan2","ratio":0.43,"rpm":[5230,null],"state":"degraded","at":"2026-03-01T12:00:00.000Z","seq":0}',
    );
    assert.equal(
      payloadOf('coldslot/c1/sensor/slot4_inlet'),
      '{"name":"slot4_inlet","value":null,"unit":"C","state":"timeout","at":"2026-03-01T12:00:00.000Z","seq":0}',
    );
    assert.equal(
      payloadOf('coldslot/c1/move/m12'),
      '{"id":"m12","workload":"web","from":3,"to":5,"trigger":"plan","state":"shipped","epoch":2,' +
        '"progress":{"bytes":1258291,"rounds":1},"downtimeMs":null,"error":null,"at":"2026-03-01T12:00:00.000Z","seq":0}',
    );
    assert.equal(payloadOf('coldslot/c1/plan'), JSON.stringify(plan()));
  });

  it('keeps to those keys when the view knows more', () => {
    begin(view({ slots: [{ ...slot(1), secret: 1 } as never], fans: [{ ...fan('fan0'), secret: 1 } as never] }));
    assert.ok(!bus.sent.some((message) => message.payload.includes('secret')));
  });

  it('says events as they happen, not retained', () => {
    bus.take();
    const record = event(7, 'fan2 turns too slowly', { severity: 'warning', data: { rpm: 900 } });
    source.event(record);
    assert.deepEqual(bus.take(), [{ topic: 'coldslot/c1/event', payload: JSON.stringify(record), retain: false }]);
    assert.deepEqual(Object.keys(record), ['id', 'at', 'severity', 'source', 'code', 'text', 'data']);
  });

  it('is quiet on a quiet chassis, but for the sensors every 30 s', () => {
    bus.take();
    for (let tick = 0; tick < 29; tick++) {
      clock.advance(1000);
      source.change({ at: clock.wall().toISOString() });
    }
    assert.deepEqual(bus.takeTopics(), []);
    clock.advance(2000);
    const sensors = [
      'coldslot/c1/sensor/slot3_cpu',
      'coldslot/c1/sensor/slot3_power',
      'coldslot/c1/sensor/slot4_inlet',
    ];
    assert.deepEqual(bus.takeTopics(), sensors);
    clock.advance(10 * MINUTE_MS);
    assert.equal(bus.take().length, 20 * sensors.length);
  });

  it('publishes what changed and nothing else, seq growing by one', () => {
    bus.take();
    for (const ratio of [0.5, 0.6, 0.7]) {
      clock.advance(1000);
      source.change({
        fans: [fan('fan0', { ratio }), fan('fan1'), fan('fan2', { state: 'degraded', rpm: [5230, null] })],
      });
    }
    clock.advance(1000);
    assert.deepEqual(
      bus.take().map(({ topic, payload }) => {
        const { ratio, seq } = JSON.parse(payload) as { ratio: number; seq: number };
        return [topic, ratio, seq];
      }),
      [
        ['coldslot/c1/fan/fan0', 0.5, 1],
        ['coldslot/c1/fan/fan0', 0.6, 2],
        ['coldslot/c1/fan/fan0', 0.7, 3],
      ],
    );
  });

  it('publishes a topic at most twice a second, its newest record at the end', () => {
    clock.advance(1000);
    bus.take();
    const slots = source.current.slots.slice(1);
    for (let step = 1; step <= 20; step++) {
      source.change({ slots: [slot(1, { temperatureC: 60 + step }), ...slots] });
      clock.advance(50);
    }
    clock.advance(5000);
    const temperatures = bus
      .take()
      .map(({ payload }) => (JSON.parse(payload) as { temperatureC: number }).temperatureC);
    assert.ok(temperatures.length <= 3, `${temperatures.length} in one second`);
    assert.equal(temperatures.at(-1), 80);
  });

  it('does not publish a Plan again that differs only in the time it took', () => {
    clock.advance(1000);
    bus.take();
    source.change({ plan: plan({ elapsedMs: 51 }) });
    clock.advance(1000);
    assert.deepEqual(bus.takeTopics(), []);
    source.change({ plan: plan({ elapsedMs: 50, moves: [] }) });
    clock.advance(1000);
    assert.deepEqual(bus.take(), [
      { topic: 'coldslot/c1/plan', payload: JSON.stringify(plan({ elapsedMs: 50, moves: [] })), retain: true },
    ]);
  });

  it('publishes the end of a Move and then clears its topic', () => {
    bus.take();
    source.change({ moves: [move('m12', { state: 'done', downtimeMs: 640 })] });
    clock.advance(5000);
    const [last, cleared, ...more] = bus.take();
    assert.deepEqual(more, []);
    assert.equal(last?.topic, 'coldslot/c1/move/m12');
    const { state, downtimeMs, seq } = JSON.parse(last?.payload ?? '') as Record<string, unknown>;
    assert.deepEqual({ state, downtimeMs, seq }, { state: 'done', downtimeMs: 640, seq: 1 });
    assert.deepEqual(cleared, { topic: 'coldslot/c1/move/m12', payload: '', retain: true });
  });

  it('tells of a Move too that began and ended between two looks, but not of those from before', () => {
    begin(view({ moves: [move('m1', { state: 'done' })] }));
    assert.ok(!bus.takeTopics().includes('coldslot/c1/move/m1'));
    source.change({ moves: [move('m1', { state: 'done' }), move('m2', { state: 'undone' })] });
    clock.advance(1000);
    assert.deepEqual(bus.takeTopics(), ['coldslot/c1/move/m2', 'coldslot/c1/move/m2']);
  });

  it('clears a Move that the broker still retains from before, and leaves open ones', () => {
    bus.take();
    const retained = (topic: string) =>
      bus.receive('coldslot/c1/move/+', { topic, payload: Buffer.from('{}'), retained: true });
    retained('coldslot/c1/move/m12'); // open
    assert.deepEqual(bus.take(), []);
    retained('coldslot/c1/move/m3');
    assert.deepEqual(bus.take(), [{ topic: 'coldslot/c1/move/m3', payload: '', retain: true }]);
  });

  it('publishes everything again for a broker that was restarted, seq going on', () => {
    const before = bus.take().length;
    publisher.republish();
    clock.advance(1000);
    assert.equal(bus.sent.length, before);
    assert.equal((JSON.parse(payloadOf('coldslot/c1/slot/1') ?? '') as { seq: number }).seq, 1);
  });

  it('ends with offline, and says nothing after it', async () => {
    bus.take();
    await publisher.close();
    assert.deepEqual(
      bus.take().map(({ payload, retain }) => [(JSON.parse(payload) as { state: string }).state, retain]),
      [['offline', true]],
    );
    source.change({ fans: [] });
    publisher.republish();
    clock.advance(MINUTE_MS);
    assert.deepEqual(bus.take(), []);
    assert.deepEqual(clock.pendingNames(), []);
  });

  it('leaves offline to the Will when the broker is away', async () => {
    bus.take();
    bus.isUp = false;
    await publisher.close();
    assert.deepEqual(bus.take(), []);
  });
});
