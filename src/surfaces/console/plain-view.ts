// The live view where there is no terminal: one line of state now and then, and every event as it happens.
import type { ChassisView, EventRecord } from '../../core/view.ts';

export function stateLine(view: ChassisView): string {
  const slots = view.slots.map(
    (slot) =>
      `${slot.slot}:${slot.temperatureC === null ? '–' : slot.temperatureC.toFixed(1)}${slot.state === 'ok' ? '' : `(${slot.state})`}`,
  );
  const fans = view.fans.map((fan) => `${fan.id}:${Math.round(fan.ratio * 100)}%`);
  const moves = view.moves
    .filter((move) => move.state !== 'done' && move.state !== 'undone')
    .map((move) => `${move.id}:${move.workload}:${move.state}`);
  return ['slots', ...slots, 'fans', ...fans, ...(moves.length === 0 ? [] : ['moves', ...moves])].join(' ');
}

export function eventLine(event: EventRecord): string {
  return `${event.at.slice(11, 19)} ${event.severity} ${event.source} ${event.text}`;
}
