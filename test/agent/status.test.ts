import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import { signGrant } from '../../src/protocols/floors.ts';
import { backoffMs } from '../../src/agent/backoff.ts';
import { whatIsShort } from '../../src/agent/capacity.ts';
import { CommandIntake } from '../../src/agent/command-intake.ts';
import { StatusPublisher } from '../../src/agent/status-publisher.ts';

describe('publishing the agent’s record', () => {
  function setUp() {
    const clock = new VirtualClock(1000);
    const sentMs: number[] = [];
    return { clock, sentMs, publisher: new StatusPublisher(clock, () => sentMs.push(clock.nowMs() - 1000)) };
  }

  it('comes at once on a change, and changes that follow go together twice a second at most', () => {
    const { clock, sentMs, publisher } = setUp();
    for (let step = 0; step < 200; step++) {
      publisher.changed(); // every 10 ms, the last at 1990 ms
      clock.advance(10);
    }
    assert.deepEqual(sentMs, [0, 500, 1000, 1500, 2000]);
    publisher.stop();
  });

  it('comes every 5 s when nothing changes', () => {
    const { clock, sentMs, publisher } = setUp();
    publisher.changed();
    clock.advance(20_000);
    const gapsMs = sentMs.slice(1).map((atMs, index) => atMs - (sentMs[index] ?? 0));
    assert.ok(gapsMs.length >= 4 && gapsMs.every((gapMs) => gapMs <= 5000), String(gapsMs));
    publisher.stop();
    clock.advance(20_000);
    assert.equal(sentMs.length, gapsMs.length + 1);
  });
});

describe('the intake of commands', () => {
  it('ignores what is no command, says so once and counts', () => {
    const warnings: string[] = [];
    const keys = generateKeyPairSync('ed25519');
    const intake = new CommandIntake(keys.publicKey, (message) => warnings.push(message));
    const say = (payload: string, retained = false) =>
      intake.parse({ topic: 't', payload: Buffer.from(payload), retained });
    const claims = { purpose: 'floors' as const, chassis: 'c', sled: 'sled1', boot: 'b', floors: { web: 3 } };
    const grantBy = (key: KeyObject) => JSON.stringify({ kind: 'floors-grant', grant: signGrant(claims, key) });
    const good = JSON.stringify({
      move: 'm1',
      workload: 'web',
      epoch: 2,
      verb: 'freeze',
      deadline: '2026-01-01T00:00:00Z',
      ticket: 'x',
      spec: null,
      peer: null,
    });
    const command = say(good);
    assert.equal(command?.kind === 'command' && command.command.verb, 'freeze');
    const grant = say(grantBy(keys.privateKey));
    assert.deepEqual(grant?.kind === 'grant' && grant.claims.floors, { web: 3 });
    for (const bad of [
      '',
      '{',
      '[]',
      '{}',
      good.replace('freeze', 'explode'),
      good.replace('web', '../web'),
      good.replace('2', '0'),
      grantBy(generateKeyPairSync('ed25519').privateKey),
      '{"kind":"floors-grant","grant":"x.y"}',
    ])
      assert.equal(say(bad), null, bad);
    assert.equal(say(good, true), null); // retained
    assert.equal(say(`"${'x'.repeat(300_000)}"`), null);
    assert.equal(intake.malformed, 11);
    assert.equal(warnings.length, 1);
  });
});

describe('room on a sled', () => {
  it('is what its capacities leave after what is promised', () => {
    const capacities = { cpu: 4, memoryGiB: 8 };
    assert.equal(whatIsShort(capacities, [{ cpu: 3 }], { cpu: 1, memoryGiB: 8 }), null);
    assert.equal(whatIsShort(capacities, [{ cpu: 3 }, { cpu: 0.5 }], { cpu: 1 }), 'cpu: 1 asked, 0.5 free');
    assert.equal(whatIsShort(capacities, [], { gpu: 1 }), 'gpu: 1 asked, 0 free');
    assert.equal(whatIsShort({ cpu: 0.3 }, [{ cpu: 0.1 }, { cpu: 0.1 }], { cpu: 0.1 }), null); // 0.1 · 3 > 0.3 in binary
  });
});

describe('backoff', () => {
  it('doubles up to its limit, with jitter between half and all', () => {
    const random = seededRandom(7);
    for (const [failures, fullMs] of [
      [0, 250],
      [1, 500],
      [4, 4000],
      [9, 30_000],
      [1000, 30_000],
    ] as const) {
      for (let run = 0; run < 50; run++) {
        const waitMs = backoffMs({ firstMs: 250, maxMs: 30_000 }, failures, random);
        assert.ok(waitMs >= fullMs / 2 && waitMs <= fullMs, `${failures}: ${waitMs}`);
      }
    }
  });
});
