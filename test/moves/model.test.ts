// The whole protocol in a model: the real step function, journal entries and ledger, fake agents, virtual time, faults.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mutants } from './model/mutants.ts';
import { simulate, type Outcome } from './model/simulation.ts';

const SEEDS = 2000;
const EDGES = ['planned', 'staged', 'frozen', 'shipped', 'committed', 'claimed', 'done', 'undoing', 'undone'];

function firstBad(seeds: number, run: (seed: number) => Outcome): number | null {
  for (let seed = 1; seed <= seeds; seed++) if (run(seed).violation !== null) return seed;
  return null;
}

describe('Moves under faults, in the model', () => {
  it(`keep every invariant in ${SEEDS} seeded runs, with crashes at every edge`, () => {
    const totals = { taken: new Map<string, number>(), crashed: new Map<string, number>(), recovered: new Map() };
    let agentCrashes = 0;
    const bad = firstBad(SEEDS, (seed) => {
      const outcome = simulate(seed);
      agentCrashes += outcome.agentCrashes;
      for (const how of ['taken', 'crashed', 'recovered'] as const) {
        for (const [kind, count] of outcome[how]) totals[how].set(kind, (totals[how].get(kind) ?? 0) + count);
      }
      return outcome;
    });
    if (bad !== null) {
      const replay = simulate(bad, undefined, true);
      assert.fail(`seed ${bad}: ${replay.violation}\n${replay.history.slice(-120).join('\n')}`);
    }
    // the runs were worth something: every edge was taken, crashed at, and recovered from
    for (const edge of EDGES) {
      assert.ok((totals.taken.get(edge) ?? 0) > 1000, `${edge} was taken ${totals.taken.get(edge)} times`);
      assert.ok((totals.crashed.get(edge) ?? 0) > 100, `${edge} was crashed at ${totals.crashed.get(edge)} times`);
    }
    for (const kind of [...EDGES, 'thawed', 'fenced']) {
      assert.ok((totals.recovered.get(kind) ?? 0) > 10, `${kind} was recovered ${totals.recovered.get(kind)} times`);
    }
    assert.ok(agentCrashes > 1000);
  });

  it('are the same for the same seed, and tell what happened', () => {
    const one = simulate(7, undefined, true);
    const two = simulate(7, undefined, true);
    assert.deepEqual(one.history, two.history);
    assert.ok(one.history.some((line) => /m\d+ shipped → committed on destination’s thaw done/.test(line)));
  });

  for (const [name, parts] of Object.entries(mutants)) {
    it(`find the mutant in which ${name}`, () => {
      const bad = firstBad(SEEDS, (seed) => simulate(seed, parts));
      assert.notEqual(bad, null, `no run of ${SEEDS} found it`);
    });
  }
});
