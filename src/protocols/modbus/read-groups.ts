// Which registers are read together. A request costs about 20 bytes of line time and the device's turn-around, a register
// that nobody asked for 2 bytes: reading over small gaps is cheaper than asking twice.
import { registerCount } from './numbers.ts';
import type { ModbusRegister } from './register-map.ts';

/** Modbus Application Protocol 1.1b3, 6.3: at most 125 registers in one read. */
export const MAX_READ = 125;
/** At 19,200 baud 16 registers take 18 ms, a request and its silence about as long. */
export const MAX_GAP = 16;

export interface ReadGroup {
  readonly at: number;
  readonly count: number;
  /** Asked no more often than this; 0 = with each sweep. */
  readonly pollS: number;
  readonly registers: readonly ModbusRegister[];
}

/** As few reads as sensible: registers of one poll interval, near each other, at most `maxRead` in all. */
export function groupReads(
  registers: readonly ModbusRegister[],
  maxRead: number = MAX_READ,
  maxGap: number = MAX_GAP,
): readonly ReadGroup[] {
  const groups: ReadGroup[] = [];
  for (const pollS of new Set(registers.map(pollOf))) {
    const alike = registers.filter((register) => pollOf(register) === pollS).toSorted((a, b) => a.at - b.at);
    let open: ModbusRegister[] = [];
    for (const register of alike) {
      const joined = [...open, register];
      const gap = open.length === 0 ? 0 : register.at - endOf(open);
      if (gap > maxGap || spanOf(joined) > maxRead) {
        groups.push(groupOf(open));
        open = [register];
      } else open = joined;
    }
    if (open.length > 0) groups.push(groupOf(open));
  }
  return groups;
}

/** In two, at its widest gap: for a device that refuses to read registers that it does not have. Null when it is one register. */
export function splitGroup(group: ReadGroup): readonly [ReadGroup, ReadGroup] | null {
  const { registers } = group;
  if (registers.length < 2) return null;
  let cut = 1;
  let widest = -1;
  for (let index = 1; index < registers.length; index++) {
    const gap = gapBefore(registers, index);
    const nearerMiddle = Math.abs(index - registers.length / 2) < Math.abs(cut - registers.length / 2);
    if (gap > widest || (gap === widest && nearerMiddle)) [widest, cut] = [gap, index];
  }
  return [groupOf(registers.slice(0, cut)), groupOf(registers.slice(cut))];
}

/** The words of one register out of what the group's read brought. */
export function wordsOf(group: ReadGroup, register: ModbusRegister, words: readonly number[]): readonly number[] {
  const start = register.at - group.at;
  return words.slice(start, start + registerCount(register));
}

function pollOf(register: ModbusRegister): number {
  return register.type === 'string' ? Infinity : register.pollS;
}

function groupOf(registers: readonly ModbusRegister[]): ReadGroup {
  const first = registers[0];
  if (first === undefined) throw new Error('a group has registers');
  return { at: first.at, count: spanOf(registers), pollS: pollOf(first), registers };
}

function endOf(registers: readonly ModbusRegister[]): number {
  return Math.max(...registers.map((register) => register.at + registerCount(register)));
}

function spanOf(registers: readonly ModbusRegister[]): number {
  return endOf(registers) - (registers[0]?.at ?? 0);
}

function gapBefore(registers: readonly ModbusRegister[], index: number): number {
  return (registers[index]?.at ?? 0) - endOf(registers.slice(0, index));
}
