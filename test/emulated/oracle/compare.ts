// The kernel's values beside ours, and every difference that is more than the kernel's rounding to a whole number.
import type { OracleResult, OurReading } from './case.ts';
import type { KernelValue } from '../machine/sysfs.ts';

/** One thing that differs. `ours`: our value in the kernel's unit, the reason why we have none, or null: no such attribute. */
export interface Difference {
  readonly chip: string;
  /** `decode`: an attribute of `chip decode`; `reading`: a channel as the driver reads it. */
  readonly of: 'decode' | 'reading';
  readonly attribute: string;
  readonly ours: number | string | null;
  readonly kernel: KernelValue | null;
  /** All the kernel showed with it. */
  readonly kernelAll: Readonly<Record<string, KernelValue>>;
}

export interface Comparison {
  /** How many values were compared. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

export function compare(chip: string, { asFound, configured }: OracleResult): Comparison {
  const parts = [
    asFound.decoded === null ? [] : decodedPairs(asFound.decoded, asFound.kernel),
    configured === null ? [] : readingPairs(configured),
  ].flat();
  return {
    compared: parts.length,
    differences: parts.filter(({ agree }) => !agree).map(({ difference }) => ({ chip, ...difference })),
  };
}

interface Pair {
  readonly agree: boolean;
  readonly difference: Omit<Difference, 'chip'>;
}

/** Every attribute that either shows. */
function decodedPairs(
  decoded: Readonly<Record<string, number>>,
  kernel: Readonly<Record<string, KernelValue>>,
): Pair[] {
  const attributes = new Set([...Object.keys(decoded), ...Object.keys(kernel)]);
  return [...attributes].map((attribute) => {
    const ours = decoded[attribute] ?? null;
    const theirs = kernel[attribute] ?? null;
    return {
      agree: ours === theirs || (ours === null && isErrorCode(theirs)),
      difference: { of: 'decode', attribute, ours, kernel: theirs, kernelAll: kernel },
    };
  });
}

function readingPairs({ kernel, readings, faultyTachometers }: NonNullable<OracleResult['configured']>): Pair[] {
  const pairs = Object.entries(readings).map(([channel, reading]): Pair => {
    const attribute = channel.startsWith('pwm') ? channel : `${channel}_input`;
    const theirs = kernel[attribute] ?? null;
    const faulty = channel.startsWith('temp') && kernel[`${channel}_fault`] === 1;
    return {
      agree: agrees(reading, theirs, faulty),
      difference: {
        of: 'reading',
        attribute,
        ours: 'value' in reading ? reading.value : reading.reason,
        kernel: faulty ? 'fault' : theirs,
        kernelAll: kernel,
      },
    };
  });
  if (faultyTachometers === null) return pairs;
  const faults = Object.keys(kernel).filter((attribute) => /^fan\d+_fault$/.test(attribute));
  const faultPairs = faults.map((attribute): Pair => {
    const ours = faultyTachometers.includes(Number.parseInt(attribute.slice(3), 10)) ? 1 : 0;
    const theirs = kernel[attribute] ?? null;
    return {
      agree: ours === theirs,
      difference: { of: 'reading', attribute, ours, kernel: theirs, kernelAll: kernel },
    };
  });
  return [...pairs, ...faultPairs];
}

/** The kernel has the attribute's file, but no value for it. */
function isErrorCode(value: KernelValue | null): boolean {
  return typeof value === 'string' && /^E[A-Z]+$/.test(value);
}

/** No value on both sides, whatever the reason, or the same value but for the kernel's rounding. */
function agrees(reading: OurReading, kernel: KernelValue | null, faulty: boolean): boolean {
  const hasNone = faulty || typeof kernel !== 'number';
  if (!('value' in reading)) return hasNone;
  return !hasNone && Math.abs(reading.value - kernel) < 1;
}
