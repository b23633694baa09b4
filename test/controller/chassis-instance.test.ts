// What the planner is told of a slot with a leak: it is no place for work, even while it still has power.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chassisInstance } from '../../src/controller/chassis-instance.ts';
import { Chassis } from '../../src/controller/chassis.ts';
import { ModelTracker } from '../../src/controller/model-tracker.ts';
import { DEFAULT_POLICY } from '../../src/controller/planner-policy.ts';
import { good } from '../../src/core/reading.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { SlotFrame } from '../../src/protocols/guardian-link.ts';
import { announced, status } from './announcements.ts';
import { sampleBoard } from './sample-board.ts';

/** Slots where `web`, which runs in slot 1, may go or stay; slots 1 to 3 have a sled with an agent. */
function placesWith(slot2: Partial<SlotFrame>): readonly string[] {
  const board = sampleBoard();
  const chassis = new Chassis(board, { chassis: 'c1', version: '0', movesAllowed: true }, new VirtualClock(0));
  for (const slot of [1, 2, 3]) {
    const workloads = slot === 1 ? [announced('web')] : [];
    chassis.takeAgentStatus(status(`sled${slot}`, { slot, workloads }));
  }
  const temperatures = board.slots.map(({ sensors }) => [sensors.temperature, good(50, 1000)] as const);
  const ambient = [board.ambientSensor ?? '', good(25, 1000)] as const;
  const sensors = [...temperatures, ambient].map(([name, reading]) => [name, { reading, state: 'ok' as const }]);
  const slots = board.slots.map(({ number }): SlotFrame => {
    const seen = { slot: number, presence: 'present', power: 'on', fru: null } as const;
    return number === 2 ? { ...seen, ...slot2 } : seen;
  });
  const frame = { seq: 1, atMs: 1000, lateMs: 0, sweepMs: 1, fans: [], zones: [], intentHeld: true };
  chassis.takeFrame({ type: 'frame', ...frame, sensors: Object.fromEntries(sensors), slots });
  const context = {
    model: new ModelTracker(board),
    policy: DEFAULT_POLICY,
    horizonS: 3600,
    past: [],
    manual: new Map(),
  };
  const wish = { drain: null, staying: new Set<string>(), operator: true };
  return chassisInstance({ chassis, ...context }, wish).instance.workloads[0]?.allowedSlots ?? [];
}

describe('the planner', () => {
  it('may use every slot with an agent, power and a temperature', () => {
    assert.deepEqual(placesWith({}), ['1', '2', '3']);
  });

  it('may not use a slot with a leak, whether its power is off yet or not', () => {
    assert.deepEqual(placesWith({ leak: 'cutting' }), ['1', '3']);
    assert.deepEqual(placesWith({ leak: 'cut', power: 'off' }), ['1', '3']);
  });
});
