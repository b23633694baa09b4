// The ledger is the fold of the journal; a compacted segment folds to the same.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CLOSED_KEPT,
  decodeEntry,
  emptyLedger,
  encodeEntry,
  fold,
  nextEpoch,
  snapshotOf,
  type JournalEntry,
  type Ledger,
} from '../../src/moves/ledger.ts';
import { isOpen } from '../../src/moves/move.ts';
import { fromRecord, toRecord, type MoveRecord } from '../../src/moves/move-record.ts';
import { Reservations } from '../../src/moves/reservations.ts';

function edge(number: number, workload: string, epoch: number, state: MoveRecord['state']): JournalEntry {
  const move: MoveRecord = {
    id: `m${number}`,
    workload,
    from: 1,
    to: 2,
    fromSled: 'sled1',
    toSled: 'sled2',
    trigger: 'plan',
    demand: {},
    epoch,
    stopDeadlineMs: 0,
    healthDeadlineMs: 0,
    bytes: 0,
    rounds: 0,
    freezeSentWallMs: null,
    downtimeMs: null,
    error: null,
    wallMs: 0,
    state,
  };
  return { kind: 'edge', move };
}

const ledgerOf = (entries: readonly JournalEntry[]): Ledger => entries.reduce(fold, emptyLedger);

describe('the ledger', () => {
  it('keeps the last edge of an open Move and moves a closed one to the others', () => {
    const ledger = ledgerOf([
      edge(1, 'w1', 2, { kind: 'planned' }),
      edge(2, 'w2', 7, { kind: 'planned' }),
      edge(1, 'w1', 2, { kind: 'staged' }),
      edge(2, 'w2', 7, { kind: 'undone', abort: 'settled' }),
    ]);
    assert.deepEqual(
      [...ledger.open].map(([id, move]) => [id, move.state.kind]),
      [['m1', 'staged']],
    );
    assert.deepEqual(
      ledger.closed.map((move) => move.id),
      ['m2'],
    );
    assert.equal(ledger.lastMove, 2);
  });

  it('never lets an epoch fall, and burns that of an undone Move', () => {
    const ledger = ledgerOf([
      edge(1, 'w1', 9, { kind: 'planned' }),
      edge(1, 'w1', 9, { kind: 'undone', abort: 'settled' }),
      { kind: 'epochs', epochs: { w1: 3 } },
    ]);
    assert.equal(nextEpoch(ledger, 'w1', 4), 10);
    assert.equal(nextEpoch(ledger, 'w1', 20), 21);
    assert.equal(nextEpoch(ledger, 'w2', 0), 1);
  });

  it('folds from its snapshot to itself, through bytes', () => {
    const entries: JournalEntry[] = [];
    for (let number = 1; number <= 600; number++) {
      const closed = number % 100 !== 0;
      entries.push(edge(number, `w${number}`, number, closed ? { kind: 'done' } : { kind: 'committed' }));
    }
    const ledger = ledgerOf(entries);
    const again = ledgerOf(snapshotOf(ledger).map((entry) => decodeEntry(encodeEntry(entry))));
    assert.deepEqual(again, ledger);
    assert.equal(again.closed.length, CLOSED_KEPT);
    assert.equal(again.epochs.size, 600);
    assert.equal(again.open.size, 6);
  });

  it('refuses an entry of another version, saying so', () => {
    const strange = Buffer.concat([Uint8Array.of(9), Buffer.from('{}')]);
    assert.throws(() => decodeEntry(strange), { code: 'bad-input', message: /unknown kind 9/ });
    const wrong = Buffer.concat([Uint8Array.of(3), Buffer.from('{"lastMove":-1}')]);
    assert.throws(() => decodeEntry(wrong), { code: 'bad-input', message: /wrong form.*lastMove/s });
  });
});

/** A record as versions without owners and fences wrote it, to the byte. */
const OLD_EDGE = (state: string) =>
  `\u0001{"id":"m3","workload":"w1","from":1,"to":2,"fromSled":"sled1","toSled":"sled2","trigger":"plan",` +
  `"demand":{"cpu":2},"epoch":6,"stopDeadlineMs":5000,"healthDeadlineMs":5000,"bytes":9,"rounds":1,` +
  `"freezeSentWallMs":1700000000000,"downtimeMs":null,"error":null,"wallMs":1700000001000,"state":${state}}`;

const decodeOld = (state: string) => decodeEntry(Buffer.from(OLD_EDGE(state)));

describe('a journal of an older version', () => {
  const states = [
    '{"kind":"planned"}',
    '{"kind":"shipped"}',
    '{"kind":"claimed"}',
    '{"kind":"done"}',
    '{"kind":"undoing","thaw":"maybe-sent","abort":"pending","resume":"blocked"}',
    '{"kind":"undone","abort":"owed"}',
  ];
  for (const text of states) {
    it(`is read: ${text}; the workload’s fence is wait, and its state is written again as it was`, () => {
      const entry = decodeOld(text);
      assert.equal(entry.kind, 'edge');
      if (entry.kind !== 'edge') return;
      const state = fromRecord(entry.move, { nowMs: 5, wallMs: 1_700_000_001_000 });
      assert.deepEqual(
        [state.move.fence, state.move.ownEpoch, isOpen(state)],
        ['wait', null, !/done|undone/.test(text)],
      );
      const again = toRecord(state, { nowMs: 5, wallMs: 1_700_000_001_000 });
      const { ownEpoch, fence, ...known } = again;
      assert.deepEqual([ownEpoch, fence], [null, 'wait']);
      const { state: oldState, ...old } = entry.move;
      const { state: newState, ...same } = known;
      assert.deepEqual(same, old);
      for (const [key, value] of Object.entries(oldState)) assert.equal(Reflect.get(newState, key), value);
    });
  }

  it('says who owns nothing: what happened to a workload since is not known', () => {
    const ledger = ledgerOf([decodeOld(states[3] ?? '')]);
    assert.deepEqual([ledger.owners.size, ledger.epochs.get('w1')], [0, 6]);
  });
});

describe('owners', () => {
  const own = (number: number, epoch: number, ownEpoch: number, state: MoveRecord['state']): JournalEntry => {
    const entry = edge(number, 'w1', epoch, state);
    if (entry.kind !== 'edge') throw new Error('no edge');
    return { kind: 'edge', move: { ...entry.move, ownEpoch, fence: 'wait' } };
  };
  const ownerAfter = (...entries: readonly JournalEntry[]) => ledgerOf(entries).owners.get('w1');

  it('are the source from planned on, the destination from Committed on, and the source again after an undo', () => {
    const planned = own(1, 5, 4, { kind: 'planned' });
    assert.deepEqual(ownerAfter(planned), { sled: 'sled1', epoch: 4 });
    assert.deepEqual(ownerAfter(planned, own(1, 5, 4, { kind: 'committed' })), { sled: 'sled2', epoch: 5 });
    assert.deepEqual(ownerAfter(planned, own(1, 5, 4, { kind: 'undone', abort: 'settled' })), {
      sled: 'sled1',
      epoch: 4,
    });
  });

  it('do not change because a sled says so: a Move from another one counts only when that sled has been asked', () => {
    const committed = own(1, 5, 4, { kind: 'committed' }); // sled2 at 5
    assert.deepEqual(ownerAfter(committed, own(2, 9, 8, { kind: 'planned' })), { sled: 'sled2', epoch: 5 });
    assert.deepEqual(ownerAfter(committed, own(2, 9, 8, { kind: 'staged' })), { sled: 'sled1', epoch: 8 });
  });

  it('survive a compaction, also when their Moves are long forgotten', () => {
    const entries = Array.from({ length: 300 }, (_, n): JournalEntry => {
      const entry = edge(n + 1, `w${n}`, 7, { kind: 'done' });
      if (entry.kind !== 'edge') throw new Error('no edge');
      return { kind: 'edge', move: { ...entry.move, ownEpoch: 6 } };
    });
    const ledger = ledgerOf(entries);
    const again = ledgerOf(snapshotOf(ledger).map((entry) => decodeEntry(encodeEntry(entry))));
    assert.deepEqual(again, ledger);
    assert.equal(again.owners.size, 300);
    assert.deepEqual(again.owners.get('w0'), { sled: 'sled2', epoch: 7 });
  });

  it('and what is owed are kept, however many Moves have closed since', () => {
    const owed: JournalEntry = edge(1, 'w1', 2, { kind: 'undone', abort: 'owed' });
    const later = Array.from({ length: 200 }, (_, n) => edge(n + 2, `w${n}`, 2, { kind: 'done' }));
    const ledger = ledgerOf([owed, ...later]);
    assert.deepEqual([ledger.closed.length, ledger.closed[0]?.id], [CLOSED_KEPT + 1, 'm1']);
  });
});

describe('reservations', () => {
  it('add up by slot and are given back once', () => {
    const reservations = new Reservations();
    reservations.reserve({ move: 'm1', workload: 'w1', slot: 2, demand: { cpu: 2, memoryGiB: 4 } });
    reservations.reserve({ move: 'm2', workload: 'w2', slot: 2, demand: { cpu: 1.5 } });
    reservations.reserve({ move: 'm3', workload: 'w3', slot: 3, demand: { cpu: 8 } });
    assert.deepEqual(reservations.inSlot(2), { cpu: 3.5, memoryGiB: 4 });
    reservations.release('m2');
    assert.deepEqual(reservations.inSlot(2), { cpu: 2, memoryGiB: 4 });
    assert.throws(() => reservations.release('m2'), /m2 gives back a reservation it does not hold/);
    assert.throws(() => reservations.reserve({ move: 'm1', workload: 'w1', slot: 4, demand: {} }), /m1 holds/);
  });
});
