import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  buildInstance,
  type InstanceInput,
  type InstanceWorkloadInput,
} from '../../src/controller/instance-builder.ts';
import { parsePlanInstance } from '../../src/placement/instance-file.ts';
import { sampleBoard } from './sample-board.ts';

const board = sampleBoard();

function web(part: Partial<InstanceWorkloadInput> = {}): InstanceWorkloadInput {
  return {
    id: 'web',
    slot: 3,
    powerW: 42.5678,
    demand: { cpu: 2 },
    moveCostJ: 900,
    heldBecause: null,
    allowedSlots: null,
    leftSlots: new Set(),
    mustLeave: false,
    ...part,
  };
}

/** Slots 7 and 8 are not usable. */
function input(workloads: readonly InstanceWorkloadInput[], part: Partial<InstanceInput> = {}): InstanceInput {
  return {
    board,
    ambientC: 25,
    horizonS: 3600,
    slots: board.slots.map((slot) => ({
      slot,
      usable: slot.number < 7,
      idlePowerW: slot.model.idlePowerW,
      openness: 0.5,
      rKPerW: 0.1,
      kFlow: 0.002,
      aimC: 80,
      uncertaintyK: 1.5,
      capacity: { cpu: 4 },
    })),
    workloads,
    fixedRatios: new Map(),
    ...part,
  };
}

/** The instance, after the planner's own reader has found nothing wrong with it. */
function built(workloads: readonly InstanceWorkloadInput[], part: Partial<InstanceInput> = {}) {
  return parsePlanInstance(buildInstance(input(workloads, part)));
}

const placesOf = (workload: InstanceWorkloadInput) => built([workload]).workloads[0]?.allowedSlots;

describe('the plan instance of the chassis as it is', () => {
  it('has the board’s slots and air movers, and the aim moved by what the model does not know', () => {
    const instance = built([web()]);
    assert.deepEqual(
      instance.slots.map((slot) => slot.id),
      ['1', '2', '3', '4', '5', '6', '7', '8'],
    );
    assert.equal(instance.slots[0]?.marginK, (board.slots[0]?.marginK ?? 0) + 1.5);
    assert.equal(instance.slots[0]?.openness, 0.5);
    assert.deepEqual(
      instance.airMovers.map((mover) => [mover.id, mover.fixedRatio]),
      [
        ['fan0', null],
        ['fan1', null],
        ['fan2', null],
      ],
    );
    assert.equal(instance.workloads[0]?.powerW, 42.6);
  });

  it('gives the speed of an air mover that failed or is held by an operator', () => {
    const instance = built([], { fixedRatios: new Map([['fan1', 0]]) });
    assert.deepEqual(
      instance.airMovers.map((mover) => mover.fixedRatio),
      [null, 0, null],
    );
  });

  it('lets a workload stay or go to any usable slot', () => {
    assert.deepEqual(placesOf(web()), ['1', '2', '3', '4', '5', '6']);
  });

  it('lets it stay in a slot that is not usable, and go where it is allowed', () => {
    assert.deepEqual(placesOf(web({ slot: 8, allowedSlots: [8, 7, 2, 2] })), ['2', '8']);
  });

  it('forbids the way back to slots it left', () => {
    assert.deepEqual(placesOf(web({ leftSlots: new Set([1, 2]) })), ['3', '4', '5', '6']);
  });

  it('takes the slot it must leave away, even when that leaves none', () => {
    assert.deepEqual(placesOf(web({ mustLeave: true, allowedSlots: [4, 4, 7] })), ['4']);
    const emptied = input([web({ mustLeave: true })]);
    const slots = emptied.slots.map((slot) => ({ ...slot, usable: slot.slot.number === 5 }));
    assert.deepEqual(built([web({ mustLeave: true })], { slots }).workloads[0]?.allowedSlots, ['5']);
    assert.deepEqual(placesOf(web({ mustLeave: true, allowedSlots: [7] })), []);
  });

  it('holds a sled to its power where the board measures it, and not where power is only guessed', () => {
    const slots = input([]).slots.map((entry) =>
      entry.slot.number === 2
        ? { ...entry, slot: { ...entry.slot, sensors: { temperature: entry.slot.sensors.temperature } } }
        : entry,
    );
    const caps = built([], { slots }).slots.map(({ powerCapW }) => powerCapW);
    assert.equal(caps[0], board.slots[0]?.model.powerCapW);
    assert.equal(caps[1], null);
  });

  it('pins what is held', () => {
    assert.equal(built([web({ heldBecause: 'its agent is offline' })]).workloads[0]?.pinned, true);
  });
});
