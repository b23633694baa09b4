// What must never be, looked for in every effect of the agent's machine: a start that rests on nothing durable, or is
// below a floor, or beside another copy; a word that is not true.
import assert from 'node:assert/strict';
import type { AgentEffect, DriverOp } from '../../../src/agent/machine/machine.ts';
import { keptEpochs, type WorkloadRecord } from '../../../src/agent/records/workload-record.ts';
import type { FakeSled } from './fake-sled.ts';

export type Told = Extract<AgentEffect, { kind: 'tell' }>['event'];

/** A record that says it is dead, or with somebody else, comes after that is so. */
export function checkWrite(sled: FakeSled, record: WorkloadRecord): void {
  const { workload, role } = record;
  const still = ['absent', 'staged', 'received', 'frozen', 'shipped'];
  if (still.includes(role.kind) && sled.disk.get(workload)?.role.kind !== role.kind)
    assert.deepEqual(sled.alive(workload), [], `${workload} is written down as ${role.kind} while it is alive`);
}

export function checkBoot(sled: FakeSled): void {
  for (const [id, floor] of sled.granted)
    assert.ok((sled.record(id)?.floor ?? 0) >= floor, `${id}: its floor is not durable yet`);
}

export function checkDriver(sled: FakeSled, workload: string, op: DriverOp): void {
  const record = sled.record(workload);
  const what = `${op.kind} of ${workload} as ${record?.role.kind}`;
  const others = sled.pending.filter((each) => each.kind === 'driver' && each.workload === workload);
  assert.deepEqual(others, [], `${what} while another operation is under way`);
  const role = record?.role;
  const floor = Math.max(record?.floor ?? 0, sled.granted.get(workload) ?? 0);
  assert.equal(sled.waiting.has(workload), false, `${what} before its floor was granted`);
  switch (op.kind) {
    case 'start':
    case 'release':
      assert.ok(
        (role?.kind === 'running' && role.epoch === op.epoch) || mayRunAgain(sled, workload, op.epoch),
        `${what} without a durable record`,
      );
      assert.ok(op.epoch >= floor, `${what} at ${op.epoch}, below the floor ${floor}`);
      for (const epoch of sled.alive(workload)) assert.equal(epoch, op.epoch, `${what} beside a copy of another epoch`);
      return;
    case 'try':
      assert.ok(
        role?.kind === 'probation' && role.epoch === op.epoch && !role.passed,
        `${what} without a durable record`,
      );
      assert.ok(op.epoch >= floor, `${what} at ${op.epoch}, below the floor ${floor}`);
      assert.deepEqual(sled.alive(workload), [], `${what} beside another copy`);
      return;
    case 'send':
      assert.ok(role?.kind === 'frozen' && role.ownEpoch === op.epoch, what);
      assert.deepEqual(sled.alive(workload), [], `${what} while it runs`);
      return;
    case 'clean':
      assert.deepEqual(op.kept, role === undefined ? [] : keptEpochs(role), what);
      return;
    case 'kill':
    case 'stop':
    case 'leave':
    case 'prepare':
    case 'check':
  }
}

/** A freeze that failed takes itself back whether or not that can be written down: nobody was told it is frozen. */
function mayRunAgain(sled: FakeSled, workload: string, epoch: number): boolean {
  const role = sled.record(workload)?.role;
  return role?.kind === 'freezing' && role.ownEpoch === epoch;
}

/** What is said to be done is durable and true. */
export function checkAnswer(sled: FakeSled, event: Told): void {
  if (event.outcome !== 'done' || event.verb === 'query') return;
  const record = sled.record(event.workload);
  const end = record?.ended.find(({ move }) => move === event.move)?.as;
  const role = record?.role;
  const mine = role !== undefined && 'move' in role && role.move === event.move ? role.kind : null;
  const alive = sled.alive(event.workload);
  if (end === 'committed' || end === 'fenced')
    assert.ok((record?.floor ?? 0) >= event.epoch, `${event.verb} done, with its floor below ${event.epoch}`);
  const said = `${event.verb} done, ${mine ?? end}`;
  if (event.verb === 'freeze') assert.ok(mine === 'frozen' || mine === 'shipped' || end === 'fenced', said);
  if (event.verb === 'ship') assert.ok(mine === 'shipped' || end === 'fenced', said);
  if (event.verb === 'commit') assert.equal(end, 'committed', said);
  if (event.verb === 'fence') assert.equal(end, 'fenced', said);
  if (event.verb === 'abort') assert.equal(end, 'aborted', said);
  if (event.verb === 'resume') assert.equal(end, 'resumed', said);
  if (mine === 'frozen' || mine === 'shipped' || mine === 'received' || mine === 'staged')
    assert.deepEqual(alive, [], `${said}, but it runs`);
}
