// The registers to judge a chip by: those recorded from real chips where there are some, and our own, extremes included.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../../src/core/random.ts';
import type { OracleCase } from './case.ts';
import type { JudgedChip } from './judged-chips.ts';

const REGISTERS = 256;
const SEEDS = [1, 2, 3, 4];

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

export function ownCases(judged: JudgedChip): readonly OracleCase[] {
  const { chip, possible, possibleWord, related } = judged;
  return ownRegisters(chip).flatMap(([name, bytes]): OracleCase[] => {
    const held = wordsOf(bytes.map((byte, register) => possible?.(register, byte) ?? byte));
    const words = held.map((word, register) => possibleWord?.(register, word) ?? word);
    const common = { id: `${chip}, ${name}`, ...forMachine(judged) };
    if (related === undefined) return [{ ...common, words, unrelated: false }];
    return [
      { ...common, words, unrelated: true },
      { ...common, id: `${common.id}, related`, words: words.map(related), unrelated: false },
    ];
  });
}

/** The files of register contents in `folder` that are of this chip. */
export function recordedCases(folder: string, judged: JudgedChip): readonly OracleCase[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, file: JSON.parse(readFileSync(join(folder, name), 'utf8')) as RegisterFile }))
    .filter(({ file }) => file.chip === judged.chip)
    .map(({ name, file }) => {
      const values = Array.from({ length: REGISTERS }, (_, index) => Number.parseInt(file.registers[index] ?? '0', 16));
      const words = file.width === 'word' ? values : wordsOf(values);
      return { id: `${judged.chip}, recorded in ${name}`, ...forMachine(judged), words, unrelated: false };
    });
}

function forMachine({ chip, kernelName, writtenAt = [], dumped = 'while bound' }: JudgedChip) {
  return { chip, kernelName, writtenAt, dumped };
}

interface RegisterFile {
  readonly chip: string;
  readonly width: 'byte' | 'word';
  readonly registers: readonly string[];
}
