// How well temperatures ten minutes ahead are known after two hours of learning, on simulated chassis that the model does
// not match: the model's own error, driven by what really came, and that of the predictions as they are published.
import { sampleBoard } from '../../test/controller/sample-board.ts';
import { scorePredictions } from '../../test/thermal/prediction-score.ts';
import { otherPlant, plantFile, Rig } from '../../test/thermal/rig.ts';
import { figure, type Measurement } from './figure.ts';

const TWO_HOURS_S = 7200;
const TARGET = 0.95;
const BAND = 0.9;
const SEED = 1;

const PLANTS = [
  ['standard', plantFile('standard')],
  ['dense', plantFile('dense')],
  ['dusty', plantFile('dusty')],
  ['standard-1', otherPlant('standard', 1)],
  ['dense-2', otherPlant('dense', 2)],
  ['dusty-3', otherPlant('dusty', 3)],
] as const;

export const predict: Measurement = {
  text: `temperatures in 10 min after 2 h of learning, ${PLANTS.length} plants; wanted: within 1.5 K for 95 % of the time`,
  run: () => {
    const board = sampleBoard();
    const figures = PLANTS.flatMap(([name, plant]) =>
      [true, false].flatMap((hasJobs) => {
        const rig = new Rig({ plant, board, seed: SEED, hasJobs });
        const { replayed, published, board: word } = scorePredictions(rig, board, TWO_HOURS_S, TWO_HOURS_S);
        const label = `predict-${name}${hasJobs ? '' : '-calm'}`;
        return [
          figure(`${label}-within-1.5K`, replayed.within, 'of the time', TARGET),
          figure(`${label}-in-band`, replayed.covered, 'of the time', BAND),
          figure(`${label}-board-within-1.5K`, word.within, 'of the time', TARGET),
          figure(`${label}-published-within-1.5K`, published.within, 'of the time'),
          figure(`${label}-published-in-band`, published.covered, 'of the time', BAND),
        ];
      }),
    );
    return Promise.resolve(figures);
  },
};
