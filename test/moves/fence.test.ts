// Fencing: a destination that may run the workload and says nothing. With `power` its slot is cut, and the source runs
// again only when the sled is confirmed to be without power; with `wait` never. The bench throws when two copies run.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitsForPower } from '../../src/moves/control-state.ts';
import { defaultPolicy } from '../../src/moves/policy.ts';
import { ControlBench, IGNORED } from './control-bench.ts';

const SLEDS = ['sled1', 'sled2', 'sled3'];
/** The fake agents' health deadline of 5 s, the lease and the patience: see policy.ts. */
const CUT_AFTER_MS = 5_000 + defaultPolicy.leaseMs + defaultPolicy.fencePatienceMs;

/** A Move whose destination stops answering while its copy is on probation; undone from there. */
function silentDestination(prepare: (bench: ControlBench) => void = () => {}): ControlBench {
  const bench = new ControlBench(SLEDS);
  prepare(bench);
  bench.agent('sled1').adopt('w1', 1);
  bench.start();
  bench.clock.advance(10);
  bench.want('w1', 1, 2);
  assert.ok(bench.until(() => bench.agent('sled2').processes.get('w1') === 'probation', 30_000));
  bench.agent('sled2').crash('survive');
  bench.deaf.add('sled2');
  bench.undo('m1');
  bench.clock.advance(100);
  assert.equal(bench.view('m1')?.state, 'undoing');
  return bench;
}

const state = (bench: ControlBench) => bench.view('m1')?.state;

describe('a destination that does not confirm the abort', () => {
  it('has its power cut after lease and patience; confirmed off, the source runs, and the slot has power again', () => {
    const bench = silentDestination();
    bench.clock.advance(CUT_AFTER_MS - 1_000);
    assert.deepEqual([bench.told, state(bench)], [[], 'undoing']);
    assert.notEqual(bench.runsOn('w1'), 'sled1');
    assert.ok(bench.until(() => bench.runsOn('w1') === 'sled1', 12_000));
    assert.deepEqual(bench.told.slice(0, 4), ['move-fence-cut', 'cut 2', 'move-fence-confirmed', 'give 2']);
    assert.ok(bench.until(() => state(bench) === 'undone', 1_000));
    bench.clock.advance(60_000);
    assert.equal(bench.slots[1]?.on, true);
    assert.equal(bench.told.at(-1), 'move-fence-given');
    assert.equal(bench.agent('sled2').copies.has('w1'), false); // it was reminded of the abort when it was back
    const closed = bench.ledger().closed[0]?.state;
    assert.equal(closed?.kind === 'undone' && closed.abort, 'settled');
    assert.equal(bench.control?.moves.size, 0);
    assert.equal(bench.control !== null && waitsForPower(bench.control), false);
  });

  it('is waited for without end when the workload’s fence is wait, and the Move says so', () => {
    const bench = silentDestination((one) => (one.fence = 'wait'));
    bench.clock.advance(3_600_000);
    assert.deepEqual([bench.told, state(bench)], [[], 'undoing']);
    assert.match(bench.view('m1')?.error ?? '', /waiting for sled2 to confirm the abort.*its fence is wait/);
    bench.deaf.delete('sled2');
    bench.agent('sled2').start();
    bench.sendStatus('sled2', true);
    assert.ok(bench.until(() => bench.runsOn('w1') === 'sled1', 1_000));
  });

  it('is not taken for dead when the cut fails: that is told and tried again', () => {
    const bench = silentDestination((one) => (one.cutFault = 'the enable line does not answer'));
    bench.clock.advance(CUT_AFTER_MS + 45_000);
    assert.equal(state(bench), 'undoing');
    assert.ok(bench.told.filter((line) => line === 'cut 2').length >= 4);
    assert.ok(bench.told.includes('move-fence-failed'));
    assert.match(bench.view('m1')?.error ?? '', /^asked — the power of slot 2 could not be cut|it is told again/);
    bench.cutFault = null;
    assert.ok(bench.until(() => state(bench) === 'undone', 20_000));
    assert.equal(bench.runsOn('w1'), 'sled1');
  });

  it('is not taken for dead when the cut was answered but its power stays on', () => {
    const bench = silentDestination((one) => (one.cutFault = IGNORED));
    bench.clock.advance(CUT_AFTER_MS + 25_000);
    assert.equal(state(bench), 'undoing');
    assert.ok(bench.told.includes('move-fence-unconfirmed'));
    assert.match(bench.view('m1')?.error ?? '', /slot 2 was told to cut its power, but it is not confirmed off/);
    assert.ok(!bench.told.includes('move-fence-confirmed'));
  });

  for (const [what, spoil] of [
    ['were taken before the cut', (bench: ControlBench) => (bench.slots[1]!.ageMs = 600_000)],
    ['cannot be had', (bench: ControlBench) => (bench.slots[1]!.shown = 'unknown')],
  ] as const) {
    it(`is not taken for dead while the readings of its power ${what}`, () => {
      const bench = silentDestination();
      spoil(bench);
      bench.clock.advance(CUT_AFTER_MS + 60_000);
      assert.equal(bench.slots[1]?.on, false);
      assert.deepEqual([state(bench), bench.runsOn('w1')], ['undoing', undefined]);
      Object.assign(bench.slots[1] ?? {}, { ageMs: 0, shown: null });
      assert.ok(bench.until(() => bench.runsOn('w1') === 'sled1', 2_000));
    });
  }

  it('needs no cut when its sled was pulled, and then no power is given', () => {
    const bench = silentDestination();
    bench.pull(2);
    assert.ok(bench.until(() => state(bench) === 'undone', 5_000));
    assert.deepEqual([bench.told, bench.runsOn('w1')], [['move-fence-confirmed'], 'sled1']);
  });

  it('is looked for where it is: not the sled that took its place is cut, but the slot it sits in now', () => {
    const bench = silentDestination();
    bench.slots.push({ sled: 'sled2', on: true, shown: null, ageMs: 0 }); // moved with its copy on probation
    bench.slots[1]!.sled = 'sled9';
    assert.ok(bench.until(() => bench.told.includes('move-fence-confirmed'), CUT_AFTER_MS + 12_000));
    assert.deepEqual(bench.told.slice(0, 3), ['move-fence-cut', 'cut 4', 'move-fence-confirmed']);
    bench.clock.advance(60_000);
    assert.deepEqual([bench.slots[1]?.on, bench.slots[3]?.on, bench.runsOn('w1')], [true, true, 'sled1']);
  });

  it('is not taken for gone by the sled that sits in its place before that was seen there for a time', () => {
    const bench = silentDestination();
    bench.pull(2);
    bench.slots[1]!.sled = 'sled9';
    bench.slots[1]!.on = true;
    bench.clock.advance(4_000);
    assert.equal(state(bench), 'undoing');
    assert.ok(bench.until(() => state(bench) === 'undone', 4_000));
    assert.deepEqual([bench.told, bench.slots[1]?.on], [['move-fence-confirmed'], true]);
  });

  it('that answers after all gets its power back, too', () => {
    const bench = silentDestination((one) => (one.cutFault = IGNORED));
    assert.ok(bench.until(() => bench.told.includes('cut 2'), CUT_AFTER_MS + 12_000));
    bench.deaf.delete('sled2');
    bench.agent('sled2').start();
    bench.sendStatus('sled2', true);
    assert.ok(bench.until(() => state(bench) === 'undone', 1_000));
    assert.ok(bench.told.includes('give 2'));
    bench.clock.advance(60_000);
    assert.equal(bench.told.at(-1), 'move-fence-given');
    assert.ok(!bench.told.includes('move-fence-confirmed'));
  });

  it('that works on the abort is not cut', () => {
    const bench = silentDestination();
    bench.deaf.delete('sled2');
    const { epoch } = bench.view('m1')!;
    for (let second = 0; second < 300; second += 5) {
      bench.clock.advance(5_000);
      bench.feed({
        kind: 'answer',
        event: {
          ...{ move: 'm1', workload: 'w1', epoch, verb: 'abort', deadline: '', ticket: '', sled: 'sled2' },
          ...{ outcome: 'progress', error: null, spec: null, bytes: 0, digest: null, record: 'probation', at: '' },
        },
      });
    }
    assert.deepEqual(bench.told, []);
  });
});

describe('the controller killed in a fence', () => {
  it('at any of its effects, goes on: one copy, the source’s, the Move undone, and the slot has power', () => {
    const whole = silentDestination();
    const first = whole.effects;
    whole.clock.advance(CUT_AFTER_MS + 60_000);
    const last = whole.effects;
    assert.ok(last - first > 40, `${last - first} effects`);
    for (let dieAt = first + 1; dieAt <= last; dieAt++) {
      const bench = silentDestination();
      bench.dieAtEffect = dieAt;
      bench.until(() => bench.control === null, CUT_AFTER_MS + 70_000);
      bench.clock.advance(3_000);
      if (bench.control === null) bench.start();
      bench.clock.advance(2 * CUT_AFTER_MS + 60_000);
      const found = [state(bench), bench.runsOn('w1'), bench.slots[1]?.on, bench.control?.moves.size];
      assert.deepEqual(found, ['undone', 'sled1', true, 0], `killed at effect ${dieAt}`);
      assert.equal(bench.agent('sled2').copies.has('w1'), false, `killed at effect ${dieAt}`);
    }
  });
});

describe('a source that is gone after Committed', () => {
  function committed(): ControlBench {
    const bench = new ControlBench(SLEDS);
    bench.agent('sled1').adopt('w1', 1);
    bench.start();
    bench.clock.advance(10);
    bench.want('w1', 1, 2);
    assert.ok(bench.until(() => state(bench) === 'committed', 30_000));
    return bench;
  }

  it('does not keep the Move open when it was pulled: its fence stays owed, and it is reminded when it is back', () => {
    const bench = committed();
    bench.pull(1);
    assert.ok(bench.until(() => state(bench) === 'done', 20_000));
    assert.deepEqual(bench.told, ['move-fence-owed']);
    bench.kill();
    bench.start();
    bench.clock.advance(120_000);
    assert.equal(bench.agent('sled1').copies.get('w1')?.role, 'frozen');
    bench.push(1, 'sled1');
    bench.clock.advance(30_000);
    assert.equal(bench.agent('sled1').copies.has('w1'), false);
    assert.equal(bench.control?.moves.size, 0);
    assert.equal(bench.runsOn('w1'), 'sled2');
  });

  it('keeps it open when it only says nothing: its power is never cut', () => {
    const bench = committed();
    bench.deaf.add('sled1');
    bench.clock.advance(600_000);
    assert.deepEqual([state(bench), bench.told, bench.slots[0]?.on], ['claimed', [], true]);
  });
});
