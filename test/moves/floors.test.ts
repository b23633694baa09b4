// What floor a sled that has booted is granted, case by case; and the trap: a floor that also rejects the undo.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { floorFor } from '../../src/moves/floors.ts';
import { emptyLedger, fold, type Ledger } from '../../src/moves/ledger.ts';
import type { MoveRecord } from '../../src/moves/move-record.ts';
import { edgeEntry } from '../controller/edge-entry.ts';
import { decodeEntry } from '../../src/moves/ledger.ts';
import { ControlBench } from './control-bench.ts';

type State = MoveRecord['state'];

const UNDOING: State = { kind: 'undoing', thaw: 'maybe-sent', abort: 'pending', resume: 'blocked' };
const OFF: State = { ...UNDOING, resume: 'pending', power: { kind: 'over', confirmed: true } };

/** w1 runs on sled1 at epoch 4 and has once been at epoch 9; Move m7 takes it to sled2 at epoch 10. */
function ledgerAt(...states: readonly State[]): Ledger {
  const entry = decodeEntry(edgeEntry(7));
  if (entry.kind !== 'edge') throw new Error('no edge');
  const move = { ...entry.move, workload: 'w1', fromSled: 'sled1', toSled: 'sled2', epoch: 10, ownEpoch: 4 };
  const before: Ledger = {
    ...emptyLedger,
    epochs: new Map([['w1', 9]]),
    owners: new Map([['w1', { sled: 'sled1', epoch: 4 }]]),
  };
  return states.reduce((ledger, state) => fold(ledger, { kind: 'edge', move: { ...move, state } }), before);
}

const floor = (ledger: Ledger, sled: string, own = 3) =>
  floorFor(ledger, sled, { id: 'w1', epoch: 0, floor: own, move: null });

describe('a floor', () => {
  const PLANNED: State = { kind: 'planned' };
  const THAWED: readonly State[] = [PLANNED, { kind: 'staged' }, { kind: 'shipped' }];
  const FORWARD: readonly State[] = [...THAWED, { kind: 'committed' }];
  // the sled's own floor is 3 throughout
  const rows: readonly [name: string, ledger: Ledger, source: number, destination: number, other: number][] = [
    // no Move: the owner its own epoch; everyone else above every epoch there ever was, 9 + 1
    ['with no Move open', ledgerAt(), 4, 10, 10],
    ['in a Move that is planned', ledgerAt(PLANNED), 4, 10, 10],
    ['in a Move that is shipped', ledgerAt(...THAWED), 4, 10, 10],
    // until Committed the source keeps its own, older epoch: an undo brings it back at that;
    // once it is being undone the destination must not start what comes late
    ['in a Move that is being undone', ledgerAt(...THAWED, UNDOING), 4, 11, 10],
    ['in a Move whose destination was fenced by power', ledgerAt(...THAWED, UNDOING, OFF), 4, 11, 10],
    ['in a Move that is committed', ledgerAt(...FORWARD), 10, 10, 10],
    ['in a Move that is claimed', ledgerAt(...FORWARD, { kind: 'claimed' }), 10, 10, 10],
    // done: the destination owns it at 10, everyone else gets 10 + 1
    ['after a Move that is done', ledgerAt(...FORWARD, { kind: 'done' }), 11, 10, 11],
    // undone: the source owns it at its old epoch, 10 is burnt
    ['after a Move that is undone', ledgerAt(...THAWED, UNDOING, { kind: 'undone', abort: 'owed' }), 4, 11, 11],
  ];
  for (const [name, ledger, source, destination, other] of rows) {
    it(`${name} is ${source} for the source, ${destination} for the destination, ${other} for another sled`, () => {
      const found = ['sled1', 'sled2', 'sled3'].map((sled) => floor(ledger, sled));
      assert.deepEqual(found, [source, destination, other]);
    });
  }

  it('never is above the source’s own copy, at epoch 4, while the Move can still be undone', () => {
    for (const [, ledger] of rows) {
      const open = [...ledger.open.values()][0];
      const owner = ledger.owners.get('w1');
      if (owner?.sled === 'sled1') assert.ok(floor(ledger, 'sled1') <= 4, open?.state.kind);
    }
  });

  it('of a workload that nobody has ever moved is the one the sled has', () => {
    assert.deepEqual([floor(emptyLedger, 'sled1', 0), floor(emptyLedger, 'sled1', 7)], [0, 7]);
  });

  it('never is below the one the sled has', () => {
    assert.equal(floor(ledgerAt(), 'sled1', 12), 12);
  });
});

describe('a sled that asks for its floors', () => {
  const ask = (bench: ControlBench, sled: string, boot: string, epoch: number) =>
    bench.feed({
      kind: 'asked',
      ask: { kind: 'floors-ask', sled, boot, workloads: [{ id: 'w1', epoch, floor: 0, move: 'm1' }] },
    });

  function moving(): ControlBench {
    const bench = new ControlBench(['sled1', 'sled2', 'sled3']);
    bench.agent('sled1').adopt('w1', 4);
    bench.start();
    bench.clock.advance(10);
    bench.want('w1', 1, 2);
    return bench;
  }

  it('is answered for its boot, and asking again at once changes nothing', () => {
    const bench = moving();
    bench.clock.advance(10);
    ask(bench, 'sled3', 'boot-a', 0);
    ask(bench, 'sled3', 'boot-a', 0);
    assert.deepEqual(bench.grants, [{ kind: 'grant', sled: 'sled3', boot: 'boot-a', floors: { w1: 5 } }]);
    ask(bench, 'sled3', 'boot-b', 0);
    bench.clock.advance(3_000);
    ask(bench, 'sled3', 'boot-b', 0);
    assert.deepEqual(
      bench.grants.map(({ boot }) => boot),
      ['boot-a', 'boot-b', 'boot-b'],
    );
  });

  it('is told of an undo that is still on its way to the disk', () => {
    const bench = moving();
    assert.ok(bench.until(() => bench.view('m1')?.state === 'shipped', 30_000));
    ask(bench, 'sled2', 'boot-a', 5);
    bench.undo('m1'); // durable a millisecond later
    assert.equal(bench.view('m1')?.state, 'shipped');
    ask(bench, 'sled2', 'boot-b', 5);
    assert.deepEqual(
      bench.grants.map(({ floors }) => floors),
      [{ w1: 5 }, { w1: 6 }],
    );
  });

  it('never has a later Move refused by the floor it was granted', () => {
    const bench = moving();
    assert.ok(bench.until(() => bench.view('m1')?.state === 'done', 60_000)); // sled2 owns it at epoch 5
    ask(bench, 'sled3', 'boot-a', 0);
    assert.deepEqual(bench.grants[0]?.floors, { w1: 6 });
    bench.sendStatus('sled2');
    bench.clock.advance(10);
    bench.want('w1', 2, 3);
    bench.clock.advance(10);
    assert.deepEqual(bench.refused, []);
    assert.equal(bench.view('m2')?.epoch, 7);
  });
});
