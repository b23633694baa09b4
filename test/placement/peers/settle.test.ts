import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../../../scripts/figures/planner/settle.ts';
import { plainInstance } from '../instances.ts';
import { outletTempControl } from './outlet-temp-control.ts';
import type { Peer } from './peer.ts';

const instance = plainInstance(
  [8, 8],
  [
    ['a', 1, 60, 2],
    ['b', 1, 60, 2],
    ['c', 1, 60, 2],
  ],
);

function peerOf(decide: Peer['decide']): Peer {
  return { name: 'made up', source: 'this test', decide };
}

describe('a peer left to itself', () => {
  it('is done when it is content', () => {
    const once = peerOf(({ instance: { workloads } }) =>
      workloads[0]!.slot === '1' ? [{ workload: 'a', to: '2' }] : [],
    );
    assert.deepEqual(settle(instance, once), {
      assignment: { a: '2', b: '1', c: '1' },
      moves: 1,
      audits: 5, // one with a move, four without
      isRestless: false,
    });
  });

  it('is restless when it comes back to where it was', () => {
    const toAndFro = peerOf(({ instance: { workloads } }) => [
      { workload: 'a', to: workloads[0]!.slot === '1' ? '2' : '1' },
    ]);
    const { moves, isRestless } = settle(instance, toAndFro);
    assert.deepEqual([moves, isRestless], [2, true]);
  });

  it('has the budget of moves for all its audits together', () => {
    const budgets: (number | null)[] = [];
    const one = peerOf(({ instance: { workloads, maxMoves } }) => {
      budgets.push(maxMoves);
      const there = workloads.find(({ slot }) => slot === '1');
      return there === undefined || maxMoves === 0 ? [] : [{ workload: there.id, to: '2' }];
    });
    assert.equal(settle({ ...instance, maxMoves: 2 }, one).moves, 2);
    assert.deepEqual(budgets, [2, 1, 0]);
  });

  it('sees outlets at the best speeds: 40 and 220 W with 0.03 m³/s each', () => {
    // at the lowest speed that is enough; the outlet of the hot slot is over 35 °C, the idle one's under it
    const seen: number[][] = [];
    const watching = peerOf((view) => {
      seen.push([...view.outletC]);
      return outletTempControl().decide(view);
    });
    const { assignment } = settle(instance, watching);
    assert.ok(seen[0]![0]! > 35 && seen[0]![1]! < 35, String(seen[0]));
    assert.equal(assignment['a'], '2');
  });
});
