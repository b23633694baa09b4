// Digital lines: GPIO buses and expander pins exist, and no line serves two purposes.
import { finding, jsonPath, type Finding } from '../finding.ts';
import type { BoardLine } from '../schema.ts';
import type { BoardIndex } from './board-index.ts';

interface UsedLine {
  readonly line: BoardLine;
  readonly path: readonly PropertyKey[];
}

export function checkLines(index: BoardIndex): Finding[] {
  const taken = new Map<string, string>();
  return usedLines(index).flatMap(({ line, path }) => {
    const wrong = wrongLine(index, line, path);
    if (wrong !== null) return [wrong];
    const name = 'device' in line ? `pin ${line.pin} of ${line.device}` : `line ${line.line} of ${line.bus}`;
    const use = jsonPath(...path);
    const other = taken.get(name);
    taken.set(name, use);
    return other === undefined ? [] : [finding(path, `expected a line of its own, ${name} is used by ${other}`)];
  });
}

function usedLines({ board }: BoardIndex): UsedLine[] {
  const used: UsedLine[] = [];
  const add = (line: BoardLine | undefined, ...path: readonly PropertyKey[]) => {
    if (line !== undefined) used.push({ line, path });
  };
  board.buses.forEach((bus, b) => {
    if (bus.kind !== 'i2c' || bus.recovery === undefined) return;
    const { scl, sda } = bus.recovery;
    add({ ...scl, activeLow: true }, 'buses', b, 'recovery', 'scl');
    add({ ...sda, activeLow: true }, 'buses', b, 'recovery', 'sda');
  });
  board.airMovers.forEach((mover, m) => add(mover.presence, 'airMovers', m, 'presence'));
  board.slots.forEach((slot, s) => {
    add(slot.presence, 'slots', s, 'presence');
    add(slot.alert, 'slots', s, 'alert');
    add(slot.leak, 'slots', s, 'leak');
    add(slot.power?.enable, 'slots', s, 'power', 'enable');
    add(slot.power?.good, 'slots', s, 'power', 'good');
    add(slot.identify, 'slots', s, 'identify');
  });
  board.leaks.forEach((leak, l) => add(leak.line, 'leaks', l, 'line'));
  return used;
}

function wrongLine(index: BoardIndex, line: BoardLine, path: readonly PropertyKey[]): Finding | null {
  if ('bus' in line) {
    const segment = index.segments.get(line.bus);
    if (segment?.kind === 'bus' && segment.bus.kind === 'gpio') return null;
    return finding([...path, 'bus'], `expected a bus of kind gpio, found ${line.bus}`);
  }
  const device = index.devices.get(line.device);
  if (device === undefined)
    return finding([...path, 'device'], `expected an I/O expander, there is no device ${line.device}`);
  const facts = index.chipOf(device.id);
  if (facts === undefined) return null; // the unknown chip is a finding of its own
  if (facts.kind !== 'expander' && facts.kind !== 'led') {
    return finding([...path, 'device'], `expected an I/O expander, ${device.id} is a ${device.chip}`);
  }
  const count = facts.pinCount ?? 0;
  if (line.pin < count) return null;
  return finding([...path, 'pin'], `expected a pin of 0 to ${count - 1} of a ${device.chip}, found ${line.pin}`);
}
