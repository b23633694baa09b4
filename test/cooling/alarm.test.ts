import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { good } from '../../src/core/reading.ts';
import { RECOVERY_MS } from '../../src/cooling/mode.ts';
import { codes, config, Loop, readings } from './fixture.ts';

const cool = { cpu1: 50, cpu2: 45, board: 30 };
const silent = { ...cool, cpu1: 'timeout' } as const;
const alertOf = (...slots: number[]) => ({ alertedSlots: new Set(slots) });

/** On the loop, fans at the minimum. */
function controlled(): Loop {
  const loop = new Loop(config());
  loop.run(cool, 120);
  assert.ok(loop.ratio() < 0.201);
  return loop;
}

describe('a sled’s alert', () => {
  it('changes nothing while its temperature reads well under the limit', () => {
    const [loop, without] = [controlled(), controlled()];
    loop.extra = alertOf(1);
    for (let second = 0; second < 30; second++) {
      const step = loop.step(cool);
      assert.equal(step.zones[0]?.mode, 'control');
      assert.deepEqual(step.effects, []);
      without.step(cool);
      assert.equal(loop.ratio(), without.ratio());
    }
  });

  for (const reason of ['timeout', 'fault', 'implausible'] as const) {
    it(`with a reading that failed (${reason}) is full speed at once, not after the sensor’s timeout`, () => {
      const loop = controlled();
      loop.extra = alertOf(1);
      const step = loop.step({ ...cool, cpu1: reason });
      assert.equal(step.zones[0]?.mode, 'failsafe');
      assert.equal(loop.ratio(), 1); // the failsafe ratio of a lost sensor is 0.9 here
      assert.deepEqual(codes(step), ['zone-failsafe']);
      const [event] = step.effects;
      assert.ok(event?.kind === 'event' && /slot 1/.test(event.text), JSON.stringify(event));
    });
  }

  it('with no reading at all is full speed at once', () => {
    const loop = controlled();
    loop.extra = alertOf(1);
    loop.step({ cpu2: 45, board: 30 });
    assert.equal(loop.ratio(), 1);
  });

  it('is not answered by a reading older than half its sensor’s timeout of 10 s', () => {
    for (const [ageMs, mode] of [
      [5000, 'control'],
      [5001, 'failsafe'],
    ] as const) {
      const loop = controlled();
      const nowMs = loop.nowMs + 1000;
      loop.extra = { ...alertOf(1), readings: readings(cool, nowMs).set('cpu1', good(50, nowMs - ageMs)) };
      assert.equal(loop.step(cool).zones[0]?.mode, mode, `${ageMs} ms old`);
    }
  });

  it('of a slot whose reading is good does not count because another slot’s failed', () => {
    const loop = controlled();
    loop.extra = alertOf(2);
    assert.equal(loop.step(silent).zones[0]?.mode, 'control');
  });

  it('without a reading overrides an operator’s fan speed', () => {
    const loop = controlled();
    loop.extra = { ...alertOf(1), manualRatios: { fan0: 0.3, fan1: 0.3, fan2: 0.3 } };
    loop.step(silent);
    assert.equal(loop.ratio(), 1);
  });

  it('keeps the fans at full speed until it is released, even when the temperature reads well again', () => {
    const loop = controlled();
    loop.extra = alertOf(1);
    loop.step(silent);
    assert.equal(loop.run(cool, 60).zones[0]?.mode, 'failsafe');
    assert.equal(loop.ratio(), 1);
    loop.extra = {};
    assert.equal(loop.run(cool, RECOVERY_MS / 1000).zones[0]?.mode, 'failsafe');
    assert.equal(loop.step(cool).zones[0]?.mode, 'control');
  });

  it('ends with its sled: pulled out or without power it is no alarm any more', () => {
    for (const away of ['absent', 'off'] as const) {
      const loop = controlled();
      loop.extra = alertOf(1);
      loop.step(silent);
      loop.run({ ...cool, cpu1: away }, RECOVERY_MS / 1000 + 1);
      assert.equal(loop.last?.zones[0]?.mode, 'control');
    }
  });

  it('concerns only the zones that serve its slot', () => {
    const loop = new Loop(config({ slots: [{ slot: 2, sensor: 'cpu2' }] }));
    loop.run(cool, 120);
    loop.extra = alertOf(1);
    assert.equal(loop.step(silent).zones[0]?.mode, 'control');
  });
});
