// The registers to judge a chip by: those recorded from real chips where there are some, and our own, extremes included.
import { existsSync } from 'node:fs';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../src/core/random.ts';
import type { OracleCase } from './case.ts';

const REGISTERS = 256;
const SEEDS = [1, 2, 3, 4];

export interface JudgedChip {
  readonly chip: string;
  readonly kernelName: string;
  /** Registers that the kernel's driver insists on: what identifies the chip. Byte by register. */
  readonly identity?: Readonly<Record<number, number>>;
}

/** Bytes of consecutive registers as words: a word read gives a register and its successor. */
function wordsOf(bytes: readonly number[]): readonly number[] {
  return bytes.map((byte, register) => byte | ((bytes[(register + 1) % REGISTERS] ?? 0) << 8));
}

function bytesOf(byteAt: (register: number) => number): readonly number[] {
  return Array.from({ length: REGISTERS }, (_, register) => byteAt(register));
}

function ownRegisters(chip: string): readonly (readonly [string, readonly number[]])[] {
  const constants = [0x00, 0x7f, 0x80, 0xff].map(
    (byte) => [`all ${byte.toString(16).padStart(2, '0')}`, bytesOf(() => byte)] as const,
  );
  const random = SEEDS.map((seed) => {
    const source = seededRandom(seed).fork(chip);
    return [`random ${seed}`, bytesOf(() => source.int(256))] as const;
  });
  return [
    ...constants,
    ['alternating 55 aa', bytesOf((register) => (register % 2 === 0 ? 0x55 : 0xaa))],
    ['alternating 00 ff', bytesOf((register) => (register % 2 === 0 ? 0x00 : 0xff))],
    ['register numbers', bytesOf((register) => register)],
    ...random,
  ];
}

export function ownCases({ chip, kernelName, identity = {} }: JudgedChip): readonly OracleCase[] {
  return ownRegisters(chip).map(([name, bytes]) => {
    const identified = bytes.map((byte, register) => identity[register] ?? byte);
    return { id: `${chip}, ${name}`, chip, kernelName, words: wordsOf(identified) };
  });
}

/** The files of register contents in `folder` that are of this chip. */
export function recordedCases(folder: string, { chip, kernelName }: JudgedChip): readonly OracleCase[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, file: JSON.parse(readFileSync(join(folder, name), 'utf8')) as RegisterFile }))
    .filter(({ file }) => file.chip === chip)
    .map(({ name, file }) => {
      const values = Array.from({ length: REGISTERS }, (_, index) => Number.parseInt(file.registers[index] ?? '0', 16));
      const words = file.width === 'word' ? values : wordsOf(values);
      return { id: `${chip}, recorded in ${name}`, chip, kernelName, words };
    });
}

interface RegisterFile {
  readonly chip: string;
  readonly width: 'byte' | 'word';
  readonly registers: readonly string[];
}
