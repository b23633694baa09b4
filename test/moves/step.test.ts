// step is total: whatever happens in whatever state has an answer, and the rules of a Move hold for every answer.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { errandOf } from '../../src/moves/forward.ts';
import type { Answer, MoveEffect, MoveEvent, MovePlan, MoveState } from '../../src/moves/move.ts';
import { isOpen } from '../../src/moves/move.ts';
import { fromRecord, moveRecordSchema, toRecord } from '../../src/moves/move-record.ts';
import { viewOfState } from '../../src/moves/move-view.ts';
import { defaultPolicy, retryDelayMs, retryDelaysMs } from '../../src/moves/policy.ts';
import { begin, step } from '../../src/moves/step.ts';
import { agentVerbSchema, serviceSpecSchema, type AgentVerb } from '../../src/protocols/agent-messages.ts';

const plan: MovePlan = {
  id: 'm1',
  workload: 'w1',
  from: 1,
  to: 2,
  fromSled: 'sled1',
  toSled: 'sled2',
  trigger: 'plan',
  demand: {},
  epoch: 5,
  ownEpoch: 4,
  fence: 'wait',
};
const spec = serviceSpecSchema.parse({ id: 'w1', command: '/bin/true' });

function answer(end: Answer['end'], verb: AgentVerb, over: Partial<Answer> = {}): Answer {
  const base = { outcome: 'done', record: 'running', error: null, spec: null, epoch: 4, bytes: 0 } as const;
  return { kind: 'answer', atMs: 1000, end, verb, ...base, ...over };
}

/** Feeds events one after the other; returns the last state and the effects of each. */
function drive(...events: MoveEvent[]): { state: MoveState; effects: (readonly MoveEffect[])[] } {
  let { state, effects } = begin(plan, 0);
  const all = [effects];
  for (const event of events) {
    ({ state, effects } = step(state, event));
    all.push(effects);
  }
  return { state, effects: all };
}

function shown(effects: readonly MoveEffect[] | undefined): string[] {
  return (effects ?? []).flatMap((effect) => {
    if (effect.kind === 'journal') return [`journal ${effect.state.kind}`];
    if (effect.kind === 'send') return [`${effect.verb} ${effect.end}`];
    return effect.kind === 'release' ? ['release'] : [];
  });
}

const queried = answer('source', 'query', { spec });
const staged = answer('destination', 'stage');
const frozen = answer('source', 'freeze', { atMs: 2000 });
const shipped = answer('source', 'ship', { bytes: 900 });
const thawed = answer('destination', 'thaw');
const committed = answer('destination', 'commit', { atMs: 4500 });
const fenced = answer('source', 'fence');

describe('a Move that goes well', () => {
  it('takes every edge in the order of the design, each durable before the next command', () => {
    const { state, effects } = drive(queried, staged, frozen, shipped, thawed, committed, fenced);
    assert.deepEqual(effects.map(shown), [
      ['journal planned', 'query source'],
      ['stage destination'],
      ['journal staged', 'freeze source'],
      ['journal frozen', 'ship source'],
      ['journal shipped', 'thaw destination'],
      ['journal thawed', 'journal committed', 'commit destination'],
      ['journal claimed', 'fence source'],
      ['journal fenced', 'journal done', 'release'],
    ]);
    assert.equal(state.kind, 'done');
    assert.equal(state.move.downtimeMs, 4500 - 1000); // freeze went out when stage was answered, at 1000
    assert.equal(state.move.bytes, 900);
  });

  it('is undone, its epoch burnt, when the source knows a higher one', () => {
    const { state } = drive(answer('source', 'query', { spec, epoch: 9 }));
    assert.equal(state.kind, 'undone');
    assert.equal(state.move.error, 'sled1 is at epoch 9 of w1, this Move at 5');
  });
});

describe('a committed destination', () => {
  it('that has lost its thawed copy again thaws it once more, then is committed', () => {
    const lost = answer('destination', 'commit', { outcome: 'failed', record: 'received', error: 'not thawed' });
    const way = [queried, staged, frozen, shipped, thawed, lost, { ...lost, record: 'probation' as const }];
    const { state, effects } = drive(...way, thawed, committed, fenced);
    assert.deepEqual(effects.slice(6).map(shown), [
      [], // a fault, perhaps: the timer sends the commit again
      ['thaw destination'],
      ['commit destination'],
      ['journal claimed', 'fence source'],
      ['journal fenced', 'journal done', 'release'],
    ]);
    assert.equal(state.kind, 'done');
  });
});

describe('undo', () => {
  const why = 'an operator asked';
  const undo: MoveEvent = { kind: 'undo', atMs: 3000, why };

  it('needs no command while only the source was asked', () => {
    const { effects } = drive(undo);
    assert.deepEqual(shown(effects[1]), ['journal undoing', 'journal undone', 'release']);
  });

  it('resumes the source at once when the destination was never told to thaw', () => {
    const { effects } = drive(queried, staged, frozen, undo);
    assert.deepEqual(shown(effects.at(-1)), ['journal undoing', 'resume source', 'abort destination']);
  });

  it('keeps the epoch that the source announced when its answers repeat that of the Move', () => {
    const repeated = drive(answer('source', 'query', { spec, epoch: plan.epoch })).state;
    assert.equal(repeated.move.ownEpoch, 4); // as announced
    const own = drive(answer('source', 'query', { spec, epoch: 3 })).state;
    assert.equal(own.move.ownEpoch, 3);
  });

  it('tells the source to resume again when that failed although it runs: a late freeze would still count', () => {
    const undo: MoveEvent = { kind: 'undo', atMs: 1100, why: 'on request' };
    const late = answer('source', 'resume', { outcome: 'failed', record: 'running', error: 'after its deadline' });
    const before = drive(queried, staged, undo, late).state;
    assert.ok(before.kind === 'undoing' && before.resume === 'pending');
    const again = step(before, { kind: 'timer', atMs: 2000, token: before.waiting.token });
    assert.deepEqual(shown(again.effects), ['resume source', 'abort destination']);
    const nothingKept = answer('source', 'resume', { outcome: 'failed', record: 'none', error: 'no copy' });
    const settled = step(before, nothingKept).state;
    assert.ok(settled.kind === 'undoing' && settled.resume === 'settled');
  });

  it('resumes the source only after the abort is confirmed when thaw may have arrived', () => {
    const { effects } = drive(
      queried,
      staged,
      frozen,
      shipped,
      undo,
      answer('destination', 'abort'),
      answer('source', 'resume'),
    );
    assert.deepEqual(effects.slice(-3).map(shown), [
      ['journal undoing', 'abort destination'],
      ['resume source'],
      ['journal undone', 'release'],
    ]);
  });

  it('waits without end for that confirmation and says so', () => {
    let { state } = drive(queried, staged, frozen, shipped, undo);
    for (let atMs = 3000; atMs < 3_600_000; atMs += 10_000) {
      assert.equal(state.kind, 'undoing');
      if (state.kind !== 'undoing') return;
      state = step(state, { kind: 'timer', atMs, token: state.waiting.token }).state;
    }
    assert.match(viewOfState(state, 0).error ?? '', /^an operator asked; waiting for sled2 to confirm the abort/);
  });

  it('closes without the destination’s word when it never was told to thaw, and reminds it', () => {
    let { state } = drive(queried, staged, undo, answer('source', 'resume'));
    assert.equal(state.kind, 'undoing');
    if (state.kind !== 'undoing') return;
    const atMs = 3000 + defaultPolicy.abortPatienceMs;
    const closing = step(state, { kind: 'timer', atMs, token: state.waiting.token });
    assert.deepEqual(shown(closing.effects), ['journal undone', 'release', 'abort destination']);
    assert.equal(isOpen(closing.state), false);
    state = step(closing.state, { kind: 'online', atMs, end: 'destination' }).state;
    const settled = step(state, answer('destination', 'abort'));
    assert.deepEqual(shown(settled.effects), ['journal undone']);
    assert.deepEqual(shown(step(settled.state, { kind: 'online', atMs, end: 'destination' }).effects), []);
  });

  it('does nothing once Committed', () => {
    const { state } = drive(queried, staged, frozen, shipped, thawed);
    assert.equal(step(state, undo).state, state);
  });

  it('is what a failure or a missed deadline before Committed leads to, with the reason in words', () => {
    const failed = drive(queried, answer('destination', 'stage', { outcome: 'failed', error: 'no room' }));
    assert.equal(failed.state.kind, 'undoing');
    assert.equal(failed.state.move.error, 'sled2 could not stage: no room');
    const silent = drive(queried).state;
    assert.equal(silent.kind, 'planned');
    if (silent.kind !== 'planned') return;
    const late = step(silent, { kind: 'timer', atMs: 1000 + defaultPolicy.answerMs, token: silent.waiting.token });
    assert.equal(late.state.move.error, 'sled2 did not answer stage in time');
  });
});

describe('step', () => {
  const verb = fc.constantFrom(...agentVerbSchema.options);
  const end = fc.constantFrom('source' as const, 'destination' as const);
  const event: fc.Arbitrary<(atMs: number, state: MoveState) => MoveEvent> = fc.oneof(
    { weight: 1, arbitrary: fc.constant((atMs: number): MoveEvent => ({ kind: 'restart', atMs })) },
    { weight: 1, arbitrary: fc.constant((atMs: number): MoveEvent => ({ kind: 'undo', atMs, why: 'asked' })) },
    {
      weight: 1,
      arbitrary: end.map((where) => (atMs: number): MoveEvent => ({ kind: 'online', atMs, end: where })),
    },
    {
      weight: 3,
      arbitrary: fc.boolean().map((stale) => (atMs: number, state: MoveState): MoveEvent => {
        const token = 'waiting' in state ? state.waiting.token : 0;
        return { kind: 'timer', atMs, token: stale ? token - 1 : token };
      }),
    },
    {
      weight: 8, // the answer that is waited for
      arbitrary: fc.constant((atMs: number, state: MoveState): MoveEvent => {
        if (state.kind === 'done' || state.kind === 'undone' || state.kind === 'undoing') {
          return answer('destination', 'abort', { atMs });
        }
        const { end, verb } = errandOf(state);
        return answer(end, verb, { atMs, spec: verb === 'query' ? spec : null });
      }),
    },
    {
      weight: 12,
      arbitrary: fc
        .tuple(
          verb,
          end,
          fc.constantFrom('done' as const, 'done' as const, 'done' as const, 'failed' as const, 'progress' as const),
          fc.constantFrom('running' as const, 'none' as const, 'frozen' as const, 'committed' as const),
          fc.nat(6),
        )
        .map(([verb, end, outcome, record, epoch]) => (atMs: number): MoveEvent => {
          return answer(end, verb, { atMs, outcome, record, epoch, spec: verb === 'query' ? spec : null });
        }),
    },
  );

  it('is total, keeps its epoch, and releases the reservation once, at the close', () => {
    const seen = new Set<string>();
    const walk = fc.array(fc.tuple(event, fc.nat(8000)), { minLength: 10, maxLength: 120 });
    fc.assert(
      fc.property(walk, (events) => {
        let { state } = begin(plan, 0);
        let durable: MoveState = state;
        let atMs = 0;
        let releases = 0;
        for (const [make, laterMs] of events) {
          atMs += laterMs;
          const before = state;
          const result = step(before, make(atMs, before));
          state = result.state;
          seen.add(state.kind);
          assert.equal(state.move.epoch, plan.epoch);
          assert.ok(isOpen(before) || !isOpen(state), 'a closed Move stays closed');
          if (result.effects.length === 0 && state.kind === before.kind && state !== before) {
            assert.equal(before.kind, 'undoing', 'only an undo notes an answer without an effect');
          }
          const firstSend = result.effects.findIndex((effect) => effect.kind === 'send');
          const lastJournal = result.effects.findLastIndex((effect) => effect.kind === 'journal');
          if (state.kind !== before.kind) assert.ok(lastJournal >= 0);
          if (firstSend >= 0) assert.ok(lastJournal < firstSend, 'durable first');
          for (const effect of result.effects) {
            if (effect.kind === 'release') releases++;
            if (effect.kind === 'journal') durable = effect.state;
          }
          assert.equal(durable.kind, state.kind);
          assert.equal(releases, isOpen(state) ? 0 : 1);
          const resumes = result.effects.some((effect) => effect.kind === 'send' && effect.verb === 'resume');
          if (resumes && state.kind === 'undoing') assert.ok(state.thaw === 'never-sent' || state.abort === 'settled');
        }
      }),
      { numRuns: 3000, seed: 42 },
    );
    const reached = ['planned', 'staged', 'frozen', 'shipped', 'committed', 'claimed', 'done', 'undoing', 'undone'];
    for (const kind of reached) assert.ok(seen.has(kind), `${kind} was never reached`);
  });

  it('ignores a Move’s late answers and old timers: the same state comes back', () => {
    const { state } = drive(queried, staged, frozen);
    for (const late of [queried, staged, frozen, thawed, committed, fenced, answer('destination', 'ship')]) {
      assert.equal(step(state, late).state, state);
    }
    assert.equal(step(state, { kind: 'timer', atMs: 1e9, token: 1 }).state, state);
  });
});

describe('the durable form of a Move', () => {
  it('gives back the state with other clocks, and the downtime still counts from the freeze', () => {
    const { state } = drive(queried, staged, frozen, shipped, thawed);
    const written = toRecord(state, { nowMs: 5_000, wallMs: 1_000_005_000 });
    const read = moveRecordSchema.parse(JSON.parse(JSON.stringify(written)));
    const again = fromRecord(read, { nowMs: 70, wallMs: 1_000_006_000 });
    // frozen at wall 1_000_001_000; the second clock shows 70 at wall 1_000_006_000, so −4_930 at the freeze
    assert.equal(again.move.freezeSentMs, -4_930);
    const { state: claimed } = step(again, answer('destination', 'commit', { atMs: 570 }));
    assert.equal(claimed.move.downtimeMs, 5_500);
  });
});

describe('the retry schedule', () => {
  it('doubles from half a second to five seconds and stays there', () => {
    const delays = retryDelaysMs(defaultPolicy.retry);
    const first = Array.from({ length: 6 }, () => delays.next().value);
    assert.deepEqual(first, [500, 1000, 2000, 4000, 5000, 5000]);
    assert.deepEqual(
      [0, 1, 4, 1000].map((attempt) => retryDelayMs(defaultPolicy.retry, attempt)),
      [500, 1000, 5000, 5000],
    );
  });
});
