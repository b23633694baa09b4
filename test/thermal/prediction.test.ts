// Predictions ten minutes ahead after two hours of learning, on simulated chassis that the model does not match: two
// thermal nodes with leakage, other exponents, fans against a filter's resistance, exhaust that comes round, sensors with
// bias, noise and steps. The plants' own files, and specimens that differ from them in every figure.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sampleBoard } from '../controller/sample-board.ts';
import { scorePredictions, type Score } from './prediction-score.ts';
import { otherPlant, plantFile, Rig, type RigOptions } from './rig.ts';

const TWO_HOURS_S = 7200;
const board = sampleBoard();

const PLANTS: readonly (readonly [string, Omit<RigOptions, 'board' | 'seed'>])[] = [
  ['standard', { plant: plantFile('standard') }],
  ['dense, in steps of half a degree', { plant: plantFile('dense'), stepK: 0.5 }],
  ['dusty', { plant: plantFile('dusty') }],
  ['another specimen of standard', { plant: otherPlant('standard', 1) }],
  ['another specimen of dense', { plant: otherPlant('dense', 2) }],
  ['another specimen of dusty', { plant: otherPlant('dusty', 3) }],
];

function isHonest({ covered }: Score, what: string): void {
  assert.ok(covered >= 0.85 && covered <= 0.97, `${what}: the 90 % band held ${(100 * covered).toFixed(1)} %`);
}

describe('the temperature in ten minutes, after two hours of learning', () => {
  for (const [name, options] of PLANTS) {
    it(`is within 1.5 K for 95 % of the time for the powers and speeds that came: ${name}`, () => {
      const rig = new Rig({ ...options, board, seed: 1 });
      const { replayed, published, board: word } = scorePredictions(rig, board, TWO_HOURS_S, TWO_HOURS_S);
      // one a minute from 7200 s to 13,800 s, both counted, for each of eight slots
      assert.equal(replayed.count, 8 * 111);
      assert.ok(replayed.within >= 0.95, `${(100 * replayed.within).toFixed(1)} %, p95 ${replayed.p95K.toFixed(2)} K`);
      isHonest(replayed, 'of the model');
      isHonest(published, 'as published');
      // and it was the learning that did it
      assert.ok(word.within < 0.3, `by the board’s word alone ${(100 * word.within).toFixed(1)} %`);
    });
  }
});
