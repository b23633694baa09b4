import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlantTruth } from '../../../hwsim/contract.ts';
import type { Expectation } from '../../../hwsim/scenario.ts';
import { judge } from '../../../hwsim/scenario/expectations.ts';
import { RunRecorder, type MoveRecord, type RunRecord } from '../../../hwsim/scenario/run-record.ts';

const done: MoveRecord = { id: 'm1', workload: 'web', from: 1, to: 2, outcome: 'done', endedAtS: 70 };

/** Slot 1 is over its 85 °C from 40 to 60 s and peaks at 88 °C; slot 2 is at 60 °C; the run ends at 100 s. */
function run(moves: readonly MoveRecord[] = [done]): RunRecord {
  const recorder = new RunRecorder(
    new Map([
      [1, 85],
      [2, 85],
    ]),
  );
  for (let timeS = 1; timeS <= 100; timeS++) {
    const cpuC = timeS === 50 ? 88 : timeS >= 40 && timeS <= 60 ? 86 : 70;
    recorder.observe(truth(timeS, cpuC));
  }
  for (const move of moves) recorder.move(move);
  return recorder.record({ plantSeconds: 100, peakC: 88, overLimitS: 21, fanEnergyJ: 2000, withinLimitsS: 40 });
}

function truth(timeS: number, cpuC: number): PlantTruth {
  const base = { present: true, powered: true, inletC: 25, memoryC: 40, outletC: 40, powerW: 100, supplyV: 12 };
  const slots = new Map([
    [1, { ...base, slot: 1, cpuC }],
    [2, { ...base, slot: 2, cpuC: 60 }],
  ]);
  return { timeS, ambientC: 25, slots, fans: new Map() };
}

function verdict(expectation: Expectation, record = run()): string {
  const [result] = judge([expectation], record);
  return `${result?.met === true ? 'met' : 'not met'}: ${result?.text}`;
}

describe('expectations', () => {
  it('judge the peak of all slots or of one', () => {
    assert.equal(
      verdict({ kind: 'peak-below', temperatureC: 85 }),
      'not met: every slot stays below 85 °C: slot 1 peaked at 88.0 °C after 50 s',
    );
    assert.equal(
      verdict({ kind: 'peak-below', temperatureC: 65, slot: 2 }),
      'met: slot 2 stays below 65 °C: slot 2 peaked at 60.0 °C after 1 s',
    );
  });

  it('judge the time over the limit', () => {
    assert.match(verdict({ kind: 'within-limits', byS: 61 }), /^met: .*last one over at 60 s$/);
    assert.match(verdict({ kind: 'within-limits', byS: 60 }), /^not met: /);
    assert.match(verdict({ kind: 'within-limits', byS: 101 }), /^not met: .*the run ended after 100 s$/);
    assert.match(verdict({ kind: 'over-limit-at-most', slotSeconds: 21 }), /^met: .*21\.0 s$/);
    assert.match(verdict({ kind: 'over-limit-at-most', slotSeconds: 20 }), /^not met: /);
  });

  it('judge Moves: from where, by when, how many, how they ended', () => {
    assert.equal(
      verdict({ kind: 'moved-off', slot: 1, byS: 70 }),
      'met: work leaves slot 1 by 70 s: first after 70 s (web to slot 2)',
    );
    assert.match(verdict({ kind: 'moved-off', slot: 1, byS: 69 }), /^not met: /);
    assert.match(verdict({ kind: 'moved-off', slot: 2, byS: 99 }), /^not met: .*none left$/);
    assert.match(verdict({ kind: 'stays', workload: 'db' }), /^met: /);
    assert.match(verdict({ kind: 'stays', workload: 'web' }), /^not met: .*it went to slot 2$/);
    assert.match(verdict({ kind: 'moves-at-most', count: 1 }), /^met: at most 1 Move: 1 Move$/);
    assert.match(verdict({ kind: 'moves-at-most', count: 0 }), /^not met: /);
    assert.match(verdict({ kind: 'moves-succeed' }), /^met: /);
  });

  it('take a later word on a Move for the earlier one, and see undone and open ones', () => {
    const open: MoveRecord = { ...done, outcome: 'open', endedAtS: null };
    assert.match(verdict({ kind: 'moves-succeed' }, run([open])), /^not met: .*web open$/);
    assert.match(verdict({ kind: 'moves-succeed' }, run([open, done])), /^met: /);
    const undone = run([open, { ...open, outcome: 'undone', endedAtS: 80 }]);
    assert.match(verdict({ kind: 'moves-succeed' }, undone), /^not met: .*web undone$/);
    assert.match(verdict({ kind: 'moved-off', slot: 1, byS: 99 }, undone), /^not met: .*none left$/);
  });

  it('judge when a slot lost its power, and that it has not got it back', () => {
    const recorder = new RunRecorder(new Map([[1, 85]]));
    const observe = (timeS: number, powered: boolean) => {
      const slot = { slot: 1, present: true, inletC: 25, cpuC: 50, memoryC: 40, outletC: 40, powerW: 9, supplyV: 12 };
      recorder.observe({ timeS, ambientC: 25, slots: new Map([[1, { ...slot, powered }]]), fans: new Map() });
    };
    const record = () =>
      recorder.record({ plantSeconds: 9, peakC: 50, overLimitS: 0, fanEnergyJ: 0, withinLimitsS: 9 });
    observe(1, true);
    assert.match(verdict({ kind: 'power-cut', slot: 1, byS: 9 }, record()), /^not met: .*it has power$/);
    observe(2, false);
    observe(3, false);
    assert.match(verdict({ kind: 'power-cut', slot: 1, byS: 2 }, record()), /^met: .*off since 2\.0 s$/);
    assert.match(verdict({ kind: 'power-cut', slot: 1, byS: 1.9 }, record()), /^not met: /);
    observe(4, true);
    assert.match(verdict({ kind: 'power-cut', slot: 1, byS: 9 }, record()), /^not met: /);
  });

  it('judge fan power by its mean, so that longer runs are not worse', () => {
    assert.match(verdict({ kind: 'mean-fan-power-below', powerW: 20.1 }), /^met: .*20\.0 W$/);
    assert.match(verdict({ kind: 'mean-fan-power-below', powerW: 20 }), /^not met: /);
  });

  it('do not ask for Moves when moves are switched off', () => {
    const both: Expectation[] = [
      { kind: 'moved-off', slot: 2, byS: 50 },
      { kind: 'peak-below', temperatureC: 90 },
    ];
    assert.deepEqual(
      judge(both, run([]), 'off').map((result) => result.met),
      [true],
    );
    assert.equal(judge(both, run([]), 'on').length, 2);
  });
});
