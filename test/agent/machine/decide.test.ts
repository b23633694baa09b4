import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serviceSpecSchema, type AgentCommand, type AgentVerb } from '../../../src/protocols/agent-messages.ts';
import { decide, sideOf, whyTicketRefuses } from '../../../src/agent/machine/decide.ts';
import { absentRecord, withEnded, type Role, type WorkloadRecord } from '../../../src/agent/records/workload-record.ts';

const spec = serviceSpecSchema.parse({ id: 'web', command: '/bin/true' });
const source = { move: 'm1', epoch: 5, ownEpoch: 4, spec };
const destination = { move: 'm1', epoch: 5, from: 'sled1', spec };
const state = { bytes: 10, digest: 'ab' };

const roles = {
  absent: { kind: 'absent' },
  running: { kind: 'running', epoch: 4, spec, process: null },
  owner: { kind: 'running', epoch: 5, spec, process: null },
  freezing: { kind: 'freezing', ...source, process: null },
  frozen: { kind: 'frozen', ...source },
  shipped: { kind: 'shipped', ...source, ...state },
  staged: { kind: 'staged', ...destination },
  received: { kind: 'received', ...destination, ...state, thawed: false },
  thawedOnce: { kind: 'received', ...destination, ...state, thawed: true },
  starting: { kind: 'probation', ...destination, ...state, process: null, passed: false },
  passed: { kind: 'probation', ...destination, ...state, process: null, passed: true },
  unreadable: { kind: 'unreadable', reason: 'torn' },
} as const satisfies Record<string, Role>;

function command(verb: AgentVerb, more: Partial<AgentCommand> = {}): AgentCommand {
  const peer = { host: '127.0.0.1', port: 9 };
  return {
    move: 'm1',
    workload: 'web',
    epoch: 5,
    verb,
    deadline: '2026-01-01T00:01:00Z',
    ticket: '',
    spec,
    leaseMs: null,
    peer,
    ...more,
  };
}

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

function outcome(record: WorkloadRecord, verb: AgentVerb, more: Partial<AgentCommand> = {}): string {
  const decision = decide(record, command(verb, more), NOW_MS);
  return decision.kind === 'act' ? decision.act.kind : decision.kind;
}

describe('what a verb means in each role', () => {
  // Rows: the role on the record. Columns: what DESIGN's Moves ask of each verb there; refuse = never harmful to say no.
  const verbs = ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence', 'abort', 'resume'] as const;
  const table: Record<keyof typeof roles, string> = {
    absent: 'stage refuse refuse refuse refuse fence close refuse',
    running: 'refuse freeze refuse refuse refuse fence close close',
    owner: 'refuse refuse refuse refuse refuse refuse close close',
    freezing: 'refuse freeze refuse refuse refuse fence close resume',
    frozen: 'refuse done ship refuse refuse fence close resume',
    shipped: 'refuse done done refuse refuse fence close resume',
    staged: 'done refuse refuse refuse refuse refuse abort refuse',
    received: 'done refuse refuse thaw refuse refuse abort refuse',
    thawedOnce: 'done refuse refuse done commit refuse abort refuse', // tried again and failing, it could not be committed
    starting: 'done refuse refuse thaw refuse refuse abort refuse',
    passed: 'done refuse refuse done commit refuse abort refuse',
    unreadable: 'refuse refuse refuse refuse refuse fence close refuse',
  };
  for (const [name, role] of Object.entries(roles)) {
    it(`${name}: ${table[name as keyof typeof roles]}`, () => {
      const record = { ...absentRecord('web'), role };
      assert.equal(verbs.map((verb) => outcome(record, verb)).join(' '), table[name as keyof typeof roles]);
    });
  }

  it('refuses a sled that takes part in another Move, except to forget this one', () => {
    for (const role of [roles.frozen, roles.shipped, roles.staged, roles.received, roles.passed]) {
      const record = { ...absentRecord('web'), role };
      for (const verb of verbs)
        assert.equal(
          outcome(record, verb, { move: 'm2' }),
          verb === 'abort' ? 'close' : 'refuse',
          `${role.kind} ${verb}`,
        );
    }
  });

  it('refuses another epoch of the same Move', () => {
    for (const verb of ['ship', 'fence', 'resume'] as const)
      assert.equal(outcome({ ...absentRecord('web'), role: roles.frozen }, verb, { epoch: 6 }), 'refuse');
  });
});

describe('a Move that is over here', () => {
  const over = (as: 'committed' | 'fenced' | 'aborted' | 'resumed', role: Role) =>
    withEnded({ ...absentRecord('web'), role }, { move: 'm1', epoch: 5, as, ...state }, role);
  it('answers its own verbs as done and refuses those that would change it', () => {
    const verbs = ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence', 'abort', 'resume'] as const;
    const said = (record: WorkloadRecord) => verbs.filter((verb) => outcome(record, verb) === 'done').join(' ');
    assert.equal(said(over('committed', roles.owner)), 'stage thaw commit');
    assert.equal(said(over('fenced', roles.absent)), 'freeze ship fence');
    assert.equal(said(over('aborted', roles.absent)), 'abort');
    assert.equal(said(over('resumed', roles.running)), 'resume');
    for (const verb of verbs) assert.notEqual(decide(over('aborted', roles.absent), command(verb), NOW_MS).kind, 'act');
  });
});

describe('epochs and deadlines', () => {
  it('stages only above the floor, and never acts below it', () => {
    assert.equal(outcome({ ...absentRecord('web'), floor: 5 }, 'stage'), 'refuse');
    assert.equal(outcome({ ...absentRecord('web'), floor: 4 }, 'stage'), 'stage');
    assert.equal(outcome({ ...absentRecord('web'), floor: 6, role: roles.running }, 'freeze'), 'refuse');
  });

  it('lets an undo through at the source: the floor is raised only by fences', () => {
    assert.equal(outcome({ ...absentRecord('web'), floor: 4, role: roles.shipped }, 'resume'), 'resume');
  });

  it('refuses to act after the deadline, but repeats what is done', () => {
    const late = { deadline: '2025-12-31T23:59:59Z' };
    assert.equal(outcome({ ...absentRecord('web'), role: roles.running }, 'freeze', late), 'refuse');
    assert.equal(outcome({ ...absentRecord('web'), role: roles.frozen }, 'freeze', late), 'done');
    assert.equal(outcome({ ...absentRecord('web'), role: roles.running }, 'freeze', { deadline: 'soon' }), 'refuse');
  });

  it('needs a spec of that workload to stage, and a peer to ship', () => {
    assert.equal(outcome(absentRecord('web'), 'stage', { spec: null }), 'refuse');
    assert.equal(outcome(absentRecord('web'), 'stage', { spec: { ...spec, id: 'db' } }), 'refuse');
    assert.equal(outcome({ ...absentRecord('web'), role: roles.frozen }, 'ship', { peer: null }), 'refuse');
  });
});

describe('a ticket', () => {
  const claims = { chassis: 'c', move: 'm1', workload: 'web', epoch: 5, from: 'sled1', to: 'sled2' };
  it('is good only at its own end of its own Move', () => {
    for (const verb of ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence', 'abort', 'resume', 'query'] as const) {
      const at = (sled: string) => whyTicketRefuses(claims, { ...claims, verb }, 'c', sled) === null;
      const side = sideOf(verb);
      assert.deepEqual(
        [at('sled1'), at('sled2'), at('sled3')],
        [side !== 'destination', side !== 'source', false],
        verb,
      );
    }
  });

  it('is refused for any other chassis, Move, workload or epoch', () => {
    const ask = { ...claims, verb: 'freeze' as const };
    for (const change of [{ move: 'm2' }, { workload: 'db' }, { epoch: 6 }])
      assert.notEqual(whyTicketRefuses({ ...claims, ...change }, ask, 'c', 'sled1'), null);
    assert.match(whyTicketRefuses(claims, ask, 'other', 'sled1') ?? '', /for chassis c, this is other/);
  });
});
