// How a slot's frame says its power is known: only a power-good line or an empty slot is more than what was commanded.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Line, LineLevel } from '../../src/guardian/line.ts';
import { SledProbe } from '../../src/guardian/sled-probe.ts';
import { SlotWatch, type SlotParts } from '../../src/guardian/slot-watch.ts';

class FakeLine implements Line {
  level = (): LineLevel => this.now;
  now: LineLevel;
  atMs = 0;

  constructor(now: LineLevel) {
    this.now = now;
  }

  /** What it is read as from now on, and when that was asked. */
  reads(now: LineLevel, atMs: number): void {
    this.now = now;
    if (now !== 'unknown') this.atMs = atMs;
  }

  readAtMs = (): number => this.atMs;
  ask = (): Promise<void> => Promise.resolve();
  set = (): Promise<null> => Promise.resolve(null);
  watch = () => () => undefined;
}

function slotWith(lines: Partial<Pick<SlotParts, 'presence' | 'powerEnable' | 'powerGood'>>): SlotWatch {
  const slot = { number: 3, sensors: {} } as unknown as SlotParts['slot'];
  const probe = new SledProbe([], () => {
    throw new Error('no bus');
  });
  const none = { presence: null, powerEnable: null, powerGood: null, identify: null, eeprom: null };
  return new SlotWatch({ slot, probe, ...none, ...lines }, () => {});
}

describe('a slot’s power', () => {
  it('is known from the power-good line, since that was asked', () => {
    const lines = {
      presence: new FakeLine('active'),
      powerEnable: new FakeLine('active'),
      powerGood: new FakeLine('active'),
    };
    const slot = slotWith(lines);
    slot.update(1_000);
    lines.powerEnable.reads('inactive', 2_000);
    lines.powerGood.reads('active', 2_000);
    slot.update(2_010);
    assert.deepEqual(slot.frame().powerFrom, { source: 'power-good', atMs: 2_000 });
    assert.equal(slot.frame().power, 'on');
    lines.powerGood.reads('inactive', 3_000);
    slot.update(3_010);
    assert.deepEqual([slot.frame().power, slot.frame().powerFrom], ['off', { source: 'power-good', atMs: 3_000 }]);
  });

  it('keeps the time of the last reading when the line cannot be read any more', () => {
    const lines = { presence: new FakeLine('active'), powerGood: new FakeLine('active') };
    const slot = slotWith(lines);
    lines.powerGood.reads('inactive', 1_000);
    slot.update(1_010);
    lines.powerGood.reads('unknown', 9_000);
    slot.update(9_010);
    assert.deepEqual([slot.frame().power, slot.frame().powerFrom?.atMs], ['off', 1_000]);
  });

  it('is only what was commanded where there is an enable line alone', () => {
    const lines = { presence: new FakeLine('active'), powerEnable: new FakeLine('inactive') };
    const slot = slotWith(lines);
    slot.update(1_000);
    assert.deepEqual([slot.frame().power, slot.frame().powerFrom?.source], ['off', 'command']);
  });

  it('is off in an empty slot, as fresh as its presence line', () => {
    const lines = { presence: new FakeLine('active'), powerGood: new FakeLine('active') };
    const slot = slotWith(lines);
    slot.update(1_000);
    for (const atMs of [2_000, 3_000]) {
      lines.presence.reads('inactive', atMs); // twice: one look may be wrong
      slot.update(atMs);
    }
    assert.deepEqual([slot.frame().power, slot.frame().powerFrom], ['off', { source: 'absence', atMs: 3_000 }]);
    lines.presence.reads('unknown', 9_000);
    slot.update(9_000);
    assert.equal(slot.frame().powerFrom?.atMs, 3_000);
  });

  it('is not known from anything where no line tells', () => {
    const slot = slotWith({ presence: new FakeLine('active') });
    slot.update(1_000);
    assert.deepEqual([slot.frame().power, slot.frame().powerFrom], ['unknown', undefined]);
  });
});
