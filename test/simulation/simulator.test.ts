// Moves under every fault, in the whole system on virtual time: the sound one keeps every invariant, each mutant is
// found, a seed always tells the same story, and what was found once stays found.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mutants } from '../../scripts/simulator/mutants/mutants.ts';
import { simulate, type Outcome } from '../../scripts/simulator/run.ts';
import { found } from './simulator-seeds.ts';
import { PROJECT } from './program.ts';

const SEEDS = 300;
/** Each mutant is to be found within so many seeds. */
const MUTANT_SEEDS = 500;
/** Seeds of the tests begin here; `.ci/run` takes those from 1. */
const FROM = 1_000_000;

function tellOf(outcome: Outcome): string {
  const { history } = simulate(outcome.seed, { told: true });
  return `seed ${outcome.seed}: ${outcome.violation}\n${history.slice(-120).join('\n')}`;
}

function command(...args: string[]) {
  return spawnSync('scripts/simulate', args, { cwd: PROJECT, encoding: 'utf8', timeout: 120_000 });
}

describe('Moves under every fault', () => {
  it(`keep every invariant in ${SEEDS} seeded runs that are worth something`, () => {
    const edges = new Map<string, number>();
    let faults = 0;
    for (let seed = FROM; seed < FROM + SEEDS; seed++) {
      const outcome = simulate(seed);
      if (outcome.violation !== null) assert.fail(tellOf(outcome));
      for (const [kind, count] of outcome.edges) edges.set(kind, (edges.get(kind) ?? 0) + count);
      faults += outcome.faults;
    }
    for (const edge of ['planned', 'staged', 'frozen', 'shipped', 'committed', 'claimed', 'done', 'undoing', 'undone'])
      assert.ok((edges.get(edge) ?? 0) > SEEDS, `${edge} was taken ${edges.get(edge) ?? 0} times only`);
    assert.ok(faults > 20 * SEEDS, `${faults} faults only`);
  });

  it('say on the wire only what the schemas know', () => {
    for (let seed = FROM; seed < FROM + 20; seed++) {
      const outcome = simulate(seed, { strict: true });
      if (outcome.violation !== null) assert.fail(tellOf(outcome));
    }
  });

  it('tell the same story for the same seed, whether somebody listens or not', () => {
    const one = simulate(FROM + 7, { told: true });
    const two = simulate(FROM + 7, { told: true });
    const silent = simulate(FROM + 7);
    assert.deepEqual(one, two);
    assert.deepEqual({ ...silent, history: [] }, { ...one, history: [] });
    assert.ok(one.history.some((line) => /controller +m\d+ of w\d, slot \d to \d: committed/.test(line)));
    assert.deepEqual(silent.history, []);
  });

  for (const { seed, what } of found) {
    it(`stay as they are in seed ${seed}: ${what}`, () => {
      const outcome = simulate(seed);
      if (outcome.violation !== null) assert.fail(tellOf(outcome));
    });
  }
});

describe('A mutant', () => {
  for (const [name, { mutate, text }] of mutants) {
    it(`is found: ${name}, ${text}`, () => {
      for (let seed = FROM; seed < FROM + MUTANT_SEEDS; seed++)
        if (simulate(seed, { mutate }).violation !== null) return;
      assert.fail(`no run of ${MUTANT_SEEDS} found it`);
    });
  }
});

describe('scripts/simulate', () => {
  it('ends with the figures of its runs as JSON', () => {
    const { status, stdout, stderr } = command('--seeds', '6', '--from', '41', '--jobs', '2', '--json');
    assert.equal(status, 0, stderr);
    const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
    const keys = ['seeds', 'moves', 'faults', 'violations', 'firstBadSeed', 'simulatedHours', 'seconds'];
    assert.deepEqual(Object.keys(figures), keys);
    const alone = Array.from({ length: 6 }, (_, n) => simulate(41 + n));
    assert.equal(figures['seeds'], 6);
    assert.equal(figures['violations'], 0);
    assert.equal(figures['firstBadSeed'], null);
    assert.equal(
      figures['moves'],
      alone.reduce((total, { moves }) => total + moves, 0),
    );
  });

  it('ends with 1 and the history of the first bad seed when a run finds something', () => {
    const { status, stdout, stderr } = command(
      '--seeds',
      '3',
      '--from',
      '5',
      '--mutant',
      'start-before-journal',
      '--json',
    );
    assert.equal(status, 1);
    const { firstBadSeed, violations } = JSON.parse(stdout.trimEnd()) as Record<string, number>;
    assert.equal(firstBadSeed, 5);
    assert.equal(violations, 3);
    assert.match(stderr, /VIOLATION: query of m1 is sent before the Move is durable/);
  });

  it('tells one seed in full, each time the same', () => {
    const one = command('--seed', '5', '--mutant', 'start-before-journal');
    const two = command('--seed', '5', '--mutant', 'start-before-journal');
    assert.equal(one.status, 1);
    const story = (stdout: string) => stdout.split('\n').slice(0, -2);
    assert.deepEqual(story(one.stdout), story(two.stdout));
    assert.match(one.stdout, /VIOLATION/);
  });

  it('lists the mutants by name, one on each line', () => {
    const { status, stdout } = command('--list-mutants');
    assert.equal(status, 0);
    assert.deepEqual(stdout.trimEnd().split('\n'), [...mutants.keys()]);
    assert.ok(mutants.size >= 12);
  });

  const refused: readonly (readonly [string[], RegExp])[] = [
    [['--seeds', '0'], /--seeds: is 0; give a whole number from 1/],
    [['--seeds', 'many'], /--seeds: is many/],
    [['--from', '-1', '--seeds', '1'], /--from/],
    [['--seed', '1', '--seeds', '2'], /--seed: is one run/],
    [['--mutant', 'nobody'], /--mutant: there is no nobody/],
    [['--colour'], /Unknown option '--colour'/],
    [['7'], /Unexpected argument '7'/],
    [['--jobs', '1.5'], /--jobs: is 1\.5/],
  ];
  for (const [args, said] of refused) {
    it(`refuses ${args.join(' ')} with one line`, () => {
      const { status, stdout, stderr } = command(...args);
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, said);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    });
  }
});
