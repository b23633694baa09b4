// Leak detectors: each can cut the power of the slots it guards, and names slots that are there.
import { finding, type Finding } from '../finding.ts';
import type { Board, BoardLeak, BoardLine } from '../schema.ts';
import { listed } from './board-index.ts';

export function checkLeaks(board: Board): Finding[] {
  const own = board.slots.flatMap((slot, s) => {
    if (slot.leak === undefined) return [];
    const path = ['slots', s, 'leak'];
    if (slot.power !== undefined) return goesDark(board, slot.leak, path);
    return [finding(path, `expected power.enable on slot ${slot.number}, or its leak can cut nothing`)];
  });
  const shared = board.leaks.flatMap((leak, l) => [
    ...sharedFindings(board, leak, ['leaks', l, 'cuts']),
    ...goesDark(board, leak.line, ['leaks', l, 'line']),
  ]);
  return [...own, ...shared, ...ids(board)];
}

/** An expander that loses its power with the slot could not say afterwards that it is dry. */
function goesDark(board: Board, line: BoardLine, path: readonly PropertyKey[]): Finding[] {
  if (!('device' in line)) return [];
  const carrier = board.devices.find(({ id }) => id === line.device)?.slot;
  const slot = board.slots.find(({ number }) => number === carrier);
  if (slot === undefined) return [];
  const standby = [slot.power?.enable, slot.power?.good, slot.presence];
  if (standby.some((other) => other !== undefined && 'device' in other && other.device === line.device)) return [];
  const wrong = `expected an expander of the chassis, ${line.device} goes dark with slot ${carrier}`;
  return [finding([...path, 'device'], wrong)];
}

/** Every slot of the detector exists and has a power control. */
function sharedFindings(board: Board, leak: BoardLeak, path: readonly PropertyKey[]): Finding[] {
  const cuts = leak.cuts === 'all' ? board.slots.map(({ number }) => number) : leak.cuts;
  return cuts.flatMap((number, index) => {
    const slot = board.slots.find((entry) => entry.number === number);
    const at = leak.cuts === 'all' ? path : [...path, index];
    if (slot === undefined) {
      const known = listed(board.slots.map((entry) => String(entry.number)));
      return [finding(at, `expected the number of a slot (${known}), found ${number}`)];
    }
    if (slot.power !== undefined) return [];
    return [finding(at, `expected power.enable on slot ${number}, or leak ${leak.id} cannot cut it`)];
  });
}

function ids(board: Board): Finding[] {
  const seen = new Set<string>();
  return board.leaks.flatMap(({ id }, l) => {
    const isTaken = seen.has(id);
    seen.add(id);
    return isTaken ? [finding(['leaks', l, 'id'], `expected a leak of its own, ${id} is used before`)] : [];
  });
}
