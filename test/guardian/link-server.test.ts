import { afterEach, beforeEach, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '../../src/core/clock.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { IntentHolder } from '../../src/guardian/intent-holder.ts';
import { LinkServer } from '../../src/guardian/link-server.ts';
import { MAX_MESSAGES_PER_S } from '../../src/guardian/link-session.ts';
import {
  guardianMessageSchema,
  MAX_GUARDIAN_LINE_BYTES,
  type GuardianMessage,
} from '../../src/protocols/guardian-link.ts';

/** A client that keeps what it was told. */
class Client {
  readonly socket: Socket;
  readonly messages: GuardianMessage[] = [];
  #rest = '';
  #waiting: (() => void)[] = [];

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.setEncoding('utf8');
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk: string) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.messages.push(guardianMessageSchema.parse(JSON.parse(line)));
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  send(value: unknown): void {
    this.socket.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
  }

  async next(matches: (message: GuardianMessage) => boolean): Promise<GuardianMessage> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

const hello: GuardianMessage = { type: 'hello', version: '0.1.0', board: 'fake', intervalMs: 1000 };
const intent = { type: 'intent', leaseMs: 60_000, airMoverRatios: { fan0: 0.5 }, manualRatios: {}, readings: {} };
const record = {
  id: 1,
  at: '',
  severity: 'info',
  source: 'slot/1',
  code: 'sled-inserted',
  text: 'there',
  data: {},
} as const;

describe('the guardian’s socket', () => {
  let directory: string;
  let path: string;
  let server: LinkServer;
  let holder: IntentHolder;
  const dropped: string[] = [];
  const clients: Client[] = [];
  let onGone = () => {};
  const clock = realClock();

  function open(): Client {
    const client = new Client(path);
    clients.push(client);
    return client;
  }

  function makeServer(): LinkServer {
    return new LinkServer(clock, {
      hello: () => hello,
      intent: (client, offered) => holder.offer(client, offered, clock.nowMs()),
      slotCommand: ({ slot }) => Promise.resolve(slot === 1 ? null : `there is no slot ${slot}`),
      gone: (client) => {
        holder.release(client);
        onGone();
      },
      dropped: (_client, why) => void dropped.push(why),
    });
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'coldslot-link-'));
    path = join(directory, 'guardian.sock');
    holder = new IntentHolder();
    dropped.length = 0;
    server = makeServer();
    await server.listen(path);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.socket.destroy();
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is for its user only', () => {
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('greets, then tells events, those before the first client included', async () => {
    server.event(record);
    const client = open();
    await client.next(({ type }) => type === 'event');
    server.event({ ...record, code: 'sled-removed' });
    await client.next((message) => message.type === 'event' && message.code === 'sled-removed');
    assert.deepEqual(
      client.messages.map((message) => (message.type === 'event' ? message.code : message.type)),
      ['hello', 'sled-inserted', 'sled-removed'],
    );
  });

  it('answers slot commands by their id', async () => {
    const client = open();
    client.send({ type: 'slot', id: 41, slot: 1, action: 'power-off' });
    client.send({ type: 'slot', id: 42, slot: 9, action: 'power-off' });
    await client.next((message) => message.type === 'answer' && message.id === 42);
    assert.deepEqual(client.messages.slice(1), [
      { type: 'answer', id: 41, error: null },
      { type: 'answer', id: 42, error: 'there is no slot 9' },
    ]);
  });

  it('lets one client hold the intent, and the next one when the first has gone', async () => {
    const first = open();
    first.send(intent);
    first.send({ type: 'slot', id: 1, slot: 1, action: 'identify-on' });
    await first.next(({ type }) => type === 'answer');
    const second = open();
    second.send(intent);
    await second.next((message) => message.type === 'event' && message.code === 'intent-refused');
    const departed = new Promise<void>((resolve) => void (onGone = resolve));
    first.socket.destroy();
    await departed;
    const third = open();
    third.send({ ...intent, airMoverRatios: { fan0: 0.7 } });
    third.send({ type: 'slot', id: 2, slot: 1, action: 'identify-on' });
    await third.next(({ type }) => type === 'answer');
    assert.equal(holder.current(clock.nowMs())?.airMoverRatios['fan0'], 0.7);
  });

  for (const [what, line, why] of [
    ['what is not JSON', '{', /not JSON/],
    ['an unknown message', '{"type":"dance"}', /not a message/],
    [
      'an intent with an impossible ratio',
      JSON.stringify({ ...intent, airMoverRatios: { fan0: 7 } }),
      /airMoverRatios.fan0/,
    ],
    ['an intent with keys nobody knows', JSON.stringify({ ...intent, turbo: true }), /turbo/],
  ] as const) {
    it(`closes a client that sends ${what}, and only that one`, async () => {
      const good = open();
      await good.next(({ type }) => type === 'hello');
      const bad = open();
      bad.send(line);
      await once(bad.socket, 'close');
      assert.match(dropped[0] ?? '', why);
      server.event(record);
      await good.next(({ type }) => type === 'event');
    });
  }

  it('closes a client whose line has no end', async () => {
    const client = open();
    client.socket.write('x'.repeat(MAX_GUARDIAN_LINE_BYTES + 1));
    await once(client.socket, 'close');
    assert.match(dropped[0] ?? '', /longer than/);
  });

  it('closes a client that sends without pause', async () => {
    const client = open();
    for (let n = 0; n <= MAX_MESSAGES_PER_S; n++) client.send(intent);
    await once(client.socket, 'close');
    assert.match(dropped[0] ?? '', /messages a second/);
  });

  it('closes a client that does not read, when 4 MiB wait for it', async () => {
    const slow = open();
    await slow.next(({ type }) => type === 'hello');
    slow.socket.pause();
    const big = { ...record, data: { filler: 'x'.repeat(1 << 16) } };
    for (let n = 0; n < 400 && dropped.length === 0; n++) {
      server.event(big);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    assert.deepEqual(dropped, ['it does not read what is sent']);
  });

  it('is refused to a second guardian while the first lives', async () => {
    await assert.rejects(
      makeServer().listen(path),
      (error) => error instanceof ColdslotError && error.code === 'conflict',
    );
    const client = open();
    await client.next(({ type }) => type === 'hello'); // the first is not disturbed
  });

  it('takes over the file of one that died', async () => {
    const stale = join(directory, 'stale.sock');
    const dead = createServer();
    dead.listen(stale);
    await once(dead, 'listening');
    // closing removes the file, so the file a killed process leaves is made by linking it first
    linkSync(stale, `${stale}.kept`);
    dead.close();
    await once(dead, 'close');
    const heir = makeServer();
    await heir.listen(`${stale}.kept`);
    await heir.close();
  });

  it('does not remove a file that is no socket', async () => {
    const file = join(directory, 'notes.txt');
    writeFileSync(file, 'keep');
    await assert.rejects(makeServer().listen(file), /something else than a socket/);
    assert.equal(statSync(file).size, 4);
  });

  it('says which directory is missing and which path is too long', async () => {
    await assert.rejects(makeServer().listen(join(directory, 'none', 'g.sock')), (error) => {
      return error instanceof ColdslotError && error.code === 'io' && /make it first/.test(error.hint);
    });
    await assert.rejects(makeServer().listen(join(directory, 'x'.repeat(120))), /at most 107 bytes/);
  });
});
