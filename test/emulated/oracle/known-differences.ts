// Where we mean to differ from the kernel's drivers, and why. Everything else that differs is a mistake.
import type { Difference } from './compare.ts';

export interface KnownDifference {
  readonly reason: string;
  readonly chips: RegExp;
  readonly of: Difference['of'];
  readonly attribute: RegExp;
  /** Whether this very difference is the one meant. */
  readonly when: (difference: Difference) => boolean;
}

export const knownDifferences: readonly KnownDifference[] = [];

export function explanation(difference: Difference): KnownDifference | undefined {
  return knownDifferences.find(
    ({ chips, of, attribute, when }) =>
      chips.test(difference.chip) && of === difference.of && attribute.test(difference.attribute) && when(difference),
  );
}
