// The Mover with fake sleds in virtual time: Moves that go well, that are refused, undone, interrupted by its own death.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { JournalFile } from '../../src/controller/journal-file.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';
import { defaultPolicy } from '../../src/moves/policy.ts';
import { openTicket } from '../../src/protocols/ticket.ts';
import { topicsOf } from '../../src/protocols/topics.ts';
import { MoveBench } from './move-bench.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const SLEDS = ['sled1', 'sled2', 'sled3'];
const STATES = ['planned', 'staged', 'frozen', 'shipped', 'committed', 'claimed'];

async function benchWith(...workloads: string[]): Promise<MoveBench> {
  const bench = new MoveBench(SLEDS);
  for (const workload of workloads) bench.agent('sled1').adopt(workload, 1);
  await bench.openMover();
  return bench;
}

describe('a Move', () => {
  it('takes a workload from sled to sled, seen in every state', async () => {
    const bench = await benchWith('w1');
    const planned = await bench.move('w1', 'sled2');
    assert.equal(planned.id, 'm1');
    assert.equal(planned.epoch, 2);
    assert.deepEqual(bench.mover?.reservations(), [{ move: 'm1', workload: 'w1', slot: 2, demand: { cpu: 2 } }]);
    assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === 'done', 60_000));
    assert.deepEqual(
      bench.seen,
      [...STATES, 'done'].map((state) => `m1 ${state}`),
    );
    assert.equal(bench.runsOn('w1'), 'sled2');
    assert.equal(bench.agent('sled2').copies.get('w1')?.epoch, 2);
    assert.equal(bench.agent('sled1').copies.has('w1'), false);
    assert.deepEqual(bench.mover?.reservations(), []);
  });

  it('tells how long the workload was down: from the freeze sent to the commit answered', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    const isAt = (state: string) => bench.mover?.get('m1')?.state === state;
    assert.ok(await bench.until(() => isAt('staged'), 60_000));
    const frozenMs = bench.clock.nowMs();
    assert.ok(await bench.until(() => isAt('claimed'), 60_000));
    const downMs = bench.mover?.get('m1')?.downtimeMs ?? 0;
    // looked at every 5 ms: at most that wrong at either end, and the journal's millisecond
    assert.ok(Math.abs(downMs - (bench.clock.nowMs() - frozenMs)) <= 11, `${downMs} ms`);
  });

  it('sends commands with deadline, ticket, spec and peer as the verbs need them', async () => {
    const keys = generateKeyPairSync('ed25519');
    const bench = new MoveBench(SLEDS);
    bench.agent('sled1').adopt('w1', 6);
    await bench.openMover({ ticketKey: keys.privateKey });
    await bench.move('w1', 'sled3');
    await bench.until(() => bench.commands.some((command) => command.verb === 'ship'), 60_000);
    const byVerb = new Map(bench.commands.map((command) => [command.verb, command]));
    assert.equal(byVerb.get('stage')?.spec?.id, 'w1');
    assert.equal(byVerb.get('freeze')?.spec, null);
    assert.deepEqual(byVerb.get('ship')?.peer, { host: '127.0.0.1', port: 4000 });
    assert.equal(byVerb.get('stage')?.peer, null);
    for (const command of bench.commands) {
      const { epoch, from, to, move } = openTicket(command.ticket, createPublicKey(keys.privateKey));
      assert.deepEqual({ epoch, from, to, move }, { epoch: 7, from: 'sled1', to: 'sled3', move: 'm1' });
      assert.ok(Date.parse(command.deadline) > bench.clock.nowMs() - 60_000);
    }
    await bench.close();
  });

  it('ignores answers that come on another sled’s topic, and what is no answer', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    await bench.until(() => bench.mover?.get('m1')?.state === 'staged', 60_000);
    bench.agent('sled1').crash('survive');
    const [command] = bench.commands;
    const lie = { ...command, verb: 'freeze', sled: 'sled1', outcome: 'done', error: null, bytes: 0, digest: null };
    const {
      peer: _peer,
      leaseMs: _leaseMs,
      ...event
    } = { ...lie, record: 'frozen', at: '' } as Record<string, unknown>;
    bench.send(topicsOf('bench').agentEvent('sled3'), JSON.stringify(event));
    await bench.clock.advanceAsync(1_000);
    bench.send(topicsOf('bench').agentEvent('sled3'), '{"nonsense":');
    await bench.clock.advanceAsync(1_000);
    assert.equal(bench.mover?.get('m1')?.state, 'staged');
    assert.equal(bench.logged.filter((line) => line.includes('it speaks for sled1 on the topic of sled3')).length, 1);
    bench.send(topicsOf('bench').agentEvent('sled1'), JSON.stringify(event)); // the same, on its own topic, counts
    await bench.clock.advanceAsync(1_000);
    assert.equal(bench.mover?.get('m1')?.state, 'frozen');
    await bench.close();
  });
});

describe('a Move is refused', () => {
  const cases: [why: RegExp, code: string, workload: string, to: string, change: (bench: MoveBench) => void][] = [
    [/it is on sled1 already/, 'refused', 'w1', 'sled1', () => {}],
    [/its agent is offline/, 'refused', 'w1', 'sled2', (bench) => bench.agent('sled2').crash('die')],
    [/its agent has never been heard of/, 'refused', 'w1', 'sled9', () => {}],
    [/it is pinned to its slot/, 'refused', 'pinned1', 'sled2', () => {}],
    [/it may not run in slot 2/, 'refused', 'kept1', 'sled2', () => {}],
    [/does not take bulk data/, 'refused', 'w1', 'sled2', (bench) => (bench.announced = { bulk: null })],
    [
      /no room on sled2: cpu: 2 needed, 1 free/,
      'refused',
      'w1',
      'sled2',
      (bench) => (bench.announced = { capacities: { cpu: 1 } }),
    ],
    [/sled1 does not have it/, 'not-found', 'w1', 'sled2', (bench) => (bench.announced = { workloads: [] })],
  ];
  for (const [why, code, workload, to, change] of cases) {
    it(`when ${why.source}`, async () => {
      const bench = await benchWith('w1', 'pinned1', 'kept1');
      change(bench);
      await assert.rejects(bench.move(workload, to), { code, message: why });
      assert.deepEqual(bench.mover?.list(), []);
      assert.deepEqual(bench.commands, []);
    });
  }

  it('when another of the same workload, of the same sleds, or too many are open, also in the same instant', async () => {
    const bench = await benchWith('w1', 'w2', 'w3');
    const first = bench.move('w1', 'sled2');
    await assert.rejects(bench.move('w1', 'sled3'), { code: 'conflict', message: 'Move m1 of it is open' });
    await first;
    await assert.rejects(bench.move('w2', 'sled2'), {
      code: 'conflict',
      message: /Move m1 between sled1 and sled2 is open/,
    });
    await bench.close();
    const few = await benchWith('w1', 'w2');
    await few.openMover({ limits: { maxOpen: 1, maxPerSledPair: 9 } });
    await few.move('w1', 'sled2');
    await assert.rejects(few.move('w2', 'sled3'), { code: 'conflict', message: /1 Moves are open/ });
    await few.close();
  });

  it('when open Moves hold the room that is left', async () => {
    const bench = await benchWith('w1', 'w2', 'w3', 'w4', 'w5');
    await bench.openMover({ limits: { maxOpen: 9, maxPerSledPair: 9 } });
    for (const workload of ['w1', 'w2', 'w3', 'w4']) await bench.move(workload, 'sled2'); // 2 of 8 cores each
    await assert.rejects(bench.move('w5', 'sled2'), { code: 'refused', message: /cpu: 2 needed, 0 free/ });
    await bench.close();
  });
});

describe('undo', () => {
  it('brings the workload back, and its epoch is burnt', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === 'shipped', 60_000));
    const undoing = await bench.undo('m1');
    assert.equal(undoing.state, 'undoing');
    assert.equal(undoing.error, 'undone on request');
    assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === 'undone', 60_000));
    assert.equal(bench.runsOn('w1'), 'sled1');
    assert.deepEqual(bench.mover?.reservations(), []);
    const next = await bench.move('w1', 'sled2');
    assert.deepEqual([next.id, next.epoch], ['m2', 3]);
    assert.deepEqual(
      bench.mover?.list().map((view) => view.id),
      ['m2', 'm1'],
    );
    await bench.close();
  });

  it('is refused after Committed, for a Move that has ended, and for one that never was', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    await bench.until(() => bench.mover?.get('m1')?.state === 'committed', 60_000);
    await assert.rejects(bench.undo('m1'), { code: 'refused', message: /from here it only goes on/ });
    await bench.until(() => bench.mover?.get('m1')?.state === 'done', 60_000);
    await assert.rejects(bench.undo('m1'), { code: 'refused', message: 'it has ended' });
    await assert.rejects(bench.undo('m7'), { code: 'not-found' });
  });

  it('happens by itself when the destination goes away, and says what it waits for', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    await bench.until(() => bench.mover?.get('m1')?.state === 'shipped', 60_000);
    bench.agent('sled2').crash('survive');
    await bench.clock.advanceAsync(600_000);
    const view = bench.mover?.get('m1');
    assert.equal(view?.state, 'undoing');
    assert.match(view?.error ?? '', /^sled2 did not answer thaw in time; waiting for sled2 to confirm the abort/);
    assert.notEqual(bench.runsOn('w1'), 'sled1'); // sled2 may run it
    bench.agent('sled2').start();
    bench.online('sled2');
    await bench.clock.advanceAsync(100);
    assert.equal(bench.mover?.get('m1')?.state, 'undone');
    assert.equal(bench.runsOn('w1'), 'sled1');
  });
});

describe('after the controller’s death', () => {
  for (const state of STATES) {
    it(`a Move that was ${state} goes on to its end`, async () => {
      const bench = await benchWith('w1');
      bench.dieAt = `m1 ${state}`;
      await bench.move('w1', 'sled2');
      assert.ok(await bench.until(() => bench.mover === null, 60_000));
      bench.dieAt = null;
      await bench.clock.advanceAsync(40_000);
      const mover = await bench.openMover();
      assert.ok(bench.logged.includes(`Move m1 of w1 goes on from ${state}`));
      assert.ok(await bench.until(() => mover.get('m1')?.state === 'done', 60_000));
      assert.equal(bench.runsOn('w1'), 'sled2');
      assert.ok((mover.get('m1')?.downtimeMs ?? 0) > 0);
      assert.deepEqual(mover.reservations(), []);
      const next = await bench.move('w1', 'sled1');
      assert.deepEqual([next.id, next.epoch], ['m2', 3]);
      await bench.close();
    });
  }

  it('a Move that was undoing is undone', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    await bench.until(() => bench.mover?.get('m1')?.state === 'frozen', 60_000);
    bench.agent('sled1').crash('survive');
    await bench.undo('m1');
    bench.killMover();
    bench.agent('sled1').start();
    const mover = await bench.openMover();
    assert.ok(await bench.until(() => mover.get('m1')?.state === 'undone', 60_000));
    assert.equal(bench.runsOn('w1'), 'sled1');
  });

  it('a destination that still owes its word on an abort is reminded', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    await bench.until(() => bench.mover?.get('m1')?.state === 'staged', 60_000);
    bench.agent('sled2').crash('die');
    await bench.undo('m1');
    await bench.clock.advanceAsync(defaultPolicy.abortPatienceMs + 10_000);
    assert.equal(bench.mover?.get('m1')?.state, 'undone');
    assert.equal(bench.agent('sled2').copies.get('w1')?.role, 'staged');
    bench.killMover();
    bench.agent('sled2').start();
    const mover = await bench.openMover();
    await bench.clock.advanceAsync(1_000);
    assert.equal(bench.agent('sled2').copies.has('w1'), false);
    assert.deepEqual(
      mover.list().map((view) => view.state),
      ['undone'],
    );
  });

  it('Moves survive lost messages and many deaths: one copy, everywhere an end', async () => {
    let moves = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const bench = new MoveBench(SLEDS, seed);
      const random = seededRandom(seed).fork('deaths');
      for (const workload of ['w1', 'w2', 'w3']) bench.agent('sled1').adopt(workload, 1);
      await bench.openMover();
      bench.lossRatio = 0.2;
      for (let round = 0; round < 6; round++) {
        for (const workload of ['w1', 'w2', 'w3']) {
          await bench.move(workload, random.pick(SLEDS)).catch((error: unknown) => {
            if (!(error instanceof ColdslotError)) throw error; // refused: it runs there, or a Move of it is open
          });
        }
        await bench.clock.advanceAsync(random.int(12_000));
        bench.killMover();
        await bench.clock.advanceAsync(random.int(3_000));
        await bench.openMover();
      }
      bench.lossRatio = 0;
      await bench.clock.advanceAsync(120_000);
      const views = bench.mover?.list() ?? [];
      moves += views.length;
      for (const view of views) assert.match(view.state, /^(done|undone)$/, `seed ${seed}: ${view.id}`);
      assert.deepEqual(bench.mover?.reservations(), [], `seed ${seed}`);
      for (const workload of ['w1', 'w2', 'w3']) {
        const holders = SLEDS.filter((sled) => bench.agent(sled).copies.has(workload));
        assert.deepEqual(holders, [bench.runsOn(workload)], `seed ${seed}: ${workload}`);
      }
      bench.killMover();
    }
    assert.ok(moves > 100, `${moves} Moves`);
  });
});

describe('a journal that cannot be written', () => {
  const full = new ColdslotError('io', '/var/lib/coldslot/moves', 'the disk is full', 'free some space on it');
  const problem = 'journal cannot be written: /var/lib/coldslot/moves: the disk is full; free some space on it';

  it('lets no Move start, and says so, until it can', async () => {
    const bench = await benchWith('w1');
    bench.journal.fault = full;
    const refused = { code: 'io', message: problem, hint: 'moves are refused, cooling goes on' };
    await assert.rejects(bench.move('w1', 'sled2'), refused);
    assert.equal(bench.mover?.journalProblem(), `${problem}; moves are refused, cooling goes on`);
    assert.deepEqual(bench.mover?.list(), []);
    assert.deepEqual(bench.mover?.reservations(), []);
    assert.deepEqual(bench.commands, []);
    bench.journal.fault = null;
    await bench.clock.advanceAsync(6_000);
    assert.equal(bench.mover?.journalProblem(), null);
    assert.equal((await bench.move('w1', 'sled2')).state, 'planned');
    await bench.close();
  });

  it('is known from the start when it could not even be opened', async () => {
    const bench = new MoveBench(SLEDS);
    bench.agent('sled1').adopt('w1', 1);
    bench.journal.fault = full;
    await bench.openMover();
    await assert.rejects(bench.move('w1', 'sled2'), { code: 'io', message: problem });
    await bench.close();
  });

  it('holds an open Move where it is: nothing is sent that is not durable', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    await bench.until(() => bench.mover?.get('m1')?.state === 'frozen', 60_000);
    bench.journal.fault = full;
    await bench.clock.advanceAsync(120_000);
    assert.equal(bench.mover?.get('m1')?.state, 'frozen');
    assert.match(bench.mover?.get('m1')?.error ?? '', /journal cannot be written: .*disk is full/);
    assert.equal(
      bench.commands.some((command) => command.verb === 'thaw'),
      false,
    );
    bench.journal.fault = null;
    assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === 'done', 60_000));
    assert.equal(bench.runsOn('w1'), 'sled2');
  });
});

describe('the Mover over a journal file', () => {
  it('finds its closed Moves and epochs again', async (t) => {
    const directory = await temporaryDirectory(t);
    const bench = new MoveBench(SLEDS);
    bench.agent('sled1').adopt('w1', 1);
    let journal = await JournalFile.open(directory);
    const mover = await bench.openMover({ journal, ledger: journal.ledger() });
    const started = mover.start({
      workload: 'w1',
      from: 1,
      to: 2,
      fromSled: 'sled1',
      toSled: 'sled2',
      trigger: 'plan',
    });
    assert.equal((await started).state, 'planned');
    for (let round = 0; round < 10_000 && mover.get('m1')?.state !== 'done'; round++) {
      await bench.clock.advanceAsync(5); // virtual time for the sleds,
      await journal.append([]); // real time for the disk
    }
    assert.equal(mover.get('m1')?.state, 'done');
    bench.killMover();
    await mover.close();
    await journal.close();
    journal = await JournalFile.open(directory);
    const again = await bench.openMover({ journal, ledger: journal.ledger() });
    assert.deepEqual(
      again.list().map((view) => [view.id, view.state, view.epoch]),
      [['m1', 'done', 2]],
    );
    await again.close();
    await journal.close();
  });
});
