import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError, exitCodeOf } from '../../../src/core/errors.ts';
import { defaultPlantFor } from '../../../hwsim/plant/default-plant.ts';
import { loadPlant, parsePlant } from '../../../hwsim/plant/parameters.ts';
import { ONE_SLOT_JSON } from './one-slot.ts';
import { plantNamed, plantNames } from './plants.ts';

/** Parses the one-slot plant changed by `change`, which must be refused. */
function refusal(change: (json: typeof ONE_SLOT_JSON & Record<string, unknown>) => void): string {
  const json = structuredClone(ONE_SLOT_JSON) as typeof ONE_SLOT_JSON & Record<string, unknown>;
  change(json);
  try {
    parsePlant(JSON.stringify(json), 'bad.json');
  } catch (error) {
    assert.ok(error instanceof ColdslotError);
    assert.equal(exitCodeOf(error), 2);
    return `${error.subject}: ${error.message}`;
  }
  return assert.fail('it was accepted');
}

const coolant = {
  pumps: [
    {
      id: 'pump',
      rotors: [{ fullRpm: 5000 }],
      maxFlowM3s: 1e-4,
      idlePowerW: 2,
      maxPowerW: 20,
      riseTimeS: 1,
      fallTimeS: 1,
    },
  ],
  coolantJPerM3K: 4e6,
  resistance: 1,
  share: { '1': 1 },
  plate: { wPerK: 10, referenceFlowM3s: 1e-4, exponent: 0.5 },
  reservoirJPerK: 5000,
  exchangerWPerK: 100,
};

describe('a plant file with a coolant loop', () => {
  it('is read when its pumps have names of their own and its shares are parts of a whole', () => {
    const plant = parsePlant(JSON.stringify({ ...ONE_SLOT_JSON, liquid: coolant }), 'wet.json');
    assert.equal(plant.liquid?.pumps[0]?.stopBelowRatio, 0.05);
  });

  it('is refused otherwise', () => {
    const refusedWith = (liquid: object) => refusal((json) => (json['liquid'] = { ...coolant, ...liquid }));
    assert.match(refusedWith({ share: { '2': 0.5 } }), /at liquid\.share\.2: there is no slot 2 in slots/);
    assert.match(
      refusedWith({ share: { '1': 1, '01': 0.5 } }),
      /at liquid\.share: expected parts of a whole, .* got 1\.5/,
    );
    assert.match(
      refusedWith({ pumps: [{ ...coolant.pumps[0], id: 'fan0' }] }),
      /at liquid\.pumps\[0\]\.id: fan0 is named twice/,
    );
    assert.match(refusedWith({ exchangerWPerK: 0 }), /at liquid\.exchangerWPerK: /);
  });
});

describe('plant files', () => {
  it('are there for the simulated chassis in three conditions and for the real ones', () => {
    const shapes = new Map(plantNames().map((name) => [name, plantNamed(name)]));
    for (const name of ['standard', 'dense', 'dusty']) {
      const plant = shapes.get(name);
      assert.deepEqual(
        plant?.slots.map((slot) => slot.slot),
        [1, 2, 3, 4, 5, 6, 7, 8],
      );
      assert.deepEqual(
        plant?.fans.map((fan) => [fan.id, fan.rotors.length]),
        [
          ['fan0', 2],
          ['fan1', 2],
          ['fan2', 2],
        ],
      );
    }
    assert.equal(shapes.get('bletchley')?.slots.length, 6);
    assert.equal(shapes.get('bletchley')?.fans.length, 4);
    assert.equal(shapes.get('yosemite-v4')?.slots.length, 8);
    assert.equal(shapes.get('yosemite-v4')?.fans.at(-1)?.id, 'fan11');
    for (const [name, plant] of shapes) assert.equal(plant.name, name);
  });

  it('are refused with file, path and expectation', () => {
    assert.match(
      refusal((json) => (json.ambient.baseC = 'warm' as never)),
      /^bad\.json at ambient\.baseC: .*expected number, received string/,
    );
    assert.match(
      refusal((json) => (json['colour'] = 'red')),
      /^bad\.json at \(top\): Unrecognized key: "colour"/,
    );
    assert.match(
      refusal((json) => (json.sled.cpu.heatCapacityJPerK = 0)),
      /^bad\.json at sled\.cpu\.heatCapacityJPerK: Too small: expected number to be >0/,
    );
    assert.match(
      refusal((json) => (json.slots[0]!.share = { fan0: 1, fan9: 1 } as never)),
      /^bad\.json at slots\[0\]\.share\.fan9: expected one of the fans fan0/,
    );
    assert.match(
      refusal((json) => json.slots.push(json.slots[0]!)),
      /^bad\.json at slots\[1\]\.slot: slot 1 is there twice/,
    );
    assert.match(
      refusal((json) => json.fans.push(json.fans[0]!)),
      /^bad\.json at fans\[1\]\.id: fan fan0 is named twice/,
    );
    assert.match(
      refusal((json) => (json.slots[0]!.share.fan0 = 0)),
      /^bad\.json at fans\[0\]\.id: no slot has a share of fan0/,
    );
    assert.match(
      refusal((json) => json.mixing.push({ from: 1, to: 2, fraction: 0.1 } as never)),
      /^bad\.json at mixing\[0\]\.to: there is no slot 2/,
    );
    assert.match(
      refusal((json) => (json.sled.memoryPowerShare = 0.1)),
      /^bad\.json at sled\.memoryPowerShare: expected cpuPowerShare \+ memoryPowerShare ≤ 1/,
    );
  });

  it('that are not there or no JSON are refused by name', () => {
    assert.throws(() => loadPlant('/nowhere/plant.json'), /cannot read this plant: ENOENT/);
    assert.throws(
      () => parsePlant('{', 'half.json'),
      (error: unknown) => {
        return error instanceof ColdslotError && error.subject === 'half.json' && error.message.startsWith('not JSON');
      },
    );
  });
});

describe('the default plant', () => {
  it('is one the schema accepts, with the fans and slots asked for', () => {
    const plant = defaultPlantFor(
      'made-up',
      [
        { slot: 10, row: 0, column: 0 },
        { slot: 11, row: 1, column: 0 },
      ],
      [{ id: 'only', fullRpm: [6000], maxFlowM3s: 0.05, maxPowerW: 12 }],
    );
    const again = parsePlant(JSON.stringify(plant), 'made-up.json');
    assert.deepEqual(again, plant);
    assert.deepEqual(
      plant.mixing.map((mix) => [mix.from, mix.to]),
      [[10, 11]],
    );
    assert.equal(plant.fans[0]?.maxPowerW, 12);
  });
});
