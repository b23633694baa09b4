import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { stepPowerDown, type PowerDown } from '../../src/cooling/power-down.ts';
import { good, none, type Reading } from '../../src/core/reading.ts';
import { sensor } from './fixture.ts';

const cpu = sensor('cpu1', { slot: 3, powerDownC: 100 });

/** Feeds one reading a second from t = 0 and gives what came out each second. */
function feed(course: readonly (number | Reading)[]): { outputs: string[][]; state: PowerDown } {
  let state: PowerDown = { kind: 'calm' };
  const outputs = course.map((what, second) => {
    const reading = typeof what === 'number' ? good(what, second * 1000) : what;
    const step = stepPowerDown(cpu, state, reading, second * 1000);
    state = step.state;
    return step.effects.map((effect) => (effect.kind === 'event' ? effect.code : effect.kind));
  });
  return { outputs, state };
}

describe('over the power-down limit of 100 °C', () => {
  it('one reading does nothing, the second warns, five seconds later the power is cut', () => {
    const { outputs } = feed([101, 101, 101, 101, 101, 101, 101]);
    assert.deepEqual(outputs, [[], ['power-down-imminent'], [], [], [], [], ['power-down', 'cut-slot-power']]);
  });

  it('a spike of one reading is forgotten', () => {
    assert.deepEqual(feed([99, 130, 99, 99, 130, 99]).outputs.flat(), []);
  });

  it('the same reading seen twice counts once', () => {
    const frozen = good(104, 0);
    assert.deepEqual(feed([frozen, frozen, frozen]).outputs.flat(), []);
  });

  it('3 K over, two readings in a row, cuts at once', () => {
    assert.deepEqual(feed([103, 103]).outputs, [[], ['power-down', 'cut-slot-power']]);
    assert.deepEqual(feed([101, 101, 103]).outputs[2], ['power-down', 'cut-slot-power']);
  });

  it('work moved away in time averts it', () => {
    const { outputs, state } = feed([101, 101, 100.5, 99.5]);
    assert.deepEqual(outputs[3], ['power-down-averted']);
    assert.equal(state.kind, 'calm');
  });

  it('a sensor that falls silent after the warning does not save the slot', () => {
    const lost = none('timeout', 0);
    assert.deepEqual(feed([101, 101, lost, lost, lost, lost, lost]).outputs[6], ['power-down', 'cut-slot-power']);
  });

  it('a sled that is pulled is forgotten', () => {
    assert.equal(feed([101, 101, none('absent', 0)]).state.kind, 'calm');
    assert.equal(feed([103, 103, none('off', 0)]).state.kind, 'calm');
  });

  it('a cut that did not work is asked for again every five seconds', () => {
    const cuts = feed(Array.from({ length: 13 }, () => 105)).outputs.map((output) => output.includes('cut-slot-power'));
    assert.deepEqual(
      cuts.flatMap((cut, second) => (cut ? [second] : [])),
      [1, 6, 11],
    );
  });

  it('a chassis sensor has no slot to cut', () => {
    const step = stepPowerDown(sensor('board'), { kind: 'suspected', readAtMs: 0 }, good(150, 1000), 1000);
    assert.deepEqual(step, { state: { kind: 'calm' }, effects: [] });
  });
});
