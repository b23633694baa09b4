// The campaign of bus faults: guardians of three boards on the bus code of real hardware, simulated chassis, virtual time.
// SEED=n runs that seed on every board instead of the usual ones; a failure prints what led to it.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { seededRandom } from '../../src/core/random.ts';
import { campaign, PLACES, type CampaignResult } from './bus-faults/campaign.ts';
import { GuardedChassis, type Place } from './bus-faults/guarded-chassis.ts';
import type { Mutant } from './bus-faults/mutants.ts';

const SECONDS = 600;
const LEAST_FAULTS = 10_000;
const SEEDS: Readonly<Record<string, readonly number[]>> = {
  'sim-8': [1, 2, 3],
  bletchley: [1, 2, 3, 4],
  'yosemite-v4': [1, 2, 3, 4],
};
const seedAsked = process.env['SEED'];

describe('bus faults', () => {
  const faults = new Map<string, number>();
  let values = 0;

  for (const place of PLACES) {
    for (const seed of seedAsked === undefined ? (SEEDS[place.board] ?? []) : [Number(seedAsked)]) {
      it(`on ${place.board}, seed ${seed}: no wrong reading is good, no tick late, every zone right at the end`, async () => {
        const result = await campaign(place, seed, SECONDS);
        for (const [kind, count] of result.faults) faults.set(kind, (faults.get(kind) ?? 0) + count);
        values += result.values;
        assert.equal(result.violations.length, 0, story(place, seed, result));
        assert.ok(result.ticks >= SECONDS);
      });
    }
  }

  it('were enough of every kind', { skip: seedAsked !== undefined && 'only with the usual seeds' }, (t) => {
    const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
    t.diagnostic(`${total} faults: ${[...faults].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
    t.diagnostic(`${values} values compared with the truth`);
    assert.ok(total >= LEAST_FAULTS, `${total} faults`);
    assert.deepEqual([...faults.keys()].toSorted(), [
      'arbitration',
      'bus-held',
      'bus-hung',
      'bus-noise',
      'chip-swapped',
      'corrupt',
      'device-nack',
      'device-slow',
      'mux-stuck',
      'nack',
      'pec',
      'sled-pull',
      'sled-unplug',
      'storm',
    ]);
  });
});

describe('a guardian that lacks a defence', () => {
  const lacking: readonly (readonly [Mutant, RegExp])[] = [
    ['no identity', /of a chip that is not there/],
    ['one read', / is -?[\d.]+ \w+, it was /],
    ['stale answers', /nothing was there|it was/],
    ['no mux check', / is -?[\d.]+ \w+, it was /],
  ];
  const place: Place | undefined = PLACES[0];
  for (const [mutant, expected] of lacking) {
    it(`(${mutant}) is caught`, async () => {
      assert.ok(place);
      const { violations } = await campaign(place, 2, 300, mutant);
      assert.ok(
        violations.some((violation) => expected.test(violation)),
        `not seen: ${violations.slice(0, 5).join('; ')}`,
      );
    });
  }
});

const [SIM_8] = PLACES;

/** With Linux' default time-out of a second, the longest that a call can block. */
async function settled(): Promise<GuardedChassis> {
  assert.ok(SIM_8);
  const run = new GuardedChassis({ place: SIM_8, random: seededRandom(5), adapterTimeoutMs: 1000, mutant: 'none' });
  await run.start();
  await run.seconds(60);
  assert.equal(run.mode('main'), 'control');
  return run;
}

function codesSince(run: GuardedChassis, startS: number): readonly (readonly [number, string])[] {
  return run.events.filter(({ atS }) => atS >= startS).map(({ atS, code }) => [atS - startS, code]);
}

describe('a bus that hangs for a second at every transfer', () => {
  it('delays no tick, is dead after two tries, a failsafe at once, and heals', async () => {
    const run = await settled();
    const startS = run.nowS;
    run.desk.apply({ kind: 'bus-hung', bus: 'sled6' });
    await run.seconds(4);
    const codes = codesSince(run, startS).map(([, code]) => code);
    assert.deepEqual(
      ['bus-silent', 'bus-dead', 'zone-failsafe'].map((code) => codes.filter((other) => other === code).length),
      [1, 1, 1],
    );
    assert.equal(run.mode('main'), 'failsafe'); // long before the sensor's 10 s
    await run.seconds(60);
    run.desk.apply({ kind: 'heal', name: 'sled6' });
    await run.seconds(30);
    assert.equal(run.mode('main'), 'control');
    assert.equal(codesSince(run, startS).filter(([, code]) => code === 'bus-back').length, 1);
    assert.deepEqual(run.violations, []);
    assert.ok(run.longestTickMs <= 500, `${run.longestTickMs} ms`);
  });
});

describe('a bus whose data line a device holds', () => {
  it('is freed by pulses where the board has lines for them, before it is taken for dead', async () => {
    const run = await settled();
    const startS = run.nowS;
    run.desk.apply({ kind: 'bus-held', bus: 'sled6', pulses: 5 });
    await run.seconds(15);
    const codes = codesSince(run, startS).filter(([, code]) => code.startsWith('bus-'));
    assert.deepEqual(
      codes.map(([, code]) => code),
      ['bus-silent', 'bus-recovered', 'bus-back'],
    );
    assert.match(run.events.find(({ code }) => code === 'bus-recovered')?.text ?? '', /sled6 .* after 5 pulses/);
    assert.equal(run.mode('main'), 'control');
    assert.deepEqual(run.violations, []);
  });
});

describe('a sled that is pulled in the middle of a transfer', () => {
  it('leaves no half-read value behind', async () => {
    const run = await settled();
    run.desk.apply({ kind: 'sled-unplug', slot: 3 });
    await run.seconds(5);
    assert.equal(run.frame?.sensors['slot3_cpu']?.state, 'absent');
    assert.deepEqual(run.violations, []);
  });
});

function story(place: Place, seed: number, { violations, history }: CampaignResult): string {
  const first = violations.slice(0, 20).join('\n');
  return `${place.board}, rerun with SEED=${seed}: ${violations.length} violations\n${first}\nwhat happened:\n${history.slice(-200).join('\n')}`;
}
