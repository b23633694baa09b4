// What the Mover says to sleds besides the commands of their verbs: leases, and floors after a boot.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openGrant } from '../../src/protocols/floors.ts';
import { topicsOf } from '../../src/protocols/topics.ts';
import { MoveBench } from './move-bench.ts';

async function benchWith(workload: string): Promise<MoveBench> {
  const bench = new MoveBench(['sled1', 'sled2', 'sled3']);
  bench.agent('sled1').adopt(workload, 1);
  await bench.openMover();
  return bench;
}

describe('the Mover', () => {
  it('tells a destination how long its copy may live on probation: 5 s for the health check and half a minute', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    assert.ok(await bench.until(() => bench.mover?.get('m1')?.state === 'done', 60_000));
    assert.ok(bench.commands.some(({ verb }) => verb === 'thaw'));
    for (const { verb, leaseMs } of bench.commands) assert.equal(leaseMs, verb === 'thaw' ? 35_000 : null);
  });

  it('answers a sled that has booted with its floors, signed and for that boot; nonsense is counted', async () => {
    const bench = await benchWith('w1');
    await bench.move('w1', 'sled2');
    const topic = topicsOf('bench').agentAsk('sled3');
    const workloads = [{ id: 'w1', epoch: 0, floor: 0, move: null }];
    const ask = { kind: 'floors-ask', sled: 'sled3', boot: 'b1', workloads };
    bench.send(topicsOf('bench').agentAsk('sled2'), JSON.stringify(ask)); // speaks for another
    await bench.clock.advanceAsync(10);
    bench.send(topic, JSON.stringify({ ...ask, boot: '' }));
    bench.send(topic, JSON.stringify({ ...ask, workloads: Array.from({ length: 257 }, () => workloads[0]) }));
    await bench.clock.advanceAsync(100);
    assert.equal(bench.grants.length, 0);
    bench.send(topic, JSON.stringify(ask));
    await bench.clock.advanceAsync(100);
    const claims = openGrant(bench.grants[0]?.grant ?? '', bench.publicKey);
    assert.deepEqual(claims, { purpose: 'floors', chassis: 'bench', sled: 'sled3', boot: 'b1', floors: { w1: 2 } });
    assert.equal(bench.logged.filter((line) => /is no answer: it speaks for sled3/.test(line)).length, 1);
    await bench.close();
  });
});
