import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance } from '../../../src/core/plan.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { plainInstance } from '../instances.ts';
import { coolestInlet } from './coolest-inlet.ts';
import { fansOnly } from './fans-only.ts';
import { leastAllocated } from './least-allocated.ts';
import { outletTempControl } from './outlet-temp-control.ts';
import type { PeerView } from './peer.ts';
import { roundRobin } from './round-robin.ts';
import { viewOf } from './view.ts';
import { workloadBalance } from './workload-balance.ts';
import { workloadStabilization } from './workload-stabilization.ts';

function view(instance: PlanInstance, readings: Partial<PeerView> = {}): PeerView {
  const same = instance.slots.map(() => 25);
  return { instance, inletC: same, temperatureC: same, outletC: same, ...readings };
}

describe('outlet_temp_control', () => {
  const instance = plainInstance(
    [8, 8, 8],
    [
      ['a', 1, 50, 2],
      ['b', 1, 90, 4],
      ['c', 2, 50, 2],
      ['d', 3, 50, 6],
    ],
  );

  it("gives the hottest host's first instance to the coolest host under 35 °C", () => {
    const moves = outletTempControl().decide(view(instance, { outletC: [48, 34, 33] }));
    assert.deepEqual(moves, [{ workload: 'a', to: '3' }]);
  });

  it('passes over a host without room: with 7 of 8 cores used the coolest cannot take 2 more', () => {
    const full = plainInstance(
      [8, 8, 8],
      [
        ['a', 1, 50, 2],
        ['c', 2, 50, 2],
        ['d', 3, 50, 7],
      ],
    );
    const moves = outletTempControl().decide(view(full, { outletC: [48, 34, 33] }));
    assert.deepEqual(moves, [{ workload: 'a', to: '2' }]);
  });

  it('acts at 35 °C, not below, and does nothing when all hosts are at or over it', () => {
    assert.equal(outletTempControl().decide(view(instance, { outletC: [35, 34, 34] })).length, 1);
    assert.equal(outletTempControl().decide(view(instance, { outletC: [34.9, 34, 34] })).length, 0);
    assert.equal(outletTempControl().decide(view(instance, { outletC: [48, 36, 35] })).length, 0);
  });

  it('takes the next host when nothing can leave the hottest one', () => {
    const pinned = plainInstance(
      [8, 8, 8],
      [
        ['a', 1, 50, 2],
        ['c', 2, 50, 2],
      ],
      { workloads: { a: { pinned: true } } },
    );
    const moves = outletTempControl().decide(view(pinned, { outletC: [50, 40, 30] }));
    assert.deepEqual(moves, [{ workload: 'c', to: '3' }]);
  });
});

describe('workload_balance', () => {
  // caps of 440 W less 40 W idle: 400 W is full load, 25 % of it 100 W
  const cap = { powerCapW: 440 };

  it('moves what brings the busiest host closest to the mean from above to the least used host', () => {
    // 240, 30 and 0 W: mean 90 W, the first is 150 W over it; of 60, 80 and 100 W the last leaves least, 50 W
    const instance = plainInstance(
      [64, 64, 64],
      [
        ['a', 1, 60, 1],
        ['b', 1, 80, 1],
        ['c', 1, 99, 1],
        ['d', 2, 30, 1],
      ],
      { slots: { 1: cap, 2: cap, 3: cap } },
    );
    assert.deepEqual(workloadBalance().decide(view(instance)), [{ workload: 'c', to: '3' }]);
  });

  it('leaves a host alone that would be under the mean without any of its instances', () => {
    // 120 and 60 W: mean 90 W; the first is 30 W over it, its instance takes 120 W
    const instance = plainInstance(
      [64, 64],
      [
        ['a', 1, 120, 1],
        ['b', 2, 60, 1],
      ],
      { slots: { 1: cap, 2: cap } },
    );
    assert.deepEqual(workloadBalance().decide(view(instance)), []);
  });

  it('moves nothing to a host that the instance would take to the threshold', () => {
    // 70 W to the 30 W of the second would be 100 W, which is the threshold; the third has 31 W
    const instance = plainInstance(
      [64, 64],
      [
        ['a', 1, 70, 1],
        ['b', 1, 90, 1],
        ['c', 2, 30, 1],
      ],
      { slots: { 1: cap, 2: cap } },
    );
    // mean 95 W, the first is 65 W over it: neither 70 nor 90 W leaves it at the mean or above
    assert.deepEqual(workloadBalance().decide(view(instance)), []);
    const smaller = {
      ...instance,
      workloads: instance.workloads.map((w) => (w.id === 'a' ? { ...w, powerW: 25 } : w)),
    };
    // 115 and 30 W: mean 72.5 W, 42.5 W over it: 25 W leaves 17.5 W, and 30 + 25 W is under 100 W
    assert.deepEqual(workloadBalance().decide(view(smaller)), [{ workload: 'a', to: '2' }]);
    const fuller = { ...smaller, workloads: smaller.workloads.map((w) => (w.id === 'c' ? { ...w, powerW: 75 } : w)) };
    // 115 and 75 W: mean 95 W, 20 W over it: 25 W is too much; and 75 + 25 W would be the threshold
    assert.deepEqual(workloadBalance().decide(view(fuller)), []);
  });
});

describe('workload_stabilization', () => {
  const cap = { powerCapW: 440 };

  it('starts over a deviation of 0.1 only', () => {
    // loads 0.3 and 0.1 of 400 W: deviation 0.1
    const at = plainInstance(
      [64, 64],
      [
        ['a', 1, 40, 1],
        ['b', 1, 80, 1],
        ['c', 2, 40, 1],
      ],
      { slots: { 1: cap, 2: cap } },
    );
    assert.deepEqual(workloadStabilization({ random: seededRandom(1) }).decide(view(at)), []);
  });

  it('makes the migration that lowers it most and stops under the threshold', () => {
    // 0.4 and 0.05: deviation 0.175. With 40 W over: 0.3 and 0.15, 0.075; with 60 W: 0.25 and 0.2, 0.025
    const instance = plainInstance(
      [64, 64],
      [
        ['a', 1, 40, 1],
        ['b', 1, 60, 1],
        ['c', 1, 60, 1],
        ['d', 2, 20, 1],
      ],
      { slots: { 1: cap, 2: cap } },
    );
    const [first, ...rest] = workloadStabilization({ random: seededRandom(1) }).decide(view(instance));
    assert.deepEqual(first, { workload: 'b', to: '2' });
    assert.deepEqual(rest, []);
  });
});

describe('coolest inlet first', () => {
  const instance = plainInstance(
    [4, 4, 4],
    [
      ['a', 1, 50, 2],
      ['b', 1, 50, 2],
      ['c', 2, 50, 3],
      ['d', 3, 50, 1],
    ],
  );

  it('fills the coldest inlet from the warmest on', () => {
    // slot 3 is coldest with 3 cores free: c (3 cores) from the warmest takes them all, so a and b go to none
    const moves = coolestInlet().decide(view(instance, { inletC: [30, 35, 25] }));
    assert.deepEqual(moves, [{ workload: 'c', to: '3' }]);
  });

  it('does not move for less than half a kelvin', () => {
    assert.deepEqual(coolestInlet().decide(view(instance, { inletC: [25.4, 25.2, 25] })), []);
  });
});

describe('least allocated', () => {
  it('evicts from the node over 50 % until it is not, to the node with the most points', () => {
    // cpu of 20: slot 1 has 14 (70 %), slot 2 has 4 (20 %), slot 3 has 3 (15 %); targets 50 %, thresholds 20 %
    const instance = plainInstance(
      [20, 20, 20],
      [
        ['a', 1, 50, 2],
        ['b', 1, 50, 3],
        ['c', 1, 50, 9],
        ['d', 2, 50, 4],
        ['e', 3, 50, 3],
      ],
    );
    // no memory is asked for: 100 points of it everywhere, a node's score is the mean of those and of its CPU's.
    // a: CPU 75 on slot 3, 70 on slot 2, 30 where it is: slot 3; 12 of 20 are left, 60 %, still over.
    // b: slot 2 (20 − 4 − 3) / 20 = 65, slot 3 (20 − 5 − 3) / 20 = 60: slot 2; 9 of 20 are left, 45 %
    const withMemory = {
      ...instance,
      slots: instance.slots.map((slot) => ({ ...slot, capacity: { cpu: 20, memoryGiB: 100 } })),
    };
    assert.deepEqual(leastAllocated().decide(view(withMemory)), [
      { workload: 'a', to: '3' },
      { workload: 'b', to: '2' },
    ]);
  });

  it('does nothing while no node is under all thresholds', () => {
    const instance = plainInstance(
      [10, 10],
      [
        ['a', 1, 50, 9],
        ['b', 2, 50, 3],
      ],
    );
    assert.deepEqual(leastAllocated().decide(view(instance)), []);
  });
});

describe('round robin', () => {
  it('deals one workload after the other, passes over slots without room, and stays once dealt', () => {
    const instance = plainInstance(
      [4, 1, 4],
      [
        ['a', 1, 50, 2],
        ['b', 1, 50, 2],
        ['c', 3, 50, 1],
        ['d', 3, 50, 1],
      ],
    );
    // a stays in 1; b needs 2 cores, slot 2 has 1: 3; c's turn is 1: 2 of 4 are used there; d: 2
    const moves = roundRobin().decide(view(instance));
    assert.deepEqual(moves, [
      { workload: 'b', to: '3' },
      { workload: 'c', to: '1' },
      { workload: 'd', to: '2' },
    ]);
    const slotOf = new Map(moves.map(({ workload, to }) => [workload, to]));
    const workloads = instance.workloads.map((one) => ({ ...one, slot: slotOf.get(one.id) ?? one.slot }));
    assert.deepEqual(roundRobin().decide(view({ ...instance, workloads })), []);
  });
});

describe('fans only', () => {
  it('moves nothing', () => {
    assert.deepEqual(fansOnly().decide(view(plainInstance([4], [['a', 1, 500, 1]]))), []);
  });
});

describe('what a peer sees', () => {
  it('has outlets that are the inlet and the power over 1,200 J/m³K times the flow', () => {
    // one slot with all of 0.06 m³/s at half speed: 0.03 m³/s; 40 + 140 W / (1200 · 0.03) = 5 K
    const instance = plainInstance([4], [['a', 1, 140, 1]]);
    const seen = viewOf(instance, { a: '1' }, { fan0: 0.5 });
    assert.ok(Math.abs(seen.outletC[0]! - 30) < 1e-9);
    assert.deepEqual(seen.inletC, [25]);
  });
});
