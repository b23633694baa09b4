import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { againstPeers } from '../../scripts/figures/planner/against-peers.ts';

describe('the figures against published rules', () => {
  const figures = againstPeers(3);
  const valueOf = (name: string) => figures.find((one) => one.name === name)?.value;

  it('are of every peer, each under a name of its own', () => {
    assert.equal(new Set(figures.map(({ name }) => name)).size, figures.length);
    assert.equal(valueOf('planner-static-chassis'), 3);
    const peers = ['fans-only', 'outlet-temp-control', 'workload-balance', 'workload-stabilization'];
    for (const peer of [...peers, 'coolest-inlet-first', 'least-allocated', 'round-robin']) {
      assert.equal(typeof valueOf(`planner-static-${peer}-hotter`), 'number', peer);
    }
  });

  it('show that fans alone neither make it cheaper nor cooler: staying is one of the plans', () => {
    assert.equal(valueOf('planner-static-fans-only-cooler'), 0);
    assert.equal(valueOf('planner-static-fans-only-moves'), 0);
    const ratio = valueOf('planner-static-fans-only-max')!;
    assert.ok(!(ratio > 1.0001), `${ratio}`); // none when fans alone leave all of them hotter
  });
});
