import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Adapter, type TransferJob, type TurnEnd } from '../../src/buses/adapter.ts';
import { openHardwareBus, type I2cModule, type SyncI2c } from '../../src/buses/i2c-bus.ts';
import type { I2cAnswer } from '../../src/core/ports.ts';

/** Linux' default: adapter->timeout is one second. */
const ADAPTER_TIMEOUT_MS = 1000;

class Bench {
  nowMs = 0;
  readonly adapter: Adapter;
  readonly hung = new Set<number>();
  readonly calls: string[] = [];
  looks = 0;
  #finish: (() => void)[] = [];

  constructor(onTurnEnd?: TurnEnd) {
    const nowMs = () => {
      this.looks++;
      return this.nowMs;
    };
    this.adapter = new Adapter('chassis', nowMs, onTurnEnd);
  }

  /** As openHardwareBus does. */
  ask(job: TransferJob): Promise<I2cAnswer> {
    const { adapter } = this;
    if (!adapter.mayAskNow(job.address)) return adapter.ask(job);
    return Promise.resolve(adapter.settle(job.address, job.now()));
  }

  job(address: number): TransferJob {
    return {
      address,
      now: () => {
        this.calls.push(`now ${address}`);
        if (this.hung.has(address)) this.nowMs += ADAPTER_TIMEOUT_MS;
        return this.#answer(address);
      },
      inPool: async () => {
        this.calls.push(`pool ${address}`);
        if (this.hung.has(address)) await new Promise<void>((resolve) => void this.#finish.push(resolve));
        return this.#answer(address);
      },
    };
  }

  /** The pool's calls come back with the adapter's time-out. */
  async timeOut(): Promise<void> {
    this.nowMs += ADAPTER_TIMEOUT_MS;
    for (const finish of this.#finish.splice(0)) finish();
    await settle();
  }

  #answer(address: number): I2cAnswer {
    // a driver that calls its time-out an I/O error
    if (this.hung.has(address)) return { kind: 'error', error: 'io', detail: 'EIO' };
    return { kind: 'ok', data: Uint8Array.of(address) };
  }
}

const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('a bus that has not answered yet', () => {
  it('is asked through the pool, in the order of the calls; once it has answered synchronously', async () => {
    const bench = new Bench();
    await Promise.all([bench.ask(bench.job(1)), bench.ask(bench.job(2))]);
    assert.deepEqual(bench.calls, ['pool 1', 'now 2']);
    void bench.ask(bench.job(3));
    assert.deepEqual(bench.calls.slice(2), ['now 3']); // done when the call returned
  });

  it('and hangs blocks nobody', async () => {
    const bench = new Bench();
    bench.hung.add(1);
    const first = bench.ask(bench.job(1));
    const second = bench.ask(bench.job(1));
    await settle();
    assert.equal(bench.nowMs, 0);
    await bench.timeOut();
    assert.equal((await first).kind, 'error');
    const refused = await second;
    assert.equal(refused.kind === 'error' && refused.error, 'timeout');
    assert.deepEqual(bench.calls, ['pool 1']);
  });
});

describe('a bus that has not answered for half a second', () => {
  it('is asked through the pool once: one that has come to hang meanwhile blocks nobody', async () => {
    const bench = new Bench();
    await bench.ask(bench.job(1));
    bench.nowMs += 500;
    await Promise.all([bench.ask(bench.job(1)), bench.ask(bench.job(2))]);
    assert.deepEqual(bench.calls.slice(1), ['pool 1', 'now 2']);
    bench.nowMs += 500;
    const startMs = bench.nowMs;
    bench.hung.add(1);
    void bench.ask(bench.job(1));
    await settle();
    assert.equal(bench.nowMs, startMs);
  });
});

describe('a bus that begins to hang between two transfers of a sweep', () => {
  it('blocks for one time-out, then never: the rest of the sweep is refused, tries go through the pool', async () => {
    const bench = new Bench();
    await bench.ask(bench.job(1));
    for (const address of [1, 2, 3]) bench.hung.add(address);
    const answers = await Promise.all([1, 2, 3].map((address) => bench.ask(bench.job(address))));
    assert.equal(bench.nowMs, ADAPTER_TIMEOUT_MS);
    assert.deepEqual(
      answers.map((answer) => answer.kind === 'error' && answer.error),
      ['timeout', 'timeout', 'timeout'],
    );
    const before = bench.calls.length;
    for (let second = 0; second < 60; second++) {
      bench.nowMs += 1000;
      const startMs: number = bench.nowMs;
      for (const address of [1, 2, 3]) void bench.ask(bench.job(address));
      await settle();
      assert.equal(bench.nowMs, startMs, 'nothing blocked');
      await bench.timeOut();
    }
    const tries = bench.calls.slice(before);
    assert.ok(tries.every((call) => call.startsWith('pool')));
    assert.ok(tries.length >= 15 && tries.length <= 40, `${tries.length} tries in two minutes`);
  });

  it('is asked synchronously again when it has answered', async () => {
    const bench = new Bench();
    await bench.ask(bench.job(1));
    bench.hung.add(1);
    await bench.ask(bench.job(1));
    bench.hung.clear();
    bench.nowMs += 400; // the first pause
    await bench.ask(bench.job(2));
    void bench.ask(bench.job(3));
    assert.deepEqual(bench.calls.slice(-2), ['pool 2', 'now 3']);
  });

  it('because of one chip: that one is asked through the pool until it answers', async () => {
    const bench = new Bench();
    await bench.ask(bench.job(1));
    bench.hung.add(7);
    await bench.ask(bench.job(7));
    bench.nowMs += 400;
    await bench.ask(bench.job(1));
    const blockedMs = bench.nowMs;
    void bench.ask(bench.job(7));
    await settle();
    assert.equal(bench.calls.at(-1), 'pool 7');
    assert.equal(bench.nowMs, blockedMs);
  });
});

describe('an address that a kernel driver owns', () => {
  it('is refused each time: the file that i2c-bus keeps for it, set to no address, is not used', async () => {
    let opened = 0;
    let closed = 0;
    const kept = new Set<number>();
    const handle = (): SyncI2c => {
      kept.clear();
      return {
        readByteSync: (address: number) => {
          if (kept.has(address)) return 0; // as the package does: the second call goes to whatever the file is set to
          kept.add(address);
          throw Object.assign(new Error('EBUSY, Device or resource busy'), { code: 'EBUSY' });
        },
        closeSync: () => void closed++,
      } as unknown as SyncI2c;
    };
    const module: I2cModule = { openSync: () => (opened++, handle()) };
    const bus = openHardwareBus('chassis', () => 3, module);
    for (let n = 0; n < 3; n++) {
      const answer = await bus.transfer(0x48, Uint8Array.of(0), 1);
      assert.equal(answer.kind === 'error' && answer.error, 'busy');
    }
    assert.deepEqual([opened, closed], [3, 3]);
  });

  it('is read all the same when it is a mux, one byte and nothing else', async () => {
    const calls: string[] = [];
    const module: I2cModule = {
      openSync: (_number, options) =>
        ({
          receiveByteSync: (address: number) => (
            calls.push(`${options?.forceAccess === true ? 'forced' : 'plain'} ${address}`),
            4
          ),
          writeByteSync: () => void calls.push(options?.forceAccess === true ? 'forced write' : 'plain write'),
          closeSync: () => undefined,
        }) as unknown as SyncI2c,
    };
    const bus = openHardwareBus('chassis', () => 3, module, { muxAddresses: new Set([0x70]) });
    await bus.transfer(0x70, new Uint8Array(0), 1);
    await bus.transfer(0x48, new Uint8Array(0), 1);
    await bus.transfer(0x70, Uint8Array.of(0, 0), 0);
    assert.deepEqual(calls, ['forced 112', 'plain 72', 'plain write']);
  });
});

describe('within one turn of the event loop', () => {
  async function trusted() {
    let endTurn = () => {};
    const bench = new Bench((ended) => void (endTurn = ended));
    await bench.ask(bench.job(1));
    bench.looks = 0;
    return { bench, endTurn: () => endTurn() };
  }

  it('the clock is looked at once at first, and then after every 16 transfers that were answered', async () => {
    const { bench } = await trusted();
    for (let n = 0; n < 15; n++) void bench.ask(bench.job(2));
    assert.equal(bench.looks, 1);
    void bench.ask(bench.job(2));
    assert.equal(bench.looks, 2);
    for (let n = 0; n < 16; n++) void bench.ask(bench.job(2));
    assert.equal(bench.looks, 3);
    assert.equal(bench.calls.filter((call) => call === 'now 2').length, 32);
  });

  it('a transfer that fails is timed at once, and a bus that hangs is found at once', async () => {
    const { bench } = await trusted();
    void bench.ask(bench.job(2));
    bench.hung.add(3);
    const answer = await bench.ask(bench.job(3));
    assert.equal(answer.kind === 'error' && answer.error, 'timeout');
    const refused = await bench.ask(bench.job(1));
    assert.equal(refused.kind === 'error' && refused.error, 'timeout');
    assert.deepEqual(bench.calls.slice(1), ['now 2', 'now 3']);
  });

  it('one of many that stretches the clock is found within two rounds, and goes through the pool from then on', async () => {
    const { bench } = await trusted();
    const slowJob = (): TransferJob => ({
      address: 9,
      now: () => {
        bench.calls.push('now 9');
        bench.nowMs += 150;
        return { kind: 'ok', data: Uint8Array.of(9) };
      },
      inPool: () => {
        bench.calls.push('pool 9');
        return Promise.resolve({ kind: 'ok', data: Uint8Array.of(9) });
      },
    });
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 8; n++) void bench.ask(bench.job(2));
      void bench.ask(slowJob());
      for (let n = 0; n < 8; n++) void bench.ask(bench.job(3));
      await settle();
    }
    assert.deepEqual(
      bench.calls.filter((call) => call.endsWith(' 9')),
      ['now 9', 'now 9', 'pool 9'],
    );
  });

  it('a bus that was silent for long is asked through the pool in the next turn', async () => {
    const { bench, endTurn } = await trusted();
    void bench.ask(bench.job(2));
    endTurn();
    bench.nowMs += 600;
    await bench.ask(bench.job(4));
    assert.equal(bench.calls.at(-1), 'pool 4');
  });
});
