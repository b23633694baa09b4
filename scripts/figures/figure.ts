// A measured figure, beside its target or the baseline measured in the same run.
import { table } from '../../src/surfaces/console/table.ts';
import type { RunningParts } from './running-parts.ts';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Target, or baseline of the same run; null where there is neither. */
  readonly reference: number | null;
  /** value / reference. */
  readonly ratio: number | null;
}

/** Where a measurement finds the bundles, and may put its files. */
export interface BenchPlace {
  readonly root: string;
  readonly dist: string;
  /** Of its own, removed afterwards. */
  readonly directory: string;
  readonly options: BenchOptions;
  /** Every process that is started is added. */
  readonly running: RunningParts;
}

/** What the command line asks of single measurements. */
export interface BenchOptions {
  /** CPU time that HiGHS gets on each program of the planner's figures. */
  readonly highsS: number;
  /** Chassis of each size that HiGHS is tried on. */
  readonly chassis: number;
  /** Parts of the planner's figures; null = all. */
  readonly parts: readonly string[] | null;
  /** Length of the planner's simulated days, h. */
  readonly dayHours: number;
  /** Where the picture of a day goes; null = none. */
  readonly plot: string | null;
}

export interface Measurement {
  readonly text: string;
  run(place: BenchPlace): Promise<readonly Figure[]>;
}

export function figure(name: string, value: number, unit: string, reference: number | null = null): Figure {
  const ratio = reference === null || reference === 0 ? null : rounded(value / reference);
  return { name, value: rounded(value), unit, reference: reference === null ? null : rounded(reference), ratio };
}

export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, reference, ratio }) => [
    name,
    `${value} ${unit}`,
    reference === null ? '–' : `${reference} ${unit}`,
    ratio === null ? '–' : ratio.toFixed(2),
  ]);
  return table([['figure', 'value', 'reference', 'ratio'], ...rows]);
}

/** Four significant digits: more is noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
