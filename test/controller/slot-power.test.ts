// A slot's power where the board measures none: told by its heat. Figures by hand from the model of DESIGN.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reachedRatios } from '../../src/controller/reached-ratios.ts';
import { SlotPower } from '../../src/controller/slot-power.ts';
import type { Board } from '../../src/board/schema.ts';
import { good, none } from '../../src/core/reading.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { sampleBoard } from './sample-board.ts';

const rpmOf = (board: Board, fan: number, rotor: number) => board.airMovers[fan]?.tachometers[rotor]?.fullRpm ?? 0;

/** Slots 1 and 2 measure no power and share the sensor `pair`; r = 0.05 K/W, k = 0.003, one fan's whole flow each. */
function unmeasured(): Board {
  const board = sampleBoard();
  const model = {
    idlePowerW: 60,
    powerCapW: 400,
    openness: 1,
    rKPerW: 0.05,
    kFlow: 0.003,
    timeConstantS: 70,
    share: { fan0: 1 },
  };
  const slots = board.slots.map((slot) =>
    slot.number > 2 ? slot : { ...slot, model: { ...slot.model, ...model }, sensors: { temperature: 'pair' } },
  );
  return { ...board, slots, airMovers: board.airMovers.map((mover) => ({ ...mover, maxFlowM3s: 0.02 })) };
}

function frame(board: Board, atS: number, pairC: number | null, fans: Partial<Frame['fans'][number]>[] = []): Frame {
  const atMs = atS * 1000;
  const reading = pairC === null ? none('timeout', atMs) : good(pairC, atMs);
  return {
    type: 'frame',
    seq: atS,
    atMs,
    lateMs: 0,
    sweepMs: 1,
    sensors: { pair: { reading, state: 'ok' } },
    fans: board.airMovers.map((mover, index) => ({
      id: mover.id,
      ratio: 0.5,
      rpm: mover.tachometers.map((tachometer) => good(tachometer.fullRpm / 2, atMs)),
      state: 'ok',
      ...fans[index],
    })),
    zones: [],
    slots: [],
    intentHeld: false,
  };
}

describe('the power of slots without a power sensor', () => {
  // Q = 0.02 · 0.5 = 0.01 m³/s; Q^-0.8 = 39.811; R = 0.05 + 0.003 · 39.811 = 0.16943 K/W
  // (60 − 25) / 0.16943 = 206.6 W, of which 146.6 W above idle
  const near = (actual: number | undefined, expected: number) =>
    assert.ok(actual !== undefined && Math.abs(actual - expected) < 0.1, `${actual} is not ${expected}`);

  it('is what holds its temperature, the cause of it being the slot with more CPU time', () => {
    const board = unmeasured();
    const powers = new SlotPower(board).take(frame(board, 1, 60), 25, (slot) => (slot === 1 ? 0.04 : 0.01));
    near(powers.get(1), 206.6);
    near(powers.get(2), 60 + 146.6 / 4);
  });

  it('is seen to grow before the temperature has followed', () => {
    const board = unmeasured();
    const slots = new SlotPower(board);
    let powerW = 0;
    for (let second = 0; second <= 120; second++) {
      powerW = slots.take(frame(board, second, 40 + second * 0.1), 25, () => 1).get(1) ?? 0;
    }
    // 52 °C rising 0.1 K/s, 70 s behind: heading for 59 °C; (59 − 25) / 0.16943 = 200.7 W
    assert.ok(Math.abs(powerW - 200.7) < 3, `${powerW}`);
  });

  it('is not known while the temperature is not', () => {
    const board = unmeasured();
    assert.equal(new SlotPower(board).take(frame(board, 1, null), 25, () => 1).has(1), false);
  });

  it('stays between idle and what the sled can draw', () => {
    const board = unmeasured();
    const slots = new SlotPower(board);
    near(slots.take(frame(board, 1, 20), 25, () => 1).get(1), 60);
    near(new SlotPower(board).take(frame(board, 1, 120), 25, () => 1).get(1), 400);
  });
});

describe('the speed that a fan has reached', () => {
  it('is what is commanded while it is well, and what its rotors do while it is not', () => {
    const board = unmeasured();
    const rpm = [good(rpmOf(board, 1, 0) * 0.4, 1000), good(0, 1000)];
    const seen = frame(board, 1, 60, [{}, { state: 'failed', rpm }, { state: 'absent' }]);
    assert.deepEqual([...reachedRatios(board, seen).values()], [0.5, 0.2, 0]);
  });
});
