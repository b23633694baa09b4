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
import type { MoveRecord } from '../../src/moves/move-record.ts';
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
