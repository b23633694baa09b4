// What the launcher makes of its parts' words: log lines under the right name, and the scenario's verdict.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logRecord } from '../../scripts/launch/display.ts';
import { verdictLines } from '../../scripts/launch/report.ts';

describe('a log line of a part', () => {
  const line = '{"level":40,"time":5,"name":"guardian","msg":"hot"}';

  it('stays as it is', () => {
    assert.deepEqual(logRecord('guardian', line), { level: 40, time: 5, name: 'guardian', msg: 'hot' });
  });

  it('of the twin says so: there are two guardians', () => {
    assert.deepEqual(logRecord('twin-guardian', line), { level: 40, time: 5, name: 'twin-guardian', msg: 'hot' });
  });

  it('that is no JSON becomes a warning of that part', () => {
    const record = { level: 40, time: 7, name: 'hwsim', msg: '{ broken' };
    assert.deepEqual(logRecord('hwsim', '{ broken', 7), record);
    assert.deepEqual(logRecord('hwsim', '3', 7), { ...record, msg: '3' });
  });
});

describe('the verdict on a run', () => {
  it('is one line for each expectation', () => {
    const lines = verdictLines([
      { met: true, text: 'every Move succeeds: all did' },
      { met: false, text: 'work leaves slot 6 by 140 s: none left' },
    ]);
    assert.deepEqual(lines, [
      'as expected   every Move succeeds: all did',
      'not expected  work leaves slot 6 by 140 s: none left',
    ]);
  });

  it('says when there is none', () => {
    assert.match(verdictLines(null)[0] ?? '', /could not be judged/);
  });
});
