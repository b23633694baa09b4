// The live view where there is no terminal: one line of state now and then, and every event as it happens.
import { isOpenMove, type ChassisView, type EventRecord } from '../../core/view.ts';
import { printable } from './cells.ts';

export function stateLine(view: ChassisView): string {
  const slots = view.slots
    .filter((slot) => slot.sled !== null)
    .map(({ slot, temperatureC, state }) => {
      const temperature = temperatureC === null ? '–' : `${temperatureC.toFixed(1)}°C`;
      return `${slot}:${temperature}${state === 'ok' ? '' : `(${state})`}`;
    });
  const fans = view.fans.map(
    ({ id, ratio, state }) => `${id}:${Math.round(ratio * 100)}%${state === 'ok' ? '' : `(${state})`}`,
  );
  const moves = view.moves.filter(isOpenMove).map((move) => `${move.workload}:${move.from}→${move.to}(${move.state})`);
  const parts = [
    ['slots', ...slots],
    ['fans', ...fans],
    ['moves', ...moves],
  ];
  return printable(
    parts
      .filter((part) => part.length > 1)
      .map((part) => part.join(' '))
      .join('  '),
  );
}

export function eventLine(event: EventRecord): string {
  return printable(`${event.at.slice(11, 19)} ${event.severity} ${event.source}: ${event.text}`);
}
