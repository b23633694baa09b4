// scripts/coldslot against a running chassis: what a person reads and what a program parses are the same chassis.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ChassisView } from '../../src/core/view.ts';
import { until } from '../hwsim/child-process.ts';
import { PROJECT } from '../simulation/program.ts';
import { RunningChassis, SCENARIOS } from '../simulation/running-chassis.ts';
import { step } from '../simulation/steps.ts';

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function coldslot(...args: readonly string[]): Promise<Ended> {
  const child = spawn(join(PROJECT, 'scripts/coldslot'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const taken = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (taken.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (taken.err += text));
  const [status] = (await once(child, 'close')) as [number];
  return { status, ...taken };
}

interface Reading {
  readonly words: readonly string[];
  /** Of the JSON document: what must be named in the text too. */
  readonly names: (json: unknown) => readonly string[];
  /** How many there must be at least. */
  readonly count: number;
}

const named = (key: string) => (json: unknown) => (json as Record<string, string>[]).map((entry) => String(entry[key]));

/** sim-8: eight slots, three fans; a sensor for ambient and six for each slot. */
const readings: readonly Reading[] = [
  { words: ['status'], names: (json) => [(json as ChassisView).chassis, (json as ChassisView).guardian], count: 2 },
  { words: ['slot', 'list'], names: (json) => named('slot')(json).map((slot) => `slot ${slot}`), count: 8 },
  { words: ['workload', 'list'], names: named('id'), count: 18 },
  { words: ['fan', 'list'], names: named('id'), count: 3 },
  { words: ['sdr', 'list'], names: named('name'), count: 49 },
  { words: ['sensor', 'list'], names: named('name'), count: 49 },
  { words: ['chassis', 'status'], names: (json) => [(json as { guardian: string }).guardian], count: 1 },
  {
    words: ['plan'],
    names: (json) => (json as { held: { workload: string }[] }).held.map((held) => held.workload),
    count: 1,
  },
];

const SAME_ANSWER_TRIES = 5;

describe('scripts/coldslot and a running chassis', () => {
  it('reads it, moves a workload, and says what is wrong', async (test) => {
    await RunningChassis.during(['--scenario', `${SCENARIOS}/quiet.json`, '--speed', '10'], async (chassis) => {
      const ask = (...words: readonly string[]) => coldslot('--socket', join(chassis.run, 'control.sock'), ...words);
      for (const reading of readings) {
        await step(test, `${reading.words.join(' ')}, in text and in JSON`, () => reads(ask, reading));
      }
      await step(test, 'move, move list and move show', () => moves(chassis, ask));
      await step(test, 'errors: one line, and the status that fits', () => refuses(ask));
      await chassis.judge();
    });
  });
});

type Ask = (...words: readonly string[]) => Promise<Ended>;

async function reads(ask: Ask, { words, names, count }: Reading): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const json = await askJson(ask, ...words);
    const text = await ask(...words);
    assert.deepEqual([text.status, text.err], [0, '']);
    const wanted = names(json);
    assert.ok(wanted.length >= count, `${wanted.length} of ${count}`);
    const missing = wanted.filter((name) => !text.out.includes(name));
    if (missing.length === 0) return;
    // the chassis lives: between two questions a plan may have become another
    assert.ok(attempt < SAME_ANSWER_TRIES, `${missing.join(', ')} is missing in:\n${text.out}`);
  }
}

/** One JSON document and nothing else on standard output. */
async function askJson(ask: Ask, ...words: readonly string[]): Promise<unknown> {
  const { status, out, err } = await ask(...words, '--json');
  assert.deepEqual([status, err], [0, '']);
  return JSON.parse(out);
}

async function moves(chassis: RunningChassis, ask: Ask): Promise<void> {
  const dry = (await askJson(ask, 'move', 'web-1', '2', '--dry-run')) as { move: unknown };
  assert.equal(dry.move, null);
  const { move } = (await askJson(ask, 'move', 'web-1', '2')) as { move: { id: string; from: number } };
  assert.equal((await chassis.moveEnded(move.id)).state, 'done');
  const list = (await askJson(ask, 'move', 'list')) as { id: string; workload: string; state: string }[];
  assert.deepEqual(
    list.map(({ id, workload, state }) => ({ id, workload, state })),
    [{ id: move.id, workload: 'web-1', state: 'done' }],
  );
  const shown = await ask('move', 'show', move.id);
  assert.match(shown.out, new RegExp(`${move.id}: web-1, slot 1 → 2, by operator`));
  assert.match(shown.out, /state +done, epoch 2/);
  await until('web-1 to run in slot 2', () => chassis.slotOf('web-1') === 2);
}

async function refuses(ask: Ask): Promise<void> {
  const cases = [
    { words: ['move', 'nobody', '2'], status: 2, said: 'nobody' },
    { words: ['move', 'show', 'm999'], status: 1, said: 'm999' },
    { words: ['slots', 'list'], status: 2, said: 'slots list' },
    { words: ['status', '--jsn'], status: 2, said: '--jsn' },
  ];
  for (const { words, status, said } of cases) {
    const ended = await ask(...words);
    assert.deepEqual([ended.status, ended.out], [status, ''], `${words.join(' ')}: ${ended.err}`);
    assert.match(ended.err, /^coldslot: [^\n]+\n$/);
    assert.ok(ended.err.includes(said), ended.err);
  }
  const nobody = await coldslot('--socket', '/nonexistent/control.sock', 'status');
  assert.deepEqual([nobody.status, nobody.out], [4, '']);
  assert.match(nobody.err, /^coldslot: [^\n]*\/nonexistent\/control\.sock[^\n]+\n$/);
}
