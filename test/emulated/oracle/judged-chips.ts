// Which of the chips we drive the kernel judges, and why not the others.
import { decodableChips } from '../../../src/chips/decode.ts';
import { knownChips } from '../../../src/chips/registry.ts';
import type { JudgedChip } from './cases.ts';
import type { Kernel } from './kernel.ts';

/** Chips that have another name in the kernel, or that its driver identifies before it takes them. */
const particulars: Readonly<Record<string, Partial<JudgedChip>>> = {};

/** Chips that the kernel has no driver for, or none that these registers can judge. */
export const notJudged: Readonly<Record<string, string>> = {};

/** The sensors and fan controllers that we drive or decode and the kernel has a driver for. */
export function judgedChips(kernel: Kernel): readonly JudgedChip[] {
  return oracleChips()
    .filter((chip) => notJudged[chip] === undefined)
    .map((chip) => ({ chip, kernelName: chip, ...particulars[chip] }))
    .filter(({ kernelName }) => kernel.moduleOf(kernelName) !== undefined);
}

/** Those that measure something: the kernel has no hwmon driver for expanders, LEDs, EEPROMs and muxes. */
export function oracleChips(): readonly string[] {
  const measuring = knownChips().filter(({ kind }) => kind === 'sensor' || kind === 'fan');
  return [...new Set([...measuring.map(({ name }) => name), ...decodableChips()])];
}
