import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RecordStore } from '../../../src/agent/records/record-store.ts';
import {
  MAX_ENDED_MOVES,
  absentRecord,
  endOf,
  withEnded,
  type WorkloadRecord,
} from '../../../src/agent/records/workload-record.ts';

describe('the record store', () => {
  let root: string;
  const file = () => join(root, 'records', 'web.json');
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'coldslot-records-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const fenced: WorkloadRecord = { ...absentRecord('web'), floor: 7 };

  it('reads back what it wrote', async () => {
    await (await RecordStore.open(root)).put(fenced);
    const again = await RecordStore.open(root);
    assert.deepEqual(again.get('web'), fenced);
    assert.equal(again.get('other'), null);
    assert.deepEqual(readdirSync(join(root, 'records')), ['web.json']); // no temporary file stays
  });

  it('sets a torn or changed file aside at every length and bit, and guesses nothing', async () => {
    await (await RecordStore.open(root)).put(fenced);
    const whole = readFileSync(file());
    for (let length = 0; length < whole.length; length += 7) {
      truncateSync(file(), length);
      await expectSetAside(whole.subarray(0, length));
      writeFileSync(file(), whole);
    }
    for (let at = 0; at < whole.length; at += 5) {
      const bad = Buffer.from(whole);
      bad.writeUInt8(bad.readUInt8(at) ^ 1, at);
      writeFileSync(file(), bad);
      await expectSetAside(bad);
      writeFileSync(file(), whole);
    }
  });

  async function expectSetAside(content: Uint8Array): Promise<void> {
    const store = await RecordStore.open(root);
    assert.equal(store.get('web')?.role.kind, 'unreadable');
    const [aside] = store.setAside;
    assert.ok(aside !== undefined);
    assert.equal(readFileSync(aside.file, 'latin1').length > 0, content.length > 0);
    // and it stays so: the next start does not take it for a workload that was never here
    assert.equal((await RecordStore.open(root)).get('web')?.role.kind, 'unreadable');
    rmSync(aside.file);
  }

  it('does not take the record of another workload', async () => {
    await (await RecordStore.open(root)).put(fenced);
    writeFileSync(join(root, 'records', 'db.json'), readFileSync(file()));
    const store = await RecordStore.open(root);
    assert.deepEqual(store.get('db')?.role, { kind: 'unreadable', reason: 'it is of "web"' });
    assert.deepEqual(store.get('web'), fenced);
  });

  it('keeps the old record, in memory and on disk, when the new one cannot be written', async () => {
    await (await RecordStore.open(root)).put(fenced);
    const store = await RecordStore.open(root, () => Promise.reject(new Error('ENOSPC: no space left on device')));
    await assert.rejects(store.put({ ...fenced, floor: 8 }), /web\.json|ENOSPC/);
    assert.equal(store.get('web')?.floor, 7);
    assert.equal((await RecordStore.open(root)).get('web')?.floor, 7);
  });

  it('lets changes of one workload follow each other', async () => {
    const store = await RecordStore.open(root);
    await store.put(absentRecord('web'));
    const raise = () =>
      store.update('web', (record) => (record === null ? null : { ...record, floor: record.floor + 1 }));
    await Promise.all(Array.from({ length: 20 }, raise));
    assert.equal((await RecordStore.open(root)).get('web')?.floor, 20);
  });
});

describe('ended Moves', () => {
  it('are remembered, the newest ones, and the floor never sinks', () => {
    let record: WorkloadRecord = { ...absentRecord('web'), floor: 5 };
    for (let index = 0; index < MAX_ENDED_MOVES + 3; index++) {
      const end = { move: `m${index}`, epoch: 2, as: 'aborted' as const, bytes: 0, digest: '' };
      record = withEnded(record, end, { kind: 'absent' }, 2);
    }
    assert.equal(record.ended.length, MAX_ENDED_MOVES);
    assert.equal(endOf(record, 'm2'), undefined);
    assert.equal(endOf(record, `m${MAX_ENDED_MOVES + 2}`)?.as, 'aborted');
    assert.equal(record.floor, 5);
  });
});
