// What Linux's driver and ours say of the same chip, and where they differ.
import type { ChipUnit } from '../../../src/chips/chip.ts';
import type { KernelValue } from '../machine/sysfs.ts';

export interface Judgement {
  readonly id: string;
  /** By attribute. */
  readonly kernel: Readonly<Record<string, KernelValue>>;
  /** By channel. */
  readonly ours: Readonly<
    Record<string, { readonly unit: ChipUnit } & ({ readonly value: number } | { readonly reason: string })>
  >;
}

/** The kernel's units: thousandths of °C, V, A; millionths of W; rpm. */
const KERNEL_UNITS: Readonly<Record<ChipUnit, number>> = { C: 1e3, V: 1e3, A: 1e3, W: 1e6, rpm: 1 };

/** hwmon's numbers are whole; its drivers round or cut. */
const ROUNDING = 1;

export interface Verdict {
  readonly compared: number;
  readonly differences: readonly string[];
}

/** Channels that the kernel's driver does not show are not compared. */
export function verdict({ id, kernel, ours }: Judgement): Verdict {
  const differences: string[] = [];
  let compared = 0;
  for (const [channel, reading] of Object.entries(ours)) {
    const theirs = kernel[`${channel}_input`];
    if (theirs === undefined) continue;
    compared++;
    const value = 'value' in reading ? reading.value * KERNEL_UNITS[reading.unit] : reading.reason;
    const equal = typeof theirs === 'number' && typeof value === 'number' && Math.abs(theirs - value) <= ROUNDING;
    if (!equal) differences.push(`${id} ${channel}: ours ${value}, the kernel's ${theirs}`);
  }
  return { compared, differences };
}
