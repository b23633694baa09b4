import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from '../../../hwsim/scenario/expectations.ts';
import { plantNamed } from '../plant/plants.ts';
import { playCourse, type PlannedMove } from './course.ts';
import { scenarioNamed } from './scenarios.ts';

const LIMIT_C = 85;
const FOR_S = 300;

const toFrontRow: PlannedMove[] = [
  { atS: 60, workload: 'train-1', to: 1 },
  { atS: 75, workload: 'render-1', to: 4 },
];
const later = (moves: readonly PlannedMove[], byS: number) =>
  moves.map(({ atS, workload, to }) => ({ atS: atS + byS, workload, to }));

const hotSlots = [
  { plant: 'standard', scenario: 'hot-slot', slot: 6, moves: toFrontRow },
  { plant: 'dense', scenario: 'hot-slot', slot: 6, moves: toFrontRow },
  { plant: 'dusty', scenario: 'hot-slot', slot: 6, moves: toFrontRow },
  { plant: 'yosemite-v4', scenario: 'hot-slot', slot: 6, moves: toFrontRow },
  {
    plant: 'bletchley',
    scenario: 'bletchley-hot-slot',
    slot: 3,
    moves: [
      { atS: 60, workload: 'train-1', to: 5 },
      { atS: 75, workload: 'render-1', to: 6 },
    ],
  },
];

for (const { plant, scenario, slot, moves } of hotSlots) {
  describe(`the course ${scenario} on ${plant}`, () => {
    const left = playCourse(plantNamed(plant), scenarioNamed(scenario), FOR_S);

    it('takes fans to full speed and the slot over its limit when its work stays', () => {
      assert.ok(
        left.samples.some(({ ratio }) => ratio === 1),
        'full speed',
      );
      assert.ok(left.metrics.peakC > LIMIT_C + 3 && left.metrics.peakC < LIMIT_C + 12, `peak ${left.metrics.peakC}`);
      const atEndOfCourse = left.samples[150]!.cpuC;
      for (const [other, cpuC] of atEndOfCourse) assert.equal(cpuC > LIMIT_C, other === slot, `slot ${other}: ${cpuC}`);
      assert.ok(left.metrics.overLimitS > 60, `${left.metrics.overLimitS} s`);
    });

    it('leaves the controller a minute from the first sign at 30 s to the limit', () => {
      const { lastOverS } = left.record.slots.get(slot)!;
      const crossing = left.samples.find(({ cpuC }) => (cpuC.get(slot) ?? 0) > LIMIT_C)!.timeS;
      assert.ok(crossing > 90 && crossing < 130, `over the limit at ${crossing} s`);
      assert.ok((lastOverS ?? 0) > 150, 'and does not recover during the course');
    });

    it('is too much for a keener loop as well, whose fans are at full speed sooner', () => {
      const gains = { perK: 0.05, perKS: 0.005, targetMarginK: 12 };
      const keen = playCourse(plantNamed(plant), scenarioNamed(scenario), FOR_S, { gains });
      assert.ok(keen.samples.some(({ ratio, timeS }) => ratio === 1 && timeS > 30 && timeS < 125));
      assert.ok(keen.metrics.overLimitS > 120, `${keen.metrics.overLimitS} s`);
      assert.ok((keen.samples[150]!.cpuC.get(slot) ?? 0) > LIMIT_C, 'it does not count as settled after the course');
    });

    for (const delayS of [0, 15]) {
      it(`stays within limits with slower fans when two workloads leave at ${60 + delayS} and ${75 + delayS} s`, () => {
        const moved = playCourse(plantNamed(plant), scenarioNamed(scenario), FOR_S, { moves: later(moves, delayS) });
        assert.ok(moved.metrics.peakC < LIMIT_C, `peak ${moved.metrics.peakC}`);
        assert.equal(moved.metrics.overLimitS, 0);
        assert.ok(moved.metrics.withinLimitsS > 20);
        assert.ok(moved.metrics.fanEnergyJ < 0.6 * left.metrics.fanEnergyJ, `${moved.metrics.fanEnergyJ} J`);
        const results = judge(scenarioNamed(scenario).expect, moved.record);
        assert.deepEqual(
          results.filter((result) => !result.met),
          [],
        );
      });
    }

    it('is not what its file expects when the work stays', () => {
      const unmet = judge(scenarioNamed(scenario).expect, left.record).filter((result) => !result.met);
      assert.ok(unmet.length >= 3, JSON.stringify(unmet));
    });
  });
}

describe('the other courses', () => {
  for (const scenario of ['quiet', 'fan-fails', 'sled-pulled', 'sensor-faults']) {
    for (const plant of ['standard', 'dense', 'dusty', 'yosemite-v4']) {
      it(`${scenario} on ${plant} stays within limits and settles without a Move`, () => {
        const course = playCourse(plantNamed(plant), scenarioNamed(scenario), 240);
        assert.equal(course.metrics.overLimitS, 0);
        const unmet = judge(scenarioNamed(scenario).expect, course.record).filter((result) => !result.met);
        assert.deepEqual(unmet, []);
      });
    }
  }

  it('fan-fails is felt: with fan1 standing the others have to blow harder', () => {
    const parameters = plantNamed('standard');
    const quiet = playCourse(parameters, { ...scenarioNamed('fan-fails'), steps: [] }, 120);
    const failing = playCourse(parameters, scenarioNamed('fan-fails'), 120);
    const hottest = (course: typeof quiet) => Math.max(...course.samples.at(-1)!.cpuC.values());
    assert.ok(hottest(failing) > hottest(quiet) + 3, `${hottest(failing)} against ${hottest(quiet)}`);
  });
});
