// Power that is measured and that no workload accounts for stays with its slot.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unexplainedPowerW, withUnexplainedPower } from '../../src/controller/unexplained-power.ts';
import { generateInstance } from '../placement/generate.ts';

const instance = generateInstance({ seed: 1, slots: 2, workloads: 2 });
const slots = instance.slots.map((slot, s) => ({ ...slot, id: String(s + 1), idlePowerW: 60 }));
const workloads = instance.workloads.map((workload) => ({ ...workload, slot: '1', powerW: 99 }));
const placed = workloads.map(({ id }) => ({ id, slot: 1 }));
const idleW = (measuredW: ReadonlyMap<number, number>, nowW: number) => {
  const ownW = unexplainedPowerW(measuredW, placed, () => nowW);
  const counted = withUnexplainedPower({ ...instance, slots, workloads }, (slot) => ownW.get(slot) ?? null);
  return counted.slots.map((slot) => slot.idlePowerW);
};

describe('what a slot draws beyond its workloads', () => {
  it('is what is measured less what they draw now, whatever the plan counts them as', () => {
    assert.deepEqual(idleW(new Map([[1, 200]]), 30), [140, 60]); // 200 − 2 · 30
  });

  it('is never below 0', () => {
    assert.deepEqual(idleW(new Map([[1, 50]]), 30), [0, 60]);
  });

  it('is nothing for a sled without power', () => {
    const off = withUnexplainedPower(
      { ...instance, slots: slots.map((slot) => ({ ...slot, idlePowerW: 0 })), workloads },
      () => 3,
    );
    assert.deepEqual(
      off.slots.map((slot) => slot.idlePowerW),
      [0, 0],
    );
  });
});
