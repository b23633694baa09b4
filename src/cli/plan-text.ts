// A Plan in words: what moves and why, what stays and why, and how good it can be at most.
import type { Plan } from '../core/plan.ts';

export function planText(plan: Plan): string {
  if (plan.status === 'infeasible')
    return [
      'infeasible: no assignment keeps the rules',
      ...(plan.conflicts ?? []).map((conflict) => `  ${conflict}`),
    ].join('\n');
  const { predicted, cost, bound } = plan;
  const hottest = Object.entries(predicted.slots).toSorted((a, b) => b[1].temperatureC - a[1].temperatureC)[0];
  return [
    ...(plan.moves.length === 0
      ? ['no moves: the work is where it should be']
      : plan.moves.map(
          (move) => `${move.order}. ${move.workload}: slot ${move.from} → ${move.to}. ${move.reason.text}`,
        )),
    ...plan.held.map((held) => `   ${held.workload} stays: ${held.reason.text}`),
    `fans      ${Object.entries(plan.ratios)
      .map(([fan, ratio]) => `${fan} ${Math.round(ratio * 100)} %`)
      .join(', ')} (${predicted.moverPowerW.toFixed(1)} W)`,
    ...(hottest === undefined
      ? []
      : [`hottest   slot ${hottest[0]} at ${hottest[1].temperatureC.toFixed(1)} °C predicted`]),
    ...(predicted.worstOvershootK > 0
      ? [
          `overshoot ${predicted.worstOvershootK.toFixed(2)} K above limit − margin, at best ${bound.worstOvershootK.toFixed(2)} K`,
        ]
      : []),
    `cost      ${Math.round(cost.totalJ)} J (fans ${Math.round(cost.moversJ)}, moves ${Math.round(cost.movesJ)}); no plan can cost less than ${Math.round(bound.totalJ)} J`,
    `status    ${plan.status}, found in ${Math.round(plan.elapsedMs)} ms`,
  ].join('\n');
}
