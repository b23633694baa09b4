// All Moves together: what is admitted at once never overbooks, and a journal that fails stops what must be stopped.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { defaultControlSettings, listMoves, reservationsOf, type Control } from '../../src/moves/control-state.ts';
import { startControl, stepControl } from '../../src/moves/control-step.ts';
import type { ControlEvent } from '../../src/moves/control.ts';
import { emptyLedger } from '../../src/moves/ledger.ts';
import { announced, status } from '../controller/announcements.ts';
import { ControlBench } from './control-bench.ts';

const SLEDS = ['sled1', 'sled2', 'sled3'];
const MANY = { maxOpen: 16, maxPerSledPair: 16 };

describe('Moves at once', () => {
  it('up to 16, never take more room at a destination than it has, in whatever order they are wished and end', () => {
    let mostOpen = 0;
    let refused = 0;
    const wish = fc.record({ workload: fc.nat(23), to: fc.nat(3), end: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(
        fc.array(wish, { minLength: 40, maxLength: 90 }),
        fc.array(fc.integer({ min: 4, max: 16 }), { minLength: 4, maxLength: 4 }),
        (wishes, cores) => {
          const bench = crowd(cores);
          for (const { workload, to, end } of wishes) {
            bench.want(workload, to);
            if (end === 0) bench.undoFirst();
            for (const [slot, capacity] of cores.entries()) {
              const used = bench.used(slot);
              assert.ok(
                used <= Math.max(capacity, bench.atStart(slot)),
                `slot ${slot + 1}: ${used} of ${capacity} cores`,
              );
            }
            mostOpen = Math.max(mostOpen, bench.open());
          }
          refused += bench.refused;
          assert.equal(bench.reserved(), bench.open());
        },
      ),
      { numRuns: 80, seed: 7 },
    );
    assert.equal(mostOpen, 16);
    assert.ok(refused > 500, `${refused} refused`);
  });
});

/** Four slots with work of 1 core each, six in each; every append is durable at once. */
function crowd(cores: readonly number[]) {
  const at = new Map(Array.from({ length: 24 }, (_, w) => [`w${w}`, w % 4] as const));
  const started = new Map(at);
  const settings = { ...defaultControlSettings, limits: MANY };
  let { control, effects } = startControl({ ledger: emptyLedger, atMs: 0, wallMs: 0 }, settings);
  let refused = 0;
  let token = 0;
  const feed = (event: ControlEvent) => {
    ({ control, effects } = stepControl(control, event, settings));
    for (const effect of [...effects]) {
      if (effect.kind === 'refused') refused++;
      if (effect.kind === 'append') feed({ kind: 'appended', atMs: 0, wallMs: 0, token: effect.token, error: null });
    }
  };
  for (const [slot, capacity] of cores.entries()) {
    const here = [...at].filter(([, where]) => where === slot).map(([id]) => announced(id, { demand: { cpu: 1 } }));
    const record = { capacities: { cpu: capacity }, bulk: { host: '::1', port: 1 }, workloads: here };
    feed({ kind: 'status', atMs: 0, status: status(`sled${slot + 1}`, record) });
  }
  const views = () => listMoves(control).filter(({ state }) => state !== 'undone' && state !== 'done');
  return {
    get refused() {
      return refused;
    },
    want: (workload: number, to: number) => {
      const from = at.get(`w${workload}`) as number;
      const ends = { from: from + 1, to: to + 1, fromSled: `sled${from + 1}`, toSled: `sled${to + 1}` };
      feed({ kind: 'want', atMs: 0, wallMs: 0, token: ++token, workload: `w${workload}`, ...ends, trigger: 'plan' });
    },
    undoFirst: () => {
      const [first] = views();
      if (first !== undefined) feed({ kind: 'undo', atMs: 0, token: ++token, move: first.id, why: 'asked' });
    },
    open: () => views().length,
    reserved: () => reservationsOf(control).length,
    /** What runs there and what is promised there: by the views, not by the reservations. */
    used: (slot: number) =>
      [...at.values()].filter((where) => where === slot).length + views().filter(({ to }) => to === slot + 1).length,
    atStart: (slot: number) => [...started.values()].filter((where) => where === slot).length,
  };
}

describe('a journal that cannot be written', () => {
  function started(): ControlBench {
    const bench = new ControlBench(SLEDS, { limits: MANY });
    for (const workload of ['w1', 'w2', 'w3']) bench.agent('sled1').adopt(workload, 1);
    bench.start();
    bench.clock.advance(10);
    return bench;
  }

  it('refuses the new Move whose edge it is, gives its room back, and burns its epoch', () => {
    const bench = started();
    bench.diskFault = 'disk full';
    bench.want('w1', 1, 2);
    assert.equal(reservationsOf(bench.control as Control).length, 1);
    bench.clock.advance(10);
    assert.deepEqual(
      bench.refused.map(({ code, why }) => [code, why]),
      [['io', 'journal cannot be written: disk full']],
    );
    assert.deepEqual([reservationsOf(bench.control as Control), bench.commands], [[], []]);
    bench.want('w2', 1, 2); // refused without trying
    assert.equal(bench.refused.length, 2);
    bench.diskFault = null;
    bench.clock.advance(6_000);
    bench.want('w1', 1, 2);
    bench.clock.advance(10);
    assert.deepEqual(
      bench.accepted.map(({ id, epoch }) => [id, epoch]),
      [['m2', 3]],
    ); // m1 had 2, perhaps on the disk
  });

  it('twice for two open Moves, holds both where they are, and both go on when it can', () => {
    const bench = started();
    bench.want('w1', 1, 2);
    bench.want('w2', 1, 3);
    const states = () => ['m1', 'm2'].map((id) => bench.view(id)?.state);
    bench.clock.advance(100);
    bench.diskFault = 'disk full';
    bench.clock.advance(60_000);
    const held = states();
    for (const state of held) assert.ok(['planned', 'staged', 'frozen', 'shipped'].includes(state ?? ''), state);
    const sent = bench.commands.length;
    for (const id of ['m1', 'm2']) assert.match(bench.view(id)?.error ?? '', /journal cannot be written: disk full/);
    bench.clock.advance(60_000);
    assert.deepEqual(states(), held);
    assert.equal(bench.commands.length, sent);
    bench.diskFault = null;
    assert.ok(bench.until(() => states().every((state) => state === 'done'), 60_000));
    assert.deepEqual(
      ['w1', 'w2'].map((workload) => bench.runsOn(workload)),
      ['sled2', 'sled3'],
    );
  });

  it('keeps a flood of answers from piling up behind it', () => {
    const bench = started();
    bench.want('w1', 1, 2);
    assert.ok(bench.until(() => bench.view('m1')?.state === 'staged', 10_000));
    bench.diskFault = 'disk full';
    bench.until(() => bench.control?.moves.get('m1')?.pending?.tries === 'failed', 30_000);
    const lie = {
      move: 'm1',
      workload: 'w1',
      epoch: 2,
      verb: 'freeze',
      deadline: '',
      ticket: '',
      sled: 'sled1',
    } as const;
    const rest = { error: null, spec: null, bytes: 0, digest: null, record: 'frozen', at: '' } as const;
    for (let count = 0; count < 10_000; count++)
      bench.feed({ kind: 'answer', event: { ...lie, ...rest, outcome: 'done' } });
    assert.ok((bench.control?.moves.get('m1')?.inbox.length ?? Infinity) <= 64);
    bench.diskFault = null;
    assert.ok(bench.until(() => bench.view('m1')?.state === 'done', 60_000));
  });
});

describe('a Move is refused', () => {
  it('from a sled that says it runs what by the journal is another’s', () => {
    const bench = new ControlBench(SLEDS);
    bench.agent('sled1').adopt('w1', 1);
    bench.start();
    bench.clock.advance(10);
    bench.want('w1', 1, 2);
    assert.ok(bench.until(() => bench.view('m1')?.state === 'done', 60_000));
    bench.sendStatus('sled2');
    bench.clock.advance(10);
    const liar = status('sled3', { bulk: { host: '::1', port: 1 }, workloads: [announced('w1', { epoch: 9 })] });
    bench.feed({ kind: 'status', status: liar });
    bench.want('w1', 3, 1);
    assert.match(bench.refused[0]?.why ?? '', /by the journal it is sled2’s at epoch 2/);
  });

  it('when its sled tells of an epoch or of demands that no agent of ours has', () => {
    const demand = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`r${n}`, 1]));
    for (const lie of [announced('w1', { epoch: Number.MAX_SAFE_INTEGER }), announced('w1', { demand })]) {
      const bench = new ControlBench(SLEDS);
      bench.start();
      for (const sled of ['sled1', 'sled2']) {
        const workloads = sled === 'sled1' ? [lie] : [];
        bench.feed({ kind: 'status', status: status(sled, { bulk: { host: '::1', port: 1 }, workloads }) });
      }
      bench.want('w1', 1, 2);
      assert.match(bench.refused[0]?.why ?? '', /^sled1 says that it/);
    }
  });
});
