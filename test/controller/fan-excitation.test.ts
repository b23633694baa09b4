// Deliberate fan steps on the rig: fans that otherwise all run alike, so that nothing tells their shares apart.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Board } from '../../src/board/schema.ts';
import { slotHeadings } from '../../src/controller/chassis-instance.ts';
import { Chassis } from '../../src/controller/chassis.ts';
import { FanExcitation } from '../../src/controller/fan-excitation.ts';
import { ModelTracker } from '../../src/controller/model-tracker.ts';
import type { EventRecord } from '../../src/core/view.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { otherPlant, Rig } from '../thermal/rig.ts';
import { sampleBoard } from './sample-board.ts';

interface Course {
  readonly events: readonly EventRecord[];
  /** Sum of squares of what a fifth more of a fan's speed may do otherwise than thought, over slots and fans, K². */
  readonly doubtK2: number;
  /** Of steps: least distance of any slot from its limit while one was on, K. */
  readonly leastMarginK: number;
  readonly lowered: number;
}

function runOn(board: Board, seconds: number, meanLoadW: number): Course {
  const rig = new Rig({ plant: otherPlant('dusty', 9), board, seed: 3, adviceSpread: 0, meanLoadW });
  const chassis = new Chassis(board, { chassis: 'c1', version: '0', movesAllowed: true }, new VirtualClock(0));
  const model = new ModelTracker(board);
  const excitation = new FanExcitation(chassis, model);
  const events: EventRecord[] = [];
  chassis.onEvent((event) => events.push(event));
  let leastMarginK = Infinity;
  let lowered = 0;
  for (let second = 0; second < seconds; second++) {
    const frame = rig.second();
    chassis.takeFrame(frame);
    model.take(frame, chassis.ambientC());
    chassis.headingC = slotHeadings(chassis, model, frame);
    const before = rig.wanted;
    rig.wanted = excitation.take(frame, {}, { isMoving: false, manual: new Map() });
    for (const [id, ratio] of Object.entries(rig.wanted)) {
      if (before[id] === undefined && ratio < frame.fans.find((fan) => fan.id === id)!.ratio) lowered += 1;
      const hottestC = Math.max(...[...rig.plant.truth().slots.values()].map((slot) => slot.cpuC));
      leastMarginK = Math.min(leastMarginK, 85 - hottestC);
    }
  }
  const variances = board.slots.flatMap((slot) => model.knowledge(slot).shareVariancesK2);
  return { events, doubtK2: variances.reduce((sum, value) => sum + value, 0), leastMarginK, lowered };
}

describe('deliberate fan steps on a chassis whose fans run alike', () => {
  const board = sampleBoard();

  it('make their shares better known, seldom and upwards, and say why', () => {
    const calm = runOn({ ...board, excitation: false }, 7200, 90);
    const stepped = runOn(board, 7200, 90);
    assert.deepEqual(calm.events, []);
    const begun = stepped.events.filter((event) => event.code === 'excitation');
    assert.ok(begun.length >= 4 && begun.length <= 9, `${begun.length} steps in two hours`); // every 780 s at most
    assert.match(
      begun[0]!.text,
      /^fan\d runs at \d+ % instead of \d+ % for three minutes, to learn how much of its air reaches each slot: .* to ±\d\.\d K only$/,
    );
    assert.equal(stepped.lowered, 0);
    assert.ok(stepped.leastMarginK > 3, `a slot came within ${stepped.leastMarginK} K of its limit`);
    assert.ok(stepped.doubtK2 < 0.75 * calm.doubtK2, `${stepped.doubtK2} K² against ${calm.doubtK2} K²`);
  });

  it('are never made on a chassis that has no margin to spare', () => {
    // 85 °C is the limit; a limit of 79 °C leaves a loop that steers for 77 °C only 2 K
    const tight = { ...board, slots: board.slots.map((slot) => ({ ...slot, limitC: 79 })) };
    assert.deepEqual(runOn(tight, 5400, 130).events, []);
  });
});
