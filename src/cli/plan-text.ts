// A Plan in words, in 80 columns: what moves and why, what stays and why, and how good it can be at most.
import type { Plan } from '../core/plan.ts';
import { duration, energy, listed } from '../placement/wording.ts';
import { cellsOf } from '../surfaces/console/cells.ts';

const WIDTH = 80;
/** A figure and its unit are not torn apart. */
const FIGURE = /(\d) (J|kJ|MJ|W|K|°C|%|ms|s|min|h|cpu|GiB|MiB)(?![A-Za-z])/g;
/** Beyond so many moves or reasons to stay, the rest is counted; `--json` has all of them. */
const SHOWN_MAX = 40;

export function planText(plan: Plan): string {
  const lines = plan.status === 'infeasible' ? conflictLines(plan) : [...moveLines(plan), ...heldLines(plan)];
  return [...lines, ...figureLines(plan)].join('\n');
}

function conflictLines({ conflicts = [] }: Plan): string[] {
  const head =
    conflicts.length === 1
      ? 'infeasible: this cannot hold'
      : 'infeasible: these cannot all hold; without any one of them they can';
  const isDoubtful = conflicts.some((text) => /not proven/.test(text));
  return [
    ...wrapped(isDoubtful ? 'infeasible: these cannot all hold' : head, 0),
    ...conflicts.flatMap((text) => wrapped(`- ${text}`, 4, '  ')),
  ];
}

function moveLines({ moves }: Plan): string[] {
  if (moves.length === 0) return ['no moves: the work is where it should be'];
  const digits = String(moves.length).length;
  const indent = ' '.repeat(digits + 2);
  return [
    `${moves.length} ${moves.length === 1 ? 'move' : 'moves, in this order'}:`,
    ...moves
      .slice(0, SHOWN_MAX)
      .flatMap((move) => [
        ...wrapped(
          `${String(move.order).padStart(digits)}. ${move.workload}: slot ${move.from} → slot ${move.to}`,
          indent.length,
        ),
        ...wrapped(move.reason.text, indent.length, indent),
      ]),
    ...remaining(moves.length),
  ];
}

/** The sentences name the work themselves; workloads that stay for the same reason share one. */
function heldLines(plan: Plan): string[] {
  const sentences = [...new Set(plan.held.map((held) => held.reason.text))];
  if (sentences.length === 0) return [];
  return [
    'stays:',
    ...sentences.slice(0, SHOWN_MAX).flatMap((text) => wrapped(`- ${text}`, 4, '  ')),
    ...remaining(sentences.length),
  ];
}

function remaining(count: number): string[] {
  return count > SHOWN_MAX ? [`  … and ${count - SHOWN_MAX} more; see: --json`] : [];
}

function figureLines(plan: Plan): string[] {
  const { ratios, predicted, cost, bound, elapsedMs } = plan;
  const fans = Object.entries(ratios).map(([fan, ratio]) => `${fan} ${Math.round(ratio * 100)} %`);
  const [hottest] = Object.entries(predicted.slots).toSorted((a, b) => b[1].temperatureC - a[1].temperatureC);
  const isFeasible = plan.status !== 'infeasible';
  const overshoot = `${predicted.worstOvershootK.toFixed(2)} K above limit less margin`;
  const least = isFeasible ? `; at least ${bound.worstOvershootK.toFixed(2)} K whatever is done` : '';
  const parts = `fans ${energy(cost.moversJ)}, moves ${energy(cost.movesJ)}`;
  const lines = [
    ['fans', fans.length === 0 ? '' : `${listed(fans, 8)}; ${predicted.moverPowerW.toFixed(1)} W`],
    ['hottest', hottest === undefined ? '' : `slot ${hottest[0]}, ${hottest[1].temperatureC.toFixed(1)} °C predicted`],
    ['overshoot', predicted.worstOvershootK > 0 ? `${overshoot}${least}` : ''],
    ['cost', `${energy(cost.totalJ)} (${parts})${isFeasible ? `; ${boundText(plan)}` : ''}`],
    [
      'status',
      `${plan.status}, found in ${elapsedMs < 10_000 ? `${Math.round(elapsedMs)} ms` : duration(elapsedMs / 1000)}`,
    ],
  ];
  return lines.flatMap(([name = '', text = '']) => (text === '' ? [] : wrapped(`${name.padEnd(11)}${text}`, 11)));
}

/** How far from the best it can be at most. */
function boundText({ status, cost, bound, predicted }: Plan): string {
  if (status === 'optimal') return 'proven: no plan is better';
  if (predicted.worstOvershootK > bound.worstOvershootK + 1e-3)
    return `no plan costs less than ${energy(bound.totalJ)}`;
  const percent = bound.totalJ > 0 ? ((cost.totalJ / bound.totalJ - 1) * 100).toFixed(1) : '∞';
  return `no plan costs less than ${energy(bound.totalJ)}: at most ${percent} % above the best`;
}

/** Broken at spaces; lines after the first begin `hanging` columns in, the first after `first`. */
function wrapped(text: string, hanging: number, first = ''): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.replaceAll(FIGURE, '$1\u00a0$2').split(' ')) {
    if (!isEmpty && cellsOf(line) + 1 + cellsOf(word) > WIDTH) {
      lines.push(line);
      line = ' '.repeat(hanging);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].map((each) => each.replaceAll('\u00a0', ' '));
}
