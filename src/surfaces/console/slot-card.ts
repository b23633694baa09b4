// One slot as a card of five lines: number and sled, temperature and margin, power, the work on it. The state is told
// by a word as well as by colour.
import type { MoveView, SlotView, WorkloadView } from '../../core/view.ts';
import { fit, span, type Line, type Span, type Style } from './styled-text.ts';

export const CARD_LINES = 5;

const STATE_STYLE: Readonly<Record<SlotView['state'], Style>> = {
  ok: 'good',
  warm: 'warn',
  hot: 'bad',
  unknown: 'dim',
};

/** @param width Whole card, borders included; at least 9. */
export function slotCard(
  slot: SlotView,
  workloads: readonly WorkloadView[],
  openMoves: readonly MoveView[],
  width: number,
): Line[] {
  const inner = width - 2;
  const style = STATE_STYLE[slot.state];
  const title = ` ${slot.slot} ${slot.sled?.id ?? 'empty'} `;
  const body: Line[] = [
    temperatureLine(slot, style, inner),
    powerLine(slot),
    workLine(slot.slot, workloads, openMoves),
  ];
  return [
    [
      span('╭', style),
      ...fit(
        [
          span(title, slot.state === 'unknown' ? 'dim' : 'bold'),
          span('─'.repeat(Math.max(0, inner - [...title].length)), style),
        ],
        inner,
      ),
      span('╮', style),
    ],
    ...body.map((line): Line => [span('│', style), ...fit(line, inner), span('│', style)]),
    [span(`╰${'─'.repeat(inner)}╯`, style)],
  ];
}

function temperatureLine(slot: SlotView, style: Style, inner: number): Line {
  if (slot.temperatureC === null || slot.marginK === null)
    return [span(slot.sled === null ? ' no sled' : ' no reading', 'dim')];
  const margin = `${slot.marginK >= 0 ? '+' : '−'}${Math.abs(slot.marginK).toFixed(0)} K`;
  const word = slot.state === 'ok' || inner < 17 ? '' : ` ${slot.state}`;
  return [span(` ${slot.temperatureC.toFixed(1)} °C`, style), span(` ${margin}`, 'dim'), span(word, style)];
}

function powerLine(slot: SlotView): Line {
  if (slot.sled === null) return [];
  const power = slot.powerW === null ? '– W' : `${slot.powerW.toFixed(0)} W`;
  const inlet = slot.inletC === null ? '' : `  in ${slot.inletC.toFixed(0)} °C`;
  return [span(` ${power}`), span(inlet, 'dim')];
}

/** Names of what runs here; `→name` leaves, `←name` comes. */
function workLine(slot: number, workloads: readonly WorkloadView[], openMoves: readonly MoveView[]): Line {
  const parts: Span[] = [];
  for (const move of openMoves) if (move.to === slot) parts.push(span(` ←${move.workload}`, 'accent'));
  for (const workload of workloads.filter((entry) => entry.slot === slot)) {
    const leaving = openMoves.some((move) => move.workload === workload.id && move.from === slot);
    if (leaving) parts.push(span(` →${workload.id}`, 'accent'));
    else if (!openMoves.some((move) => move.workload === workload.id))
      parts.push(span(` ${workload.id}`, workload.state === 'running' ? 'plain' : 'warn'));
  }
  return parts;
}
