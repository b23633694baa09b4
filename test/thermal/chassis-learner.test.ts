import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { buildChassisModel } from '../../src/thermal/chassis-model.ts';
import { ChassisLearner } from '../../src/thermal/chassis-learner.ts';
import type { ThermalFrame } from '../../src/thermal/identify.ts';
import { OpenLoop } from '../../src/thermal/learned-model.ts';
import { BOARD_WORD, FormulaPlant, truthOf, WORD_MODEL, WORD_TIME_S, type Truth } from './formula-plant.ts';

const learnerFor = (model = WORD_MODEL) =>
  new ChassisLearner(model, { timeConstantS: model.slotIds.map(() => WORD_TIME_S) });

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not within ${tolerance} of ${expected}`);
}

/** How inputs go: each power anew every some minutes, the fans together or apart. */
type Fans = 'apart' | 'together' | 'still';

function teach(learner: ChassisLearner, plant: FormulaPlant, seconds: number, fans: Fans, seed = 1): void {
  const random = seededRandom(seed);
  for (let s = 0; s < seconds; s++) {
    if (fans !== 'still' && s % 240 === 0) plant.powersW[random.int(4)] = 80 + 220 * random.next();
    if (fans === 'together' && s % 400 === 0) plant.ratios.fill(0.3 + 0.5 * random.next());
    if (fans === 'apart' && s % 400 === 0) plant.ratios = plant.ratios.map(() => 0.3 + 0.5 * random.next());
    learner.take(plant.second());
  }
}

function taught(truth: Truth, seconds: number, fans: Fans) {
  const plant = new FormulaPlant(truthOf(truth), seededRandom(9));
  const learner = learnerFor();
  teach(learner, plant, seconds, fans);
  return { plant, learner };
}

describe('learning a chassis from its frames', () => {
  it('finds resistance, its part that air does not matter to, and heat capacity', () => {
    const { learner } = taught({ r: 1.3, k: 0.8, heatCapacity: 1.4 }, 7200, 'together');
    for (let s = 0; s < 4; s++) {
      const { factors } = learner.knowledge(s);
      near(factors.r, 1.3, 0.1, `r of slot ${s + 1}`);
      near(factors.k, 0.8, 0.08, `k of slot ${s + 1}`);
      near(factors.heatCapacity, 1.4, 0.08, `heat capacity of slot ${s + 1}`);
    }
  });

  it('finds the shares of fans that run apart', () => {
    const { learner } = taught({ share: [1.2, 0.8] }, 4 * 3600, 'apart');
    for (let s = 0; s < 4; s++) {
      const [fan0, fan1] = learner.knowledge(s).factors.share;
      near(fan0! / fan1!, 1.5, 0.15, `slot ${s + 1}, fan0 to fan1`);
    }
  });

  it('leaves shares at the board’s word while the fans run alike: nothing tells them apart', () => {
    const { learner } = taught({ share: [1.2, 0.8] }, 4 * 3600, 'together');
    // slot 1 has 0.3 of fan0 and 0.1 of fan1: 0.3 · 1.2 + 0.1 · 0.8 = 0.44 for 0.4; only that sum can be seen
    const [fan0, fan1] = learner.knowledge(0).factors.share;
    near(fan0! / fan1!, 1, 0.2, 'slot 1, fan0 to fan1');
    const { rKPerW, kFlow, gainM3s } = learner.model().slots[0]!;
    const flow = (gainM3s[0]! + gainM3s[1]!) * 0.5;
    near(
      rKPerW + kFlow * flow ** -0.8,
      0.05 + 0.003 * (0.44 * 0.05 * 0.5) ** -0.8,
      0.004,
      'resistance of slot 1 in K/W',
    );
  });

  it('leaves r and k as doubtful as they were when neither power nor speed changes', () => {
    const { learner } = taught({ r: 1.3, k: 0.8 }, 7200, 'still');
    const [r, k] = learner.knowledge(0).factorSigmas;
    // their sum is known, so each is known to what the other may be: r is a third of the resistance, k two thirds
    assert.ok(r! > 0.25, `r is believed known to ${r}`); // at the start 0.3
    assert.ok(k! > 0.1 && k! < 0.3, `k is believed known to ${k}`);
    assert.ok(learner.knowledge(0).sigmaK < 1, 'and yet the temperature in ten minutes is known');
  });

  it('finds who warms whom, by how much, and pairs that the board does not know', () => {
    const preheat = [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0.8, 0.1, 0, 0],
      [0, 0.3, 0, 0],
    ];
    const { learner } = taught({ preheat, offsetK: 0.7 }, 4 * 3600, 'together');
    const found = learner.model().slots.map(({ inlet }) => inlet);
    preheat.forEach((row, s) =>
      row.forEach((share, j) => near(found[s]!.preheat[j]!, share, 0.04, `slot ${j + 1} to slot ${s + 1}`)),
    );
    near(found[0]!.offsetK + found[0]!.comesK, 0.7, 0.15, 'offset of slot 1');
  });

  it('knows less well what it has seen for less long', () => {
    const sigmas = [0, 30, 300, 3600].map(
      (seconds) => taught({ k: 1.2 }, seconds + 2, 'together').learner.knowledge(0).sigmaK,
    );
    assert.deepEqual(
      sigmas,
      sigmas.toSorted((a, b) => b - a),
    );
    assert.ok(sigmas[0]! > 3 && sigmas[3]! < 1, sigmas.join(', '));
  });

  it('follows a slot whose air path is half blocked, and puts it down to the path', () => {
    const { plant, learner } = taught({ r: 1.1 }, 7200, 'apart');
    const free = truthOf({ r: 1.1 });
    const before = learner.knowledge(0).factors;
    plant.ratios = [0.5, 0.5];
    plant.powersW = [200, 150, 150, 150];
    teach(learner, plant, 600, 'still');
    const half = free.slots.map((slot, s) =>
      s === 0 ? { ...slot, gainM3s: slot.gainM3s.map((gain) => gain / 2) } : slot,
    );
    plant.become({ ...free, slots: half });
    teach(learner, plant, 240, 'still');
    const after = learner.knowledge(0).factors;
    near(after.openness / before.openness, 0.5, 0.1, 'openness of slot 1');
    near(after.r, before.r, 0.05, 'r of slot 1');
    near(learner.knowledge(1).factors.openness, 1, 0.05, 'openness of slot 2');
    const loop = new OpenLoop(learner.model(), 25);
    for (let s = 0; s < 600; s += 10) loop.step({ ambientC: 25, ratios: plant.ratios, powersW: plant.powersW }, 10);
    for (let s = 0; s < 600; s++) plant.second();
    near(loop.temperaturesC[0]!, plant.temperaturesC[0]!, 1.5, 'temperature of slot 1 ten minutes later');
  });

  it('lives with gaps, missing readings, frames out of order and sleds that come and go', () => {
    const plant = new FormulaPlant(truthOf({}), seededRandom(3));
    const learner = learnerFor();
    const random = seededRandom(4);
    const gone = { temperatureC: null, inletC: null, powerW: null };
    for (let s = 0; s < 7200; s++) {
      if (s % 240 === 0) plant.powersW[random.int(4)] = 80 + 220 * random.next();
      const frame: ThermalFrame = plant.second();
      if (s % 100 > 80) continue;
      const isOut = s % 1800 > 1200;
      const slots = frame.slots.map((slot, i) => {
        if (i === 1 && isOut) return gone;
        return s % 17 === 0 ? { ...slot, temperatureC: null } : s % 13 === 0 ? { ...slot, inletC: null } : slot;
      });
      learner.take({ ...frame, slots, ambientC: s % 11 === 0 ? null : frame.ambientC });
      learner.take({ ...frame, atS: frame.atS - 3 });
    }
    for (let s = 0; s < 4; s++) {
      const { factors, sigmaK } = learner.knowledge(s);
      assert.ok([factors.r, factors.k, factors.openness, sigmaK].every(Number.isFinite));
      near(factors.openness, 1, 0.1, `openness of slot ${s + 1}`);
    }
  });

  it('learns a chassis without inlet sensors by its ambient', () => {
    const plant = new FormulaPlant(truthOf({ k: 1.3 }), seededRandom(5));
    const learner = learnerFor();
    const random = seededRandom(6);
    for (let s = 0; s < 7200; s++) {
      if (s % 240 === 0) plant.powersW[random.int(4)] = 80 + 220 * random.next();
      if (s % 400 === 0) plant.ratios.fill(0.3 + 0.5 * random.next());
      const frame = plant.second();
      learner.take({ ...frame, slots: frame.slots.map((slot) => ({ ...slot, inletC: null })) });
    }
    near(learner.knowledge(0).factors.k, 1.3, 0.1, 'k of slot 1');
    near(learner.knowledge(2).factors.k, 1.3, 0.15, 'k of slot 3, behind slot 1');
  });

  it('takes coupling in K/W as the board gives it', () => {
    const kPerW = [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [0.02, 0, 0, 0],
      [0, 0.02, 0, 0],
    ];
    const learner = learnerFor(buildChassisModel({ ...BOARD_WORD, recirculation: { kind: 'linear', kPerW } }));
    const truth = truthOf({ preheat: kPerW.map((row) => row.map((value) => value * 1.5)) });
    const plant = new FormulaPlant({ ...truth, coupling: 'linear' }, seededRandom(7));
    teach(learner, plant, 7200, 'together');
    near(learner.model().slots[2]!.inlet.preheat[0]!, 0.03, 0.003, 'slot 1 to slot 3, K/W');
  });
});

describe('what is not learned from', () => {
  it('is an inlet, while a sled is there whose power nobody knows', () => {
    const plant = new FormulaPlant(truthOf({ offsetK: 2 }), seededRandom(8));
    const learner = learnerFor();
    for (let s = 0; s < 1200; s++) {
      const frame = plant.second();
      learner.take({ ...frame, slots: frame.slots.map((slot, i) => (i === 0 ? { ...slot, powerW: null } : slot)) });
    }
    assert.equal(learner.model().slots[2]!.inlet.offsetK, 0);
  });

  it('is a sled that was pulled: the one that comes may be another, and is learned sooner for it', () => {
    const run = (awayS: number) => {
      const { plant, learner } = taught({ r: 1.1 }, 7200, 'apart');
      const before = learner.knowledge(0).factorSigmas[0]!;
      for (let s = 0; s < awayS; s++) {
        const frame = plant.second();
        const gone = { temperatureC: null, inletC: frame.slots[0]!.inletC, powerW: null };
        learner.take({ ...frame, slots: frame.slots.map((slot, i) => (i === 0 ? gone : slot)) });
      }
      learner.take(plant.second());
      return learner.knowledge(0).factorSigmas[0]! - before;
    };
    assert.ok(run(10) < 0.001, 'ten seconds are a sensor that is slow');
    assert.ok(run(60) > 0.02, 'a minute is enough for another sled');
  });
});
