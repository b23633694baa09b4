import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AgentVerb } from '../../../src/protocols/agent-messages.ts';
import { answerTo, come, leave, order, started } from './conversation.ts';
import type { FakeSled, Outcome } from './fake-sled.ts';

/** Away, back, away again; and a workload that comes, leaves and comes back. */
const moves = [
  leave('w2', 'web', 2),
  come('w3', 'web', 3),
  leave('w4', 'web', 4),
  come('d2', 'db', 2),
  leave('d3', 'db', 3),
  come('d4', 'db', 4),
] as const;
const verbs = ['stage', 'freeze', 'ship', 'thaw', 'commit', 'fence', 'abort', 'resume', 'query'] as const;

type Action =
  | { readonly kind: 'order'; readonly move: number; readonly verb: AgentVerb }
  | { readonly kind: 'complete'; readonly at: number; readonly outcome: Outcome }
  | { readonly kind: 'offer'; readonly move: number }
  | { readonly kind: 'arrive' }
  | { readonly kind: 'die'; readonly workload: 'web' | 'db' }
  | { readonly kind: 'crash'; readonly mask: number; readonly boot: boolean }
  | { readonly kind: 'grant'; readonly more: number }
  | { readonly kind: 'fire' }
  | { readonly kind: 'settle' };

const move = fc.nat(moves.length - 1);
const actions: fc.Arbitrary<Action> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('order' as const), move, verb: fc.constantFrom(...verbs) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('complete' as const),
      at: fc.nat(5),
      outcome: fc.constantFrom<Outcome>('succeeds', 'succeeds', 'succeeds', 'fails', 'landed'),
    }),
  },
  { weight: 8, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('offer' as const), move }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'arrive' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('die' as const), workload: fc.constantFrom('web', 'db') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('crash' as const), mask: fc.nat(31), boot: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('grant' as const), more: fc.constantFrom(0, 0, 0, 1, 2) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'fire' as const }) },
);

function act(sled: FakeSled, action: Action): void {
  switch (action.kind) {
    case 'order':
      return order(sled, moves[action.move] ?? moves[0], action.verb);
    case 'complete':
      return sled.complete(action.at, action.outcome);
    case 'offer':
      return void sled.offer(moves[action.move] ?? moves[0]);
    case 'arrive':
      for (const token of sled.transfers) sled.arrive(token, 7, 'd');
      return;
    case 'die':
      return sled.die(action.workload);
    case 'crash':
      return sled.crash((at) => ((action.mask >> at) & 1) === 1, action.boot);
    case 'grant':
      sled.take({ kind: 'connected' });
      return sled.grant((_id, floor) => floor + action.more);
    case 'fire':
      for (const timer of [...sled.timers.keys()]) sled.fire(timer);
      return;
    case 'settle':
      return sled.settle();
  }
}

/** The whole of what may follow one Move of a workload: its verbs mostly in their order, as a controller would. */
const orderly: fc.Arbitrary<readonly Action[]> = fc
  .tuple(move, fc.array(actions, { maxLength: 6 }), fc.boolean(), fc.nat(5))
  .map(([index, between, undo, at]): readonly Action[] => {
    const chosen = moves[index] ?? moves[0];
    const forward: readonly AgentVerb[] =
      chosen.to === 'me' ? ['stage', 'thaw', 'commit'] : ['freeze', 'ship', 'fence'];
    const undoing: readonly AgentVerb[] = chosen.to === 'me' ? ['abort'] : ['resume'];
    const all = undo ? [...forward.slice(0, at % 3), ...undoing] : forward;
    return all.flatMap((verb, position): Action[] => [
      ...(verb === 'thaw' ? ([{ kind: 'offer', move: index }, { kind: 'settle' }, { kind: 'arrive' }] as const) : []),
      { kind: 'order', move: index, verb },
      ...(position === at % 3 ? between : []),
      { kind: 'settle' },
    ]);
  });

const histories = fc
  .array(fc.oneof({ weight: 3, arbitrary: orderly }, { weight: 1, arbitrary: fc.array(actions, { maxLength: 10 }) }), {
    maxLength: 8,
  })
  .map((parts) => parts.flat());

describe('the agent’s machine under any commands, failures and crashes', () => {
  it('rests everything on what is durable, never starts below a floor or beside a copy, and every job ends', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(histories, (history) => {
        const sled = started();
        for (const action of history) {
          act(sled, action);
          for (const id of ['web', 'db']) reached.add(sled.role(id));
        }
        rest(sled);
        for (const local of sled.state.locals.values()) {
          assert.equal(local.job, null, `${local.id} is still at it`);
          assert.deepEqual(local.queue, []);
        }
        for (const id of ['web', 'db'] as const) assertAsRecorded(sled, id);
        sled.take({ kind: 'ending', services: 'leave' });
        sled.settle();
        assert.equal(sled.ended, true);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 1500) },
    );
    const all = ['running', 'frozen', 'freezing', 'shipped', 'absent', 'staged', 'received', 'probation'];
    assert.deepEqual(
      all.filter((role) => !reached.has(role)),
      [],
    ); // the histories get everywhere
  });

  it('answers a command that comes again as it did before, and does nothing', () => {
    fc.assert(
      fc.property(
        histories,
        fc.array(fc.tuple(move, fc.constantFrom(...verbs)), { maxLength: 12 }),
        (history, asked) => {
          const sled = started();
          for (const action of history) act(sled, action);
          rest(sled);
          for (const [index, verb] of asked) {
            const claims = moves[index] ?? moves[0];
            const first = answerTo(sled, claims, verb);
            const before = sled.effects.length;
            const roles = [sled.role('web'), sled.role('db')];
            const second = answerTo(sled, claims, verb);
            if (first?.outcome !== 'done') continue;
            assert.deepEqual(second, first);
            assert.deepEqual(
              sled.effects.slice(before).map(({ kind }) => kind),
              ['tell'],
            );
            assert.deepEqual([sled.role('web'), sled.role('db')], roles);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** All faults heal: it is connected, asks and is answered until everything is settled. */
function rest(sled: FakeSled): void {
  for (let rounds = 0; rounds < 3; rounds++) {
    sled.settle();
    sled.take({ kind: 'connected' });
    sled.grant();
    sled.settle();
  }
}

/** What the record says runs, runs; what it says does not, does not. */
function assertAsRecorded(sled: FakeSled, id: 'web' | 'db'): void {
  const record = sled.record(id);
  const alive = sled.alive(id);
  const role = record?.role;
  if (role?.kind === 'running') {
    const local = sled.state.locals.get(id);
    assert.equal(local?.up, role.epoch, `${id} is kept up`);
  }
  if (role?.kind === 'frozen' || role?.kind === 'shipped' || role?.kind === 'received' || role?.kind === 'absent')
    assert.deepEqual(alive, [], `${id} is ${role.kind} and runs`);
}
