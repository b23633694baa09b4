import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { judge } from '../../../hwsim/scenario/expectations.ts';
import { plantNamed } from '../plant/plants.ts';
import { playCourse, USUAL_GAINS, type LoopGains, type PlannedMove } from './course.ts';
import { scenarioNamed } from './scenarios.ts';

const FOR_S = 300;

interface HotSlot {
  readonly plant: string;
  readonly scenario: string;
  readonly slot: number;
  readonly limitC: number;
  readonly gains: LoopGains;
  readonly to: readonly [number, number];
}

const simulated = { scenario: 'hot-slot', slot: 6, limitC: 85, gains: USUAL_GAINS, to: [1, 4] } as const;
const hotSlots: readonly HotSlot[] = [
  { plant: 'standard', ...simulated },
  { plant: 'dense', ...simulated },
  { plant: 'dusty', ...simulated },
  {
    plant: 'bletchley', // limit and least fan speed (by the intake's temperature) as its board has them
    scenario: 'bletchley-hot-slot',
    slot: 3,
    limitC: 54,
    gains: { perK: 0.02, perKS: 0.002, targetMarginK: 4, minRatio: 0.37 },
    to: [5, 6],
  },
  {
    plant: 'yosemite-v4',
    scenario: 'yosemite-v4-hot-slot',
    slot: 5,
    limitC: 95,
    gains: { perK: 0.03, perKS: 0.015, targetMarginK: 5, minRatio: 0.1 },
    to: [2, 8],
  },
];

for (const { plant, scenario, slot, limitC, gains, to } of hotSlots) {
  const play = (options: { moves?: readonly PlannedMove[]; gains?: LoopGains }) =>
    playCourse(plantNamed(plant), scenarioNamed(scenario), FOR_S, { limitC, gains, ...options });

  describe(`the course ${scenario} on ${plant}`, () => {
    const left = play({});

    it('takes fans to full speed and the slot over its limit when its work stays', () => {
      assert.ok(
        left.samples.some(({ ratio, timeS }) => ratio === 1 && timeS > 30),
        'full speed',
      );
      assert.ok(left.metrics.peakC > limitC + 3 && left.metrics.peakC < limitC + 11, `peak ${left.metrics.peakC}`);
      const atEndOfCourse = left.samples[150]!.cpuC;
      for (const [other, cpuC] of atEndOfCourse) assert.equal(cpuC > limitC, other === slot, `slot ${other}: ${cpuC}`);
      assert.ok(left.metrics.overLimitS > 60, `${left.metrics.overLimitS} s`);
    });

    it('leaves the controller a minute from the first sign at 30 s to the limit', () => {
      const { lastOverS } = left.record.slots.get(slot)!;
      const crossing = left.samples.find(({ cpuC }) => (cpuC.get(slot) ?? 0) > limitC)!.timeS;
      assert.ok(crossing > 90 && crossing < 130, `over the limit at ${crossing} s`);
      assert.ok((lastOverS ?? 0) > 150, 'and does not recover during the course');
    });

    it('is too much for a keener loop as well, whose fans are at full speed sooner', () => {
      const keen = { ...gains, perK: 0.05, perKS: 0.005, targetMarginK: 1.5 * gains.targetMarginK };
      const course = play({ gains: keen });
      assert.ok(course.samples.some(({ ratio, timeS }) => ratio === 1 && timeS > 30 && timeS < 140));
      assert.ok(course.metrics.overLimitS > 100, `${course.metrics.overLimitS} s`);
      assert.ok((course.samples[150]!.cpuC.get(slot) ?? 0) > limitC, 'it does not count as settled after the course');
    });

    for (const atS of [60, 75]) {
      it(`stays within limits with slower fans when two workloads leave at ${atS} and ${atS + 15} s`, () => {
        const moves: PlannedMove[] = [
          { atS, workload: 'train-1', to: to[0] },
          { atS: atS + 15, workload: 'render-1', to: to[1] },
        ];
        const moved = play({ moves });
        assert.ok(moved.metrics.peakC < limitC, `peak ${moved.metrics.peakC}`);
        assert.equal(moved.metrics.overLimitS, 0);
        assert.ok(moved.metrics.fanEnergyJ < 0.75 * left.metrics.fanEnergyJ, `${moved.metrics.fanEnergyJ} J`);
        const unmet = judge(scenarioNamed(scenario).expect, moved.record).filter((result) => !result.met);
        assert.deepEqual(unmet, []);
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
