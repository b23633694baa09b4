import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ColdslotError, exitCodeOf } from '../../../src/core/errors.ts';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import { controlCallSchema, controlResponseSchema, type ControlResponse } from '../../../src/protocols/control.ts';
import { callController, watchController } from '../../../src/surfaces/console/control-client.ts';
import { startControlServer } from '../../../src/surfaces/console/control-server.ts';
import { FakeSource } from '../memory-bus.ts';
import { view } from '../sample-view.ts';

/** A client that writes what it likes, and keeps the lines it gets. */
class RawClient {
  readonly socket: Socket;
  readonly responses: ControlResponse[] = [];
  readonly closed: Promise<void>;
  #wake = () => {};
  #rest = '';

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.setEncoding('utf8');
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: string) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.responses.push(controlResponseSchema.parse(JSON.parse(line)));
      this.#wake();
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  async next(count: number): Promise<ControlResponse[]> {
    while (this.responses.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.responses.splice(0, count);
  }

  async ask(line: string): Promise<ControlResponse> {
    this.socket.write(`${line}\n`);
    const [response] = await this.next(1);
    assert.ok(response);
    return response;
  }
}

describe('the control socket', () => {
  let directory = '';
  let path = '';
  let source = new FakeSource(view());
  let clock = new VirtualClock();
  const closers: (() => unknown)[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'coldslot-control-'));
    path = join(directory, 'control.sock');
    source = new FakeSource(view());
    clock = new VirtualClock();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).toReversed()) await close();
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async () => {
    const server = await startControlServer(path, source, clock);
    closers.push(() => server.close());
    return server;
  };
  const client = () => {
    const raw = new RawClient(path);
    closers.push(() => raw.socket.destroy());
    return raw;
  };
  const listenOn = async (answer: (socket: Socket) => void): Promise<Server> => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      answer(socket);
    });
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return server;
  };

  describe('is made', () => {
    it('for the local user only', async () => {
      await start();
      assert.equal(statSync(path).mode & 0o777, 0o600);
    });

    it('in place of the stale one of a controller that died', async () => {
      const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
      const { spawnSync } = await import('node:child_process');
      assert.equal(spawnSync(process.execPath, ['-e', program]).signal, 'SIGKILL');
      assert.ok(statSync(path).isSocket());
      await start();
      assert.deepEqual(await callController(path, { method: 'view' }), source.current);
    });

    it('not in place of one that a live controller answers on, which goes on answering', async () => {
      await start();
      await assert.rejects(startControlServer(path, source, clock), {
        code: 'conflict',
        subject: path,
        message: 'another controller answers on this socket',
      });
      assert.ok(await callController(path, { method: 'view' }));
    });

    it('not in place of a file that is no socket', async () => {
      writeFileSync(path, 'precious');
      await assert.rejects(startControlServer(path, source, clock), {
        code: 'conflict',
        message: 'there is a file that is not a socket',
      });
      assert.equal(statSync(path).size, 8);
    });

    it('or it is said why not', async () => {
      path = join(directory, 'nowhere', 'control.sock');
      await assert.rejects(startControlServer(path, source, clock), {
        code: 'io',
        subject: path,
        hint: 'check the directory and its permissions',
      });
    });

    it('and is gone when it is closed', async () => {
      const server = await start();
      await server.close();
      assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
    });
  });

  describe('answers', () => {
    it('each request with its id, in order, slow ones included', async () => {
      await start();
      source.answer = (call) =>
        call.method === 'plan' ? new Promise((resolve) => setImmediate(resolve, 'planned')) : 1;
      const raw = client();
      raw.socket.write('{"id":7,"call":{"method":"plan","apply":false}}\n{"id":8,"call":{"method":"view"}}\n');
      const [first, second] = await raw.next(2);
      assert.deepEqual(first, { id: 7, result: 'planned', more: false });
      assert.equal(second?.id, 8);
      assert.deepEqual(source.calls, [{ method: 'plan', apply: false }]);
    });

    it('a line that is not a request with what is wrong with it, and goes on', async () => {
      await start();
      const raw = client();
      const notJson = await raw.ask('{"id":1');
      assert.ok('error' in notJson);
      assert.deepEqual([notJson.id, notJson.error.code, notJson.error.message], [-1, 'bad-input', 'not JSON']);
      const outOfRange = await raw.ask('{"id":5,"call":{"method":"fan-set","fan":"fan0","ratio":1.5}}');
      assert.ok('error' in outOfRange);
      assert.deepEqual([outOfRange.id, outOfRange.error.subject], [5, 'request call.ratio']);
      assert.equal((await raw.ask('{"id":6,"call":{"method":"view"}}')).id, 6);
    });

    it('any line that is JSON with one answer, and calls the controller only for what the schema allows', async () => {
      await start();
      const raw = client();
      const call = fc.record(
        {
          method: fc.constantFrom('view', 'plan', 'move', 'drain', 'fan-set', 'nonsense'),
          apply: fc.constantFrom(true, 'yes'),
          slot: fc.integer({ min: -5, max: 300 }),
        },
        { requiredKeys: ['method'] },
      );
      const request = fc.oneof(fc.jsonValue(), fc.record({ id: fc.oneof(fc.integer(), fc.double()), call }));
      await fc.assert(
        fc.asyncProperty(request, async (json) => {
          const before = source.calls.length;
          const response = await raw.ask(JSON.stringify(json));
          const called = source.calls.slice(before);
          assert.ok('error' in response ? called.length === 0 : called.length <= 1);
          for (const entry of called) assert.deepEqual(controlCallSchema.parse(entry), entry);
        }),
        { numRuns: 300 },
      );
    });

    it('with the error of a call, so that the command line ends with its exit status', async () => {
      await start();
      const statuses: (readonly [ColdslotError['code'], number])[] = [
        ['bad-input', 2],
        ['usage', 2],
        ['not-found', 1],
        ['refused', 1],
        ['conflict', 1],
        ['io', 1],
        ['failed', 1],
      ];
      for (const [code, status] of statuses) {
        source.answer = () => {
          throw new ColdslotError(code, 'slot 9', 'there is no such slot', 'slots are 1 to 8');
        };
        const error: unknown = await callController(path, { method: 'drain', slot: 9 }).catch(
          (caught: unknown) => caught,
        );
        assert.ok(error instanceof ColdslotError);
        assert.deepEqual(
          [error.code, error.subject, error.message, error.hint, exitCodeOf(error)],
          [code, 'slot 9', 'there is no such slot', 'slots are 1 to 8', status],
        );
      }
    });

    it('as failed when a call breaks in a way nobody foresaw', async () => {
      await start();
      source.answer = () => {
        throw new TypeError('x is not a function');
      };
      await assert.rejects(callController(path, { method: 'drain', slot: 1 }), {
        code: 'failed',
        subject: 'controller',
        message: 'x is not a function',
      });
    });

    it('nobody who sends a line without end', async () => {
      await start();
      const raw = client();
      raw.socket.write('x'.repeat(64 * 1024 + 1));
      await raw.closed;
      assert.ok(await callController(path, { method: 'view' })); // others are served
    });
  });

  describe('lets a client watch', () => {
    it('a view now, and after changes no more often than it asked for', async () => {
      await start();
      const raw = client();
      raw.socket.write('{"id":3,"call":{"method":"watch","maxHz":4}}\n');
      assert.deepEqual(await raw.next(1), [{ id: 3, result: source.current, more: true }]);
      for (let step = 0; step < 10; step++) source.change({ ambientC: 30 + step });
      clock.advance(249);
      clock.advance(1);
      const [second] = await raw.next(1);
      assert.ok(second && 'result' in second);
      assert.equal((second.result as { ambientC: number }).ambientC, 39);
      clock.advance(10_000); // nothing changed
      assert.equal((await raw.ask('{"id":4,"call":{"method":"view"}}')).id, 4);
    });

    it('without piling up views for one that does not read', async () => {
      source = new FakeSource(view({ name: 'x'.repeat(1 << 20) })); // a megabyte a view: more than socket buffers hold
      await start();
      const raw = client();
      raw.socket.write('{"id":1,"call":{"method":"watch","maxHz":10}}\n');
      await raw.next(1);
      raw.socket.pause();
      for (let step = 1; step <= 50; step++) {
        source.change({ ambientC: step });
        clock.advance(100);
      }
      raw.socket.resume();
      let last = 0;
      let views = 0;
      while (last !== 50) {
        const [response] = await raw.next(1);
        assert.ok(response && 'result' in response);
        last = (response.result as { ambientC: number }).ambientC;
        views++;
        clock.advance(100);
      }
      assert.ok(views <= 10, `${views} views were kept for a client that did not read`);
    });

    it('until it goes, or asks anew', async () => {
      await start();
      const raw = client();
      raw.socket.write('{"id":1,"call":{"method":"watch","maxHz":4}}\n{"id":2,"call":{"method":"watch","maxHz":4}}\n');
      assert.deepEqual(
        (await raw.next(2)).map((response) => response.id),
        [1, 2],
      );
      assert.equal(source.listening, 1);
      raw.socket.destroy();
      await raw.closed;
      while (source.listening > 0) await new Promise<void>((resolve) => void setImmediate(resolve));
      assert.deepEqual(clock.pendingNames(), []);
    });

    it('and tells it when the controller goes', async () => {
      const server = await start();
      let seen: string[] = [];
      const ended = new Promise<void>((resolve) => {
        void watchController(
          path,
          4,
          ({ chassis }) => {
            seen = [...seen, chassis];
            void server.close();
          },
          resolve,
        );
      });
      await ended;
      assert.deepEqual(seen, ['c1']);
    });
  });

  describe('whose controller is not there is said in words, with exit status 4:', () => {
    const problem = async (deadlineMs?: number) => {
      const error: unknown = await callController(path, { method: 'view' }, deadlineMs).catch(
        (caught: unknown) => caught,
      );
      assert.ok(error instanceof ColdslotError);
      assert.equal(exitCodeOf(error), 4);
      assert.equal(error.subject, path);
      return error.message;
    };

    it('no socket', async () => assert.equal(await problem(), 'the controller is not there'));

    it('one that closes the connection', async () => {
      await listenOn((socket) => socket.end());
      assert.equal(await problem(), 'the controller closed the connection without an answer');
    });

    it('one that says something else', async () => {
      await listenOn((socket) => socket.write('220 mail.example.org ESMTP\n'));
      assert.equal(await problem(), 'the controller closed the connection without an answer');
    });

    it('one that does not answer', async () => {
      await listenOn(() => {});
      assert.equal(await problem(20), 'the controller has not answered for 0.02 s');
    });

    it('one of another user', { skip: process.getuid?.() === 0 ? 'root may open every socket' : false }, async () => {
      await listenOn(() => {});
      chmodSync(path, 0);
      assert.equal(await problem(), 'the controller may not be reached by this user');
    });
  });
});
