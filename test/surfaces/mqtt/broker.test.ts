import assert from 'node:assert/strict';
import { createServer, connect as connectTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Bus, BusMessage } from '../../../src/core/ports.ts';
import { startBroker, type Broker } from '../../../src/surfaces/mqtt/broker.ts';
import { openMqtt } from '../../../src/surfaces/mqtt/connection.ts';
import { ownLoopback } from '../../core/own-loopback.ts';
import { until } from '../../hwsim/child-process.ts';

const HOST = ownLoopback();
const WILL = { topic: 'coldslot/c1/status', payload: '{"state":"offline"}' };

/** Passes bytes on until it is cut: a process that dies without a word. */
async function startRelay(port: number): Promise<{ port: number; cut: () => void; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connectTcp(port, HOST);
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    inner.pipe(outer).pipe(inner);
  });
  await listening(server);
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () => {
    cut();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return { port: (server.address() as AddressInfo).port, cut, close };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => void server.listen(0, HOST, resolve));
}

describe('the embedded broker and the controller’s connection to it', () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
  });

  const broker = async (port = 0): Promise<Broker> => {
    const started = await startBroker(HOST, port);
    closers.push(() => started.close());
    return started;
  };
  const client = async (url: string): Promise<MqttClient> => {
    const connected = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 });
    connected.on('error', () => {});
    closers.push(() => connected.endAsync(true));
    return connected;
  };
  /** A connection of the controller's, with what it told its owner. */
  const controller = (url: string) => {
    const errors: string[] = [];
    const seen = { connects: 0, tell: () => {} };
    const bus: Bus = openMqtt({
      url,
      clientId: 'coldslot-c1-controller',
      will: WILL,
      onError: (error) => errors.push(error.message),
      onConnect: () => {
        seen.connects++;
        seen.tell();
      },
    });
    closers.push(() => bus.close());
    const connected = (times = 1) =>
      new Promise<void>((resolve) => {
        seen.tell = () => {
          if (seen.connects >= times) resolve();
        };
        seen.tell();
      });
    return { bus, errors, connected };
  };
  /** The next `count` messages that `bus` hears on a filter. */
  const hear = async (bus: Bus, filter: string, count: number) => {
    const heard: BusMessage[] = [];
    let done = () => {};
    const all = new Promise<void>((resolve) => (done = resolve));
    await bus.subscribe(filter, (message) => {
      heard.push(message);
      if (heard.length === count) done();
    });
    return { all: all.then(() => heard.map((message) => Buffer.from(message.payload).toString())) };
  };
  const nextMessage = (from: MqttClient) =>
    new Promise<string>((resolve) =>
      from.once('message', (topic, payload) => resolve(`${topic} ${payload.toString()}`)),
    );

  it('passes on every message when kept and passing, QoS 0 and QoS 1 ones come close together', async () => {
    const { url } = await broker();
    const publisher = await client(url);
    const subscriber = await client(url);
    const seen: string[] = [];
    subscriber.on('message', (_topic, payload) => seen.push(payload.toString()));
    await subscriber.subscribeAsync('#', { qos: 1 });
    const kinds = [
      { topic: 'kept', retain: true, qos: 0 },
      { topic: 'passing', retain: false, qos: 0 },
      { topic: 'answer', retain: false, qos: 1 },
      { topic: 'record', retain: true, qos: 1 },
      { topic: 'passing', retain: false, qos: 0 },
    ] as const;
    const sent = Array.from({ length: 20 }, (_, round) =>
      kinds.map((kind, index) => ({ kind, text: `${round}.${index}` })),
    ).flat();
    await Promise.all(
      sent.map(({ kind: { topic, retain, qos }, text }) => publisher.publishAsync(topic, text, { retain, qos })),
    );
    await until('the last one', () => seen.length >= sent.length, 60_000).catch(() => {});
    const missing = sent.filter(({ text }) => !seen.includes(text));
    assert.deepEqual(missing, []);
    assert.equal(seen.length, sent.length, 'each once');
  });

  it('speak 3.1.1 after the broker refused version 5, without a complaint', async () => {
    const { url } = await broker();
    const { bus, errors, connected } = controller(url);
    await connected();
    const listener = await client(url);
    await listener.subscribeAsync('coldslot/#');
    const next = nextMessage(listener);
    await bus.publish('coldslot/c1/event', 'hello', { qos: 1 });
    assert.equal(await next, 'coldslot/c1/event hello');
    assert.deepEqual(errors, []);
  });

  it('keep what is published before the broker is there, and send it then', async () => {
    const reserved = await broker();
    await reserved.close();
    const { bus, connected } = controller(reserved.url);
    const sent = bus.publish('coldslot/c1/slot/1', '{"slot":1}', { retain: true });
    assert.equal(bus.connected(), false);
    await broker(reserved.port);
    await connected();
    await sent;
    const late = await client(reserved.url);
    const next = nextMessage(late);
    await late.subscribeAsync('coldslot/#');
    assert.equal(await next, 'coldslot/c1/slot/1 {"slot":1}');
  });

  it('come back together after the broker was ended and started again on its port', async () => {
    const first = await broker();
    const { bus, connected } = controller(first.url);
    await connected();
    const heard = await hear(bus, 'agent/+/status', 2);
    await bus.publish('agent/sled1/status', 'before', { qos: 1 });
    await first.close();
    const second = await broker(first.port);
    assert.equal(second.port, first.port);
    await connected(2);
    await bus.publish('agent/sled1/status', 'after', { qos: 1 });
    assert.deepEqual(await heard.all, ['before', 'after']);
  });

  it('say offline for a controller whose connection is cut without a word', async () => {
    const { port, url } = await broker();
    const relay = await startRelay(port);
    closers.push(() => relay.close());
    const { connected } = controller(`mqtt://${HOST}:${relay.port}`);
    await connected();
    const listener = await client(url);
    await listener.subscribeAsync('coldslot/c1/status');
    const next = nextMessage(listener);
    relay.cut();
    assert.equal(await next, 'coldslot/c1/status {"state":"offline"}');
  });

  it('refuse a payload over 512 KiB by closing the connection, and pass one below it', async () => {
    const { url } = await broker();
    const listener = await client(url);
    await listener.subscribeAsync('big');
    const passed = new Promise<number>((resolve) => listener.once('message', (_, payload) => resolve(payload.length)));
    const sender = await client(url);
    await sender.publishAsync('big', Buffer.alloc(512 * 1024), { qos: 1 });
    assert.equal(await passed, 524_288);
    const closed = new Promise<void>((resolve) => sender.once('close', () => resolve()));
    sender.publish('big', Buffer.alloc(512 * 1024 + 1), { qos: 0 });
    await closed;
  });

  it('take the next port when theirs is taken', async () => {
    const first = await broker();
    const second = await broker(first.port);
    assert.ok(second.port > first.port && second.port < first.port + 20, `${first.port} then ${second.port}`);
    assert.equal(second.url, `mqtt://${HOST}:${second.port}`);
  });

  it('say which address could not be had, and what to do', async () => {
    await assert.rejects(startBroker('192.0.2.1', 1883), {
      code: 'io',
      subject: '192.0.2.1:1883', // TEST-NET-1 (RFC 5737): no machine has it
      hint: 'give another port with --mqtt-port',
    });
  });

  it('refuse a URL that is not a broker’s before anything is started', () => {
    assert.throws(() => controller('http://example.org'), {
      code: 'usage',
      subject: '--broker',
      hint: 'expected mqtt://HOST:PORT',
    });
  });
});
