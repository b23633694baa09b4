// Drift as the controller tells it: events with sentences and figures, a line in the view while it lasts, and the model
// that plans are made with following at once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chassis } from '../../src/controller/chassis.ts';
import { DriftWatch } from '../../src/controller/drift-watch.ts';
import { driftEvent } from '../../src/controller/drift-words.ts';
import type { EventInput } from '../../src/controller/event-log.ts';
import { ModelTracker } from '../../src/controller/model-tracker.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { DriftCause } from '../../src/thermal/drift-cause.ts';
import { Rig, plantFile } from '../thermal/rig.ts';
import { sampleBoard } from './sample-board.ts';

function watched() {
  const board = sampleBoard();
  const rig = new Rig({ plant: plantFile('standard'), board, seed: 4 });
  const chassis = new Chassis(board, { chassis: 'c1', version: '0', movesAllowed: true }, new VirtualClock(0));
  const model = new ModelTracker(board);
  const watch = new DriftWatch(board, model);
  const run = (seconds: number): EventInput[] => {
    const events: EventInput[] = [];
    for (let second = 0; second < seconds; second++) {
      const frame = rig.second();
      chassis.takeFrame(frame);
      events.push(...watch.take(frame, chassis.ambientC()));
    }
    return events;
  };
  const openness = () => model.identified(board.slots[2]!).openness;
  return { rig, watch, run, openness };
}

describe('drift as it is told', () => {
  it('names a blocked slot with figures, shows it while it lasts, opens the model, and says once that it is over', () => {
    const { rig, watch, run, openness } = watched();
    assert.deepEqual(run(5400), []);
    const before = openness();
    rig.plant.setOpenness(3, 0.6);
    const [event, ...more] = run(300);
    assert.deepEqual(more, []);
    assert.equal(event?.code, 'drift-slot-blocked');
    assert.equal(event.source, 'slot/3');
    assert.equal(event.severity, 'warning');
    assert.match(
      event.text,
      /^slot 3 gets only about \d\d % of its air \(9\d % sure\): something blocks its way; look for /,
    );
    assert.ok(Math.abs((event.data as { openness: number }).openness - 0.6) < 0.15);
    const [line] = watch.present();
    assert.equal(line?.source, 'slot/3');
    assert.match(line.text, /about (56|62|67) %/); // better known by now
    assert.ok(openness() / before < 0.7, `the plan's openness went from ${before} to ${openness()}`);
    rig.plant.setOpenness(3, 1);
    const over = run(400);
    assert.deepEqual(
      over.map(({ code, text }) => [code, text]),
      [['drift-none', 'the air path of slot 3 is as it was']],
    );
    assert.deepEqual(watch.present(), []);
  });

  it('speaks of a slot that is blocked soon after the start, before it can be judged by what was learned', () => {
    const { rig, run } = watched();
    run(120);
    rig.plant.setOpenness(3, 0.4);
    const events = run(120);
    assert.deepEqual(
      events.map(({ code, source }) => [code, source]),
      [['drift-slot-blocked', 'slot/3']],
    );
    rig.plant.setOpenness(3, 1);
    assert.deepEqual(
      run(400).map(({ code }) => code),
      ['drift-none'],
    );
  });

  it('says for every cause what it is about, what was measured and what to look at', () => {
    const board = sampleBoard();
    const event = (cause: DriftCause, magnitude: number, more: { isMeasured?: boolean; growth?: 'slow' } = {}) => {
      const finding = {
        cause,
        magnitude,
        confidence: 0.953,
        sinceS: 0,
        growth: 'sudden',
        isMeasured: false,
        ...more,
      } as const;
      const { source, code, text } = driftEvent(board, { kind: 'found', finding });
      return [source, code, text];
    };
    const fan = board.airMovers[1]!.id;
    assert.deepEqual(event({ kind: 'fan-weak', mover: 1 }, 0.62, { isMeasured: true }), [
      `fan/${fan}`,
      'drift-fan-weak',
      `${fan} turns at only 62 % of the speed that it had at the same command: look at its bearing and its supply`,
    ]);
    assert.deepEqual(event({ kind: 'fan-weak', mover: 1 }, 0.5), [
      `fan/${fan}`,
      'drift-fan-weak',
      `${fan} brings only about 50 % of its air (95 % sure) though its tachometer shows the right speed: look at its blades and at what is in front of it`,
    ]);
    assert.deepEqual(event({ kind: 'filter' }, 0.83, { growth: 'slow' }), [
      'chassis',
      'drift-filter',
      'all slots get only about 83 % of their air, less and less for hours (95 % sure): look at the filter',
    ]);
    const temperature = board.slots[0]!.sensors.temperature;
    assert.deepEqual(event({ kind: 'sensor', sensor: { of: 'temperature', slot: 0 }, fault: 'offset' }, -4.6), [
      `sensor/${temperature}`,
      'drift-sensor',
      `${temperature} reads about 4.6 K too low, whatever the power and the air (95 % sure): check the sensor`,
    ]);
    assert.deepEqual(event({ kind: 'sensor', sensor: { of: 'ambient' }, fault: 'stuck' }, 0).slice(1), [
      'drift-sensor',
      `${board.ambientSensor} shows the same all the time: it measures no more; check the sensor`,
    ]);
  });
});
