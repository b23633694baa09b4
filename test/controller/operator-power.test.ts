// Power by an operator: what the guardian is told, in which order, and what it refuses is passed on in its words.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Chassis } from '../../src/controller/chassis.ts';
import { operatePower } from '../../src/controller/operator-power.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { Frame } from '../../src/protocols/guardian-link.ts';
import { sampleBoard } from './sample-board.ts';

function rig(edit: (board: ReturnType<typeof sampleBoard>) => ReturnType<typeof sampleBoard> = (board) => board) {
  const clock = new VirtualClock(0);
  const identity = { chassis: 'c1', version: '0', movesAllowed: true };
  const chassis = new Chassis(edit(sampleBoard()), identity, clock);
  const told: { readonly slot: number; readonly on: boolean; readonly atMs: number }[] = [];
  const control = {
    clock,
    set: (slot: number, on: boolean) => {
      told.push({ slot, on, atMs: clock.nowMs() });
      return Promise.resolve();
    },
  };
  const showPower = (power: 'on' | 'off') => {
    const slots: Frame['slots'] = [{ slot: 3, presence: 'present', power, fru: null }];
    const rest = { seq: 1, atMs: clock.nowMs(), lateMs: 0, sweepMs: 1, sensors: {}, fans: [], zones: [] };
    chassis.takeFrame({ type: 'frame', ...rest, slots, intentHeld: true });
  };
  return { clock, chassis, told, control, showPower };
}

describe('power by an operator', () => {
  it('is asked of the guardian, and logged', async () => {
    const { chassis, control, told } = rig();
    await operatePower(chassis, control, 3, 'off');
    await operatePower(chassis, control, 3, 'on');
    assert.deepEqual(
      told.map(({ slot, on }) => [slot, on]),
      [
        [3, false],
        [3, true],
      ],
    );
    assert.deepEqual(
      chassis.events.last(2).map(({ code, source }) => [code, source]),
      [
        ['power-off', 'slot/3'],
        ['power-on', 'slot/3'],
      ],
    );
  });

  it('in a cycle comes back 2 s after the slot is seen to be off', async () => {
    const { chassis, control, told, clock, showPower } = rig();
    showPower('on');
    const cycled = operatePower(chassis, control, 3, 'cycle');
    await clock.advanceAsync(1000);
    showPower('off');
    await clock.advanceAsync(20_000);
    await cycled;
    assert.deepEqual(told, [
      { slot: 3, on: false, atMs: 0 },
      { slot: 3, on: true, atMs: 3100 },
    ]);
  });

  it('is refused for a slot that is not there or has no power control', async () => {
    const { chassis, control, told } = rig((board) => ({
      ...board,
      slots: board.slots.map((slot) => {
        const { power: _, ...without } = slot;
        return slot.number === 4 ? without : slot;
      }),
    }));
    await assert.rejects(operatePower(chassis, control, 99, 'on'), /there is no such slot/);
    await assert.rejects(operatePower(chassis, control, 4, 'on'), /no power control/);
    assert.deepEqual(told, []);
  });

  it('is refused in the guardian’s words', async () => {
    const { chassis, clock } = rig();
    const why = 'the leak detector of slot 3 still says that there is a leak (line 41 of gpio)';
    const set = () => Promise.reject(new ColdslotError('failed', 'slot 3', why));
    await assert.rejects(operatePower(chassis, { clock, set }, 3, 'on'), new RegExp(why.slice(0, 30)));
  });
});
