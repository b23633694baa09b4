// stepControl is total: whatever is heard in whatever order has an answer, and the rules hold for every answer.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { listMoves, type Control } from '../../src/moves/control-state.ts';
import { startControl, stepControl } from '../../src/moves/control-step.ts';
import type { ControlEffect, ControlEvent } from '../../src/moves/control.ts';
import { errandOf } from '../../src/moves/forward.ts';
import { emptyLedger, fold } from '../../src/moves/ledger.ts';
import { isOpen, sledAt, type MoveState } from '../../src/moves/move.ts';
import type { Errand } from '../../src/moves/wait.ts';
import { agentVerbSchema, serviceSpecSchema, type AgentEvent } from '../../src/protocols/agent-messages.ts';
import { announced, status } from '../controller/announcements.ts';

const SLEDS = ['sled1', 'sled2', 'sled3'] as const;
const AT = { atMs: 0, wallMs: 0 };
const NOTHING = { deadline: '', ticket: '', error: null, bytes: 0, digest: null, at: '' } as const;

type Make = (control: Control) => ControlEvent | null;

const sled = fc.constantFrom(...SLEDS);
const workload = fc.constantFrom('w1', 'w2');
const mostlyNot = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);

const want = fc.tuple(workload, sled, sled).map(([id, fromSled, toSled]): Make => {
  const slots = { from: Number(fromSled.slice(4)), to: Number(toSled.slice(4)) };
  return () => ({ kind: 'want', ...AT, token: 1, workload: id, fromSled, toSled, ...slots, trigger: 'plan' });
});

const undo: Make = (control) => ({ kind: 'undo', ...AT, token: 2, move: firstOf(control), why: 'asked' });

const told = fc.tuple(sled, mostlyNot, fc.subarray(['w1', 'w2'])).map(([name, isAway, ids]): Make => {
  const state = isAway ? 'offline' : 'online';
  return () => ({ kind: 'status', ...AT, status: recordOf(name, ids, state) });
});

const outcome = fc.constantFrom('done' as const, 'failed' as const, 'progress' as const);
const strayAnswer = fc
  .tuple(fc.constantFrom(...agentVerbSchema.options), sled, workload, outcome)
  .map(([verb, name, id, how]): Make => (control) => {
    const move = firstOf(control);
    const event = { ...NOTHING, move, workload: id, epoch: 1, verb, sled: name, outcome: how, spec: null } as const;
    return { kind: 'answer', ...AT, event: { ...event, record: 'running' } };
  });

/** The answer that a Move waits for; of the aborts of undos one in ten. */
function answered(aborts: boolean): Make {
  return (control) => {
    const live = [...control.moves.values()].find(({ pending }) => pending === null);
    if (live === undefined) return null;
    const { id: move, workload: name, epoch } = live.state.move;
    const { verb, end } = errandIn(live.state);
    if (verb === 'abort' && live.state.kind === 'undoing' && !aborts) return null;
    const spec = verb === 'query' ? serviceSpecSchema.parse({ id: name, command: '/bin/true' }) : null;
    const from = { move, workload: name, epoch: epoch - 1, verb, sled: sledAt(live.state.move, end) };
    const event: AgentEvent = { ...NOTHING, ...from, outcome: 'done', record: 'running', spec };
    return { kind: 'answer', ...AT, event };
  };
}

function errandIn(state: MoveState): Errand {
  if (state.kind === 'done') return { verb: 'fence', end: 'source' };
  if (state.kind !== 'undoing' && state.kind !== 'undone') return errandOf(state);
  const isToResume = state.kind === 'undoing' && state.resume === 'pending';
  return isToResume ? { verb: 'resume', end: 'source' } : { verb: 'abort', end: 'destination' };
}

function reported(fails: boolean): Make {
  return (control) => {
    const token = [...control.appends.keys()].at(-1);
    return token === undefined ? null : { kind: 'appended', ...AT, token, error: fails ? 'disk full' : null };
  };
}

const switched = mostlyNot.map((fails): Make => (control) => {
  const token = [...control.requests.keys()].at(-1);
  return token === undefined ? null : { kind: 'power-answer', ...AT, token, error: fails ? 'no' : null };
});

const timer = fc.boolean().map((isJournal): Make => (control) => {
  return { kind: 'timer', ...AT, timer: isJournal ? 'journal' : firstOf(control) };
});

const seenPower = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('on' as const, 'confirmed-off' as const))
  .map(([slot, power]): Make => () => ({ kind: 'slot-power', ...AT, slot, sled: null, power, sinceMs: 0 }));

const asked = fc.tuple(sled, fc.string({ minLength: 1, maxLength: 4 }), workload).map(([name, boot, id]): Make => {
  const workloads = [{ id, epoch: 1, floor: 0, move: null }];
  return () => ({ kind: 'asked', ...AT, ask: { kind: 'floors-ask', sled: name, boot, workloads } });
});

const anything: fc.Arbitrary<Make> = fc.oneof(
  { weight: 4, arbitrary: want },
  { weight: 2, arbitrary: fc.constant(undo) },
  { weight: 1, arbitrary: told },
  { weight: 4, arbitrary: strayAnswer },
  { weight: 12, arbitrary: mostlyNot.map(answered) },
  { weight: 12, arbitrary: mostlyNot.map(reported) },
  { weight: 2, arbitrary: switched },
  { weight: 8, arbitrary: timer },
  { weight: 2, arbitrary: seenPower },
  { weight: 1, arbitrary: asked },
);

describe('stepControl', () => {
  it('is total; an append comes last and alone, nothing is sent before it; the ledger is what is durable', () => {
    const seen = new Set<string>();
    const walk = fc.array(fc.tuple(anything, fc.nat(12_000)), { minLength: 20, maxLength: 120, size: 'max' });
    fc.assert(
      fc.property(walk, fc.nat(12), (events, stepsAhead) => {
        let control = ahead(ready(), stepsAhead);
        let atMs = 0;
        for (const [make, laterMs] of events) {
          const made = make(control);
          if (made === null) continue;
          atMs += laterMs;
          const before = control;
          const frozen = textOf(before);
          const event = at(made, atMs);
          const result = stepControl(before, event);
          assert.equal(textOf(before), frozen, 'the state before is as it was');
          control = result.control;
          check(before, control, result.effects, event);
          for (const { state } of listMoves(control)) seen.add(state);
          for (const { kind } of result.effects) seen.add(kind);
        }
      }),
      { numRuns: 600, seed: 11 },
    );
    const states = ['planned', 'staged', 'frozen', 'shipped', 'committed', 'claimed', 'done', 'undoing', 'undone'];
    for (const kind of [...states, 'cut', 'give', 'grant', 'refused']) assert.ok(seen.has(kind), `${kind} never came`);
  });
});

/** Three sleds online, both workloads on the first. */
function ready(): Control {
  let { control } = startControl({ ledger: emptyLedger, atMs: 0, wallMs: 1e12 });
  for (const name of SLEDS) {
    const record = recordOf(name, name === 'sled1' ? ['w1', 'w2'] : [], 'online');
    ({ control } = stepControl(control, { kind: 'status', ...AT, status: record }));
  }
  return control;
}

/** With a Move of w1 that has gone so many steps well. */
function ahead(control: Control, steps: number): Control {
  const slots = { from: 1, to: 2, fromSled: 'sled1', toSled: 'sled2' };
  const events: Make[] = [() => ({ kind: 'want', ...AT, token: 1, workload: 'w1', ...slots, trigger: 'plan' })];
  let next = control;
  for (let step = 0; step <= steps; step++) {
    const made = (events.shift() ?? (next.appends.size > 0 ? reported(false) : answered(true)))(next);
    if (made !== null) next = stepControl(next, made).control;
  }
  return next;
}

function recordOf(name: string, ids: readonly string[], state: 'online' | 'offline') {
  const workloads = ids.map((id) => announced(id, { fence: 'power' }));
  return status(name, { state, bulk: { host: '::1', port: 1 }, workloads });
}

function firstOf(control: Control): string {
  return [...control.moves.keys()][0] ?? 'm1';
}

function at(event: ControlEvent, atMs: number): ControlEvent {
  if (event.kind === 'slot-power') return { ...event, atMs, sinceMs: atMs };
  return 'wallMs' in event ? { ...event, atMs, wallMs: 1e12 + atMs } : { ...event, atMs };
}

function textOf({ moves, sleds, slots, ledger }: Control): string {
  return JSON.stringify([[...moves], [...sleds], [...slots], [...ledger.open]]);
}

function check(before: Control, after: Control, effects: readonly ControlEffect[], event: ControlEvent): void {
  const appends = effects.flatMap((effect, index) => (effect.kind === 'append' ? [index] : []));
  assert.ok(appends.length === 0 || (appends.length === 1 && appends[0] === effects.length - 1));
  for (const effect of effects) {
    if (effect.kind !== 'send') continue;
    const { open, closed } = after.ledger;
    const record = open.get(effect.move.id) ?? closed.find(({ id }) => id === effect.move.id);
    assert.ok(record !== undefined, 'nothing is sent for a Move that is not durable');
    if (effect.send.verb === 'commit') assert.equal(record.state.kind, 'committed');
    if (effect.send.verb === 'thaw') assert.ok(['shipped', 'committed'].includes(record.state.kind));
  }
  const durable = event.kind === 'appended' && event.error === null ? before.appends.get(event.token) : undefined;
  assert.deepEqual(after.ledger, (durable?.entries ?? []).reduce(fold, before.ledger));
  for (const [id, { state, reservation }] of after.moves) {
    assert.equal(reservation !== null, isOpen(state), `${id} ${state.kind} and its room`);
  }
}
