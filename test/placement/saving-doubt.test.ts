import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { savingDoubtW } from '../../src/placement/saving-doubt.ts';
import { leastMoverPower, slotPowers } from './evaluator.ts';
import { plainInstance } from './instances.ts';

const at = { a: '1', b: '2' };
const instance = (marginK: number) =>
  plainInstance(
    [8, 8],
    [
      ['a', 1, 200, 1],
      ['b', 2, 20, 1],
    ],
    { slots: { 1: { marginK } } },
  );

describe('the doubt about a saving', () => {
  it('is what the mover power is wrong by when the hot slot is a little warmer than the model says', () => {
    // by the formulas: the least power with the ceiling 0.1 K lower, less that of now
    const powers = slotPowers(instance(5), at);
    const now = leastMoverPower(instance(5), powers, 0);
    const warmer = leastMoverPower(instance(5.1), powers, 0);
    const doubtW = savingDoubtW(instance(5), { 1: 0.1, 2: 0.1 });
    assert.ok(Math.abs(doubtW / (warmer - now) - 1) < 0.03, `${doubtW} W against ${warmer - now} W`);
    assert.ok(Math.abs(savingDoubtW(instance(5), { 1: 1 }) / doubtW - 10) < 0.1, 'in proportion');
  });

  it('is nothing where the model is sure, and where the fans run at their least', () => {
    assert.equal(savingDoubtW(instance(5), {}), 0);
    assert.equal(savingDoubtW(plainInstance([8], [['a', 1, 5, 1]]), { 1: 3 }), 0);
  });

  it('stays a part of the power where the slot cannot be held at all, however steep its price is there', () => {
    const hot = plainInstance(
      [8, 8],
      [
        ['a', 1, 500, 1],
        ['b', 2, 20, 1],
      ],
    );
    // full speed: 20 W above idle, 540 W · 0.004 · 0.03^-0.8 = 35.7 K of rise over the air; 20 · 3.75 · 1 / 35.7
    const doubtW = savingDoubtW(hot, { 1: 1, 2: 1 });
    assert.ok(Math.abs(doubtW - 2.1) < 0.05, `${doubtW} W`);
  });
});
