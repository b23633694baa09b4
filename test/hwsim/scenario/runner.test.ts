import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ScenarioRunner } from '../../../hwsim/scenario/runner.ts';
import { smallScenario } from './scenarios.ts';

describe('a scenario runner', () => {
  it('gives every step once, when its time has come, in order', () => {
    const runner = new ScenarioRunner(smallScenario());
    assert.deepEqual(runner.due(9.9), []);
    assert.equal(runner.upcoming()?.say, 'first');
    assert.deepEqual(runner.due(10), [
      { kind: 'load', workload: 'a', cores: 0.05 },
      { kind: 'block-slot', slot: 1, openness: 0.5 },
    ]);
    assert.deepEqual(runner.due(10), []);
    assert.equal(runner.finished(49), false);
  });

  it('catches up after a pause without losing a step', () => {
    const runner = new ScenarioRunner(smallScenario());
    assert.deepEqual(
      runner.dueSteps(1000).map((step) => step.say),
      ['first', 'at the same time', 'pulled', 'pushed'],
    );
    assert.equal(runner.upcoming(), undefined);
  });

  it('is finished from the last step on, and at once where there is none', () => {
    const runner = new ScenarioRunner(smallScenario());
    assert.equal(runner.finished(49.9), false);
    assert.equal(runner.finished(50), true);
    assert.equal(new ScenarioRunner({ ...smallScenario(), steps: [] }).finished(0), true);
  });
});
