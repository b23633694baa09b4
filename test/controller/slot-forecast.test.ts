import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ModelTracker } from '../../src/controller/model-tracker.ts';
import { SlotForecast, type ForecastInput } from '../../src/controller/slot-forecast.ts';
import { none, valueOrNull } from '../../src/core/reading.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { plantFile, Rig } from '../thermal/rig.ts';
import { sampleBoard } from './sample-board.ts';

const board = sampleBoard();

class Bench {
  readonly rig = new Rig({ plant: plantFile('standard'), board, seed: 4, adviceSpread: 0, hasJobs: false });
  readonly model = new ModelTracker(board);
  readonly forecast = new SlotForecast(board);

  /** @param change What the frames show otherwise. */
  run(seconds: number, part: Partial<ForecastInput> = {}, change: (frame: Frame) => Frame = (frame) => frame) {
    let predictions = new Map() as ReturnType<SlotForecast['take']>;
    for (let i = 0; i < seconds; i++) {
      const frame = change(this.rig.second());
      const read = (sensor: string | undefined) => valueOrNull(frame.sensors[sensor ?? '']?.reading);
      const powersW = new Map(
        board.slots.flatMap(({ number, sensors }): [number, number][] => {
          const powerW = read(sensors.power);
          return powerW === null ? [] : [[number, powerW]];
        }),
      );
      const ambientC = read(board.ambientSensor);
      this.model.take(frame, ambientC);
      const input = { ambientC, powersW, plannedRatios: {}, manualRatios: new Map<string, number>(), ...part };
      predictions = this.forecast.take(frame, this.model.learned(), input);
    }
    return predictions;
  }
}

describe('the prediction that is published with a slot', () => {
  it('is for ten minutes from now, in a band that holds it, and comes true when the work stays', () => {
    const bench = new Bench();
    const predictions = bench.run(3600);
    assert.deepEqual([...predictions.keys()], [1, 2, 3, 4, 5, 6, 7, 8]);
    const powers = bench.rig.load.powerW();
    for (const { inS, temperatureC, lowC, highC } of predictions.values()) {
      assert.equal(inS, 600);
      assert.ok(lowC <= temperatureC && temperatureC <= highC);
      assert.equal(temperatureC, Number(temperatureC.toFixed(1)));
    }
    // the work stays as it is
    bench.rig.load.step = () => {};
    bench.run(600);
    for (const [slot, { temperatureC }] of predictions) {
      const cameC = bench.rig.plant.truth().slots.get(slot)!.cpuC;
      assert.ok(
        Math.abs(temperatureC - cameC) < 2,
        `slot ${slot}, ${powers.get(slot)} W: said ${temperatureC}, came ${cameC}`,
      );
    }
  });

  it('knows that fans held by an operator do not react', () => {
    const bench = new Bench();
    bench.run(1800);
    const loop = bench.run(10);
    const held = bench.run(10, { manualRatios: new Map(board.airMovers.map(({ id }) => [id, 1])) });
    // at full speed all slots are cooler than the loop would have them
    for (const slot of [1, 4, 5, 8]) assert.ok(held.get(slot)!.temperatureC < loop.get(slot)!.temperatureC - 1);
  });

  it('is made every ten seconds', () => {
    const bench = new Bench();
    const first = bench.run(52); // made at 1, 11, … 51 s
    assert.equal(bench.run(5), first);
    assert.notEqual(bench.run(10), first);
  });

  it('is left out for a slot that cannot be read, and for all while nobody knows the air that comes in', () => {
    const bench = new Bench();
    bench.run(60);
    const sensor = board.slots[2]!.sensors.temperature;
    const blind = bench.run(20, {}, (frame) => ({
      ...frame,
      sensors: { ...frame.sensors, [sensor]: { reading: none('timeout', frame.atMs), state: 'timeout' } },
    }));
    assert.deepEqual([...blind.keys()], [1, 2, 4, 5, 6, 7, 8]);
    assert.deepEqual([...new Bench().run(60, { ambientC: null })], []);
  });
});
