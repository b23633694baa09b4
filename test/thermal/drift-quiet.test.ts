// What is no drift: work that comes, goes and moves, fans that follow it, coarse sensors, another sled, a fan that stands.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detectorFor } from '../../src/controller/drift-frames.ts';
import { none } from '../../src/core/reading.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { DRIFT_LIMITS } from '../../src/thermal/drift.ts';
import { causeKey } from '../../src/thermal/drift-cause.ts';
import { Drill } from './drift-drill.ts';

const HOUR_S = 3600;

/** The frame as it is while slot `number` is empty. */
function withoutSled(drill: Drill, number: number): (frame: Frame) => Frame {
  const { sensors } = drill.board.slots.find((slot) => slot.number === number)!;
  const gone = new Set([sensors.temperature, sensors.power]);
  return (frame) => {
    return {
      ...frame,
      sensors: Object.fromEntries(
        Object.entries(frame.sensors).map(([name, sensor]) =>
          gone.has(name) ? [name, { reading: none('absent', frame.atMs), state: 'absent' as const }] : [name, sensor],
        ),
      ),
      slots: frame.slots.map((slot) => (slot.slot === number ? { ...slot, presence: 'absent', power: 'off' } : slot)),
    };
  };
}

describe('drift detection keeps still', () => {
  it('for hours of a chassis at work, where limits half as wide would alarm', () => {
    const drill = new Drill('dense', { seed: 3 });
    const { allowedSigmas, alarmSigmaS } = DRIFT_LIMITS;
    const narrow = detectorFor(drill.board, { allowedSigmas: allowedSigmas / 2, alarmSigmaS: alarmSigmaS / 2 });
    let highest = 0;
    const take = narrow.take.bind(narrow);
    narrow.take = (frame) => {
      const changes = take(frame);
      highest = Math.max(highest, narrow.level);
      return changes;
    };
    drill.run(4 * HOUR_S, undefined, [narrow]);
    assert.deepEqual(drill.log, []);
    assert.ok(drill.takeHighest() < 0.5, 'there is room to the alarm');
    assert.ok(highest >= 1, `limits half as wide alarm, these came to ${highest}`);
  });

  it('for sensors in steps of half a degree, a room that swings by 6 K and fans far from each other', () => {
    const drill = new Drill('dusty', { seed: 2, stepK: 0.5, swingK: 6, adviceSpread: 0.15 });
    drill.run(5 * HOUR_S);
    assert.deepEqual(drill.log, []);
  });

  it('when a sled makes room for another model that gets a third hotter, which is learned and then watched', () => {
    const drill = new Drill('standard', { seed: 7 });
    const { sensors, number } = drill.board.slots[2]!;
    drill.run(2 * HOUR_S);
    drill.rig.plant.setPresent(number, false);
    drill.alter = withoutSled(drill, number);
    drill.run(1200);
    drill.rig.plant.setPresent(number, true);
    drill.alter = (frame) => frame;
    const inletC = () => drill.rig.plant.truth().slots.get(number)!.inletC;
    drill.disturb(sensors.temperature, (shown) => inletC() + 1.33 * (shown - inletC()));
    drill.run(2 * HOUR_S);
    assert.deepEqual(drill.log, []);
    drill.block(number, 0.7);
    const [found] = drill.run(180, ({ kind }) => kind === 'found');
    assert.equal(found === undefined ? null : causeKey(found.change.finding.cause), 'slot-blocked 2');
  });

  it('about everything but the fan when one stands for an hour', () => {
    const drill = new Drill('standard', { seed: 7 });
    drill.run(2 * HOUR_S);
    drill.slowFan('fan1', 0);
    drill.run(HOUR_S);
    drill.slowFan('fan1', 1);
    drill.run(HOUR_S);
    const said = drill.log.map(({ change }) => `${change.kind} ${causeKey(change.finding.cause)}`);
    assert.deepEqual(said, ['found fan-weak 1', 'gone fan-weak 1']);
  });

  it('through frames that are missing, late or twice the same', () => {
    const drill = new Drill('standard', { seed: 4 });
    const take = drill.detector.take.bind(drill.detector);
    let count = 0;
    drill.detector.take = (frame) => {
      count++;
      if (count % 900 > 840) return []; // a minute lost in every quarter of an hour
      const changes = take(frame);
      return [...changes, ...take(frame), ...take({ ...frame, atS: frame.atS - 3 })];
    };
    drill.run(3 * HOUR_S);
    assert.deepEqual(drill.log, []);
  });
});
