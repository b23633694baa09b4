import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { ChannelInfo } from '../../src/chips/chip.ts';
import { good, none, type Reading } from '../../src/core/reading.ts';
import { KnownValues } from '../../src/sensing/known-values.ts';

const CHANNELS: readonly ChannelInfo[] = [{ channel: 'in1', unit: 'V' }];

function after(...readings: readonly Reading[]): number | undefined {
  const known = new KnownValues();
  for (const reading of readings) known.take(CHANNELS, new Map([['in1', reading]]));
  return known.get('in1');
}

describe('what is known of a channel', () => {
  it('is not moved by one value that was corrupted by less than shows', () => {
    // 12.00 V with bit 7 of 1.25 mV flipped is 12.16 V: within 2 % + 0.05 V
    assert.equal(after(good(12, 1), good(12.01, 2), good(12.16, 3)), 12.01);
    assert.equal(after(good(12, 1), good(12.16, 2)), 12);
  });

  it('follows a value that changes slowly', () => {
    assert.equal(after(good(12, 1), good(12.1, 2), good(12.2, 3), good(12.3, 4)), 12.2);
  });

  it('begins anew with a value that jumped, and with one that comes after none', () => {
    assert.equal(after(good(12, 1), good(12, 2), good(12, 3), good(5, 4)), 5);
    assert.equal(after(good(12, 1), none('timeout', 2), good(11.9, 3)), 11.9);
  });

  it('is nothing after no value', () => {
    assert.equal(after(good(12, 1), none('fault', 2)), undefined);
  });
});
