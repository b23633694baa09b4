import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventLog } from '../../src/controller/event-log.ts';

const log = () => new EventLog(() => new Date('2026-03-01T12:00:00Z'));
const input = (text: string) => ({ severity: 'info', source: 'slot/1', code: 'test', text }) as const;

describe('the event log', () => {
  it('numbers its records from 1 and gives the last ones, oldest first', () => {
    const events = log();
    for (const text of ['a', 'b', 'c']) events.add(input(text));
    assert.deepEqual(events.last(2), [
      { id: 2, at: '2026-03-01T12:00:00.000Z', severity: 'info', source: 'slot/1', code: 'test', text: 'b', data: {} },
      { id: 3, at: '2026-03-01T12:00:00.000Z', severity: 'info', source: 'slot/1', code: 'test', text: 'c', data: {} },
    ]);
    assert.deepEqual(events.last(0), []);
  });

  it('keeps the newest 500', () => {
    const events = log();
    for (let id = 1; id <= 600; id++) events.add(input(`event ${id}`));
    const kept = events.last(10_000);
    assert.equal(kept.length, 500);
    assert.equal(kept[0]?.id, 101);
    assert.equal(kept.at(-1)?.id, 600);
  });

  it('tells its listeners of each record until they stop', () => {
    const events = log();
    const heard: number[] = [];
    const stop = events.onEvent((record) => heard.push(record.id));
    events.add(input('a'));
    stop();
    events.add(input('b'));
    assert.deepEqual(heard, [1]);
  });
});
