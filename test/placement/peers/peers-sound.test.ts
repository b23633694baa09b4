import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlanInstance } from '../../../src/core/plan.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { brokenRules } from '../evaluator.ts';
import { generateInstance } from '../generate.ts';
import { allPeers } from './all-peers.ts';
import { afterMoves, viewOf } from './view.ts';

describe('the moves of every peer', () => {
  it('keep capacities, caps and rules, each of them, over 12 audits of 24 chassis', () => {
    let made = 0;
    const moved = new Set<string>();
    for (let seed = 1; seed <= 24; seed++) {
      const instance = generateInstance({
        seed,
        slots: 4 + (seed % 5),
        workloads: 20 + seed,
        rules: seed % 4,
        pinnedShare: seed % 3 === 0 ? 0.2 : 0,
        maxMoves: seed % 6 === 0 ? 3 : null,
      });
      for (const peer of allPeers(seededRandom(seed))) {
        let now = Object.fromEntries(instance.workloads.map((workload) => [workload.id, workload.slot]));
        const ratios = Object.fromEntries(instance.airMovers.map((mover) => [mover.id, 0.6]));
        for (let audit = 0; audit < 12; audit++) {
          const moves = peer.decide(viewOf(instance, now, ratios));
          assert.ok(moves.length <= (instance.maxMoves ?? Infinity), `${peer.name}, seed ${seed}: too many moves`);
          for (const move of moves) {
            now = afterMoves(now, [move]);
            const broken = brokenRules(withoutTogether(instance), now);
            assert.deepEqual(broken, [], `${peer.name}, seed ${seed}, audit ${audit}: ${JSON.stringify(move)}`);
          }
          assert.deepEqual(brokenRules({ ...instance, maxMoves: null }, now), [], `${peer.name}, seed ${seed}`);
          made += moves.length;
          if (moves.length > 0) moved.add(peer.name);
        }
      }
    }
    assert.ok(made > 1000, `${made} moves`);
    assert.equal(moved.size, 6, `every peer but the fans moves something: ${[...moved].join(', ')}`);
  });
});

/** Between the moves of workloads that stay together, that rule waits; the budget is of one audit. */
function withoutTogether(instance: PlanInstance): PlanInstance {
  return { ...instance, maxMoves: null, rules: instance.rules.filter((rule) => rule.kind === 'apart') };
}
