// A Plan in words: what moves and why, what stays and why, and how good it can be at most.
import type { Plan } from '../core/plan.ts';

export function planText(plan: Plan): string {
  if (plan.status === 'infeasible') {
    const conflicts = plan.conflicts ?? [];
    return ['infeasible: no assignment keeps the rules', ...conflicts.map((conflict) => `  ${conflict}`)].join('\n');
  }
  return [...moveLines(plan), ...heldLines(plan), ...figureLines(plan)].join('\n');
}

function moveLines(plan: Plan): string[] {
  if (plan.moves.length === 0) return ['no moves: the work is where it should be'];
  return plan.moves.flatMap((move) => [
    `${move.order}. ${move.workload}: slot ${move.from} → ${move.to}`,
    `   ${move.reason.text}`,
  ]);
}

/** The sentences name the work themselves; workloads that stay for the same reason share one. */
function heldLines(plan: Plan): string[] {
  const sentences = [...new Set(plan.held.map((held) => held.reason.text))];
  return sentences.length === 0 ? [] : ['stays:', ...sentences.map((text) => `   ${text}`)];
}

function figureLines({ ratios, predicted, cost, bound, status, elapsedMs }: Plan): string[] {
  const fans = Object.entries(ratios).map(([fan, ratio]) => `${fan} ${Math.round(ratio * 100)} %`);
  const [hottest] = Object.entries(predicted.slots).toSorted((a, b) => b[1].temperatureC - a[1].temperatureC);
  const lines = [
    ['fans', fans.length === 0 ? '' : `${fans.join(', ')}; ${predicted.moverPowerW.toFixed(1)} W`],
    ['hottest', hottest === undefined ? '' : `slot ${hottest[0]}, ${hottest[1].temperatureC.toFixed(1)} °C predicted`],
    [
      'overshoot',
      predicted.worstOvershootK > 0
        ? `${predicted.worstOvershootK.toFixed(2)} K above limit less margin; at least ${bound.worstOvershootK.toFixed(2)} K whatever is done`
        : '',
    ],
    [
      'cost',
      `${joule(cost.totalJ)} (fans ${joule(cost.moversJ)}, moves ${joule(cost.movesJ)}); no plan costs less than ${joule(bound.totalJ)}`,
    ],
    ['status', `${status}, found in ${Math.round(elapsedMs)} ms`],
  ];
  return lines.flatMap(([name = '', text = '']) => (text === '' ? [] : [`${name.padEnd(10)}${text}`]));
}

function joule(value: number): string {
  return `${Math.round(value)} J`;
}
