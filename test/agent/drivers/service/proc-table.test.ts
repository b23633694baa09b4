import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Meter } from '../../../../src/agent/drivers/service/meter.ts';
import {
  isAlive,
  parseStat,
  readBootId,
  readProcess,
  type ProcessEntry,
} from '../../../../src/agent/drivers/service/proc-table.ts';

describe('the process table', () => {
  it('reads the fields of proc(5), whatever the name of the program', () => {
    // fields by number: 4 ppid, 5 pgrp, 6 session, 14 utime, 15 stime, 16 cutime, 17 cstime, 20 threads, 22 start, 24 rss
    const text = '42 (a) b (c)) S 1 40 39 0 -1 4194304 9 0 0 0 100 20 3 4 20 0 7 0 427040 1014075392 11169 1844 1 1\n';
    assert.deepEqual(parseStat(text), {
      pid: 42,
      parent: 1,
      group: 40,
      session: 39,
      state: 'S',
      cpuTicks: 127,
      childTicks: 7,
      startTicks: 427040,
      residentPages: 11169,
      threads: 7,
    });
    assert.equal(parseStat('nonsense'), null);
  });

  it('tells a process from a later one of the same pid, and an ended one from a running one', async () => {
    const child = spawn('sleep', ['60']);
    const entry = readProcess(child.pid ?? 0);
    assert.ok(entry !== null);
    const id = { pid: entry.pid, startTicks: entry.startTicks, bootId: readBootId() };
    assert.equal(isAlive(id), true);
    assert.equal(isAlive({ ...id, startTicks: id.startTicks + 1 }), false);
    assert.equal(isAlive({ ...id, bootId: 'another boot' }), false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(isAlive(id), false);
  });
});

describe('metering', () => {
  const units = { ticksPerS: 100, pageBytes: 4096 };
  const leader = { pid: 10, startTicks: 5, bootId: 'b' };
  const leaders = new Map([['web', leader]]);
  const entry = (pid: number, more: Partial<ProcessEntry>): ProcessEntry => ({
    pid,
    parent: 1,
    group: pid,
    session: pid,
    state: 'S',
    cpuTicks: 0,
    childTicks: 0,
    startTicks: 5,
    residentPages: 0,
    threads: 1,
    ...more,
  });

  it('adds up the session and all descendants: 150 + 50 ticks in 2 s of 100 ticks are 1 core', () => {
    const meter = new Meter(units, () => null);
    const table = (own: number, escaped: number) => [
      entry(10, { cpuTicks: own, residentPages: 100 }),
      entry(11, { session: 10, residentPages: 20 }),
      entry(12, { parent: 11, session: 12, cpuTicks: escaped, residentPages: 3 }), // has a session of its own
      entry(99, { cpuTicks: own * 50, residentPages: 5000 }), // somebody else
    ];
    meter.sample(table(1000, 500), leaders, 0);
    assert.deepEqual(meter.usageOf('web'), { cpuRatio: 0, memoryBytes: 123 * 4096 });
    meter.sample(table(1150, 550), leaders, 2000);
    assert.deepEqual(meter.usageOf('web'), { cpuRatio: 1, memoryBytes: 123 * 4096 });
  });

  it('takes the finer time of the kernel where there is one, and ticks of children beside it', () => {
    let ownS = 10;
    const meter = new Meter(units, (pid) => (pid === 10 ? ownS : null));
    meter.sample([entry(10, { cpuTicks: 1100, childTicks: 100 })], leaders, 0);
    ownS += 0.004; // 4 ms of its own are under a tick; 20 ticks of a child are 0.2 s
    meter.sample([entry(10, { cpuTicks: 1120, childTicks: 120 })], leaders, 1000);
    assert.ok(Math.abs(meter.usageOf('web').cpuRatio - 0.204) < 1e-9);
  });

  it('begins anew with a new process and forgets one that has gone', () => {
    const meter = new Meter(units, () => null);
    meter.sample([entry(10, { cpuTicks: 1000 })], leaders, 0);
    const restarted = new Map([['web', { ...leader, pid: 20 }]]);
    meter.sample([entry(20, { cpuTicks: 5000 })], restarted, 1000);
    assert.equal(meter.usageOf('web').cpuRatio, 0);
    meter.sample([], new Map(), 2000);
    assert.deepEqual(meter.usageOf('web'), { cpuRatio: 0, memoryBytes: 0 });
  });
});
