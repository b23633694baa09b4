// What the simulator reports of itself, line by line, and when a run counts as settled.
import * as z from 'zod';
import { table } from '../../src/surfaces/console/table.ts';

export const simLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('say'), text: z.string() }),
  z.object({ type: z.literal('verdict'), results: z.array(z.object({ met: z.boolean(), text: z.string() })) }),
  z.object({
    type: z.literal('report'),
    plantSeconds: z.number(),
    peakC: z.number(),
    overLimitS: z.number(),
    fanEnergyJ: z.number(),
    withinLimitsS: z.number(),
    stepsDone: z.number(),
    stepsTotal: z.number(),
    fans: z.array(z.object({ id: z.string(), rpm: z.array(z.number()) })),
  }),
]);

export type SimReport = Extract<z.output<typeof simLineSchema>, { type: 'report' }>;

export interface MoveCounts {
  readonly done: number;
  readonly undone: number;
  readonly open: number;
}

export type Verdict = Extract<z.output<typeof simLineSchema>, { type: 'verdict' }>['results'];

/** What the scenario expects and what came, a line each. */
export function verdictLines(verdict: Verdict | null): string[] {
  if (verdict === null) return ['the scenario’s expectations could not be judged: the simulator did not answer'];
  return verdict.map(({ met, text }) => `${met ? 'as expected ' : 'not expected'}  ${text}`);
}

const SETTLED_S = 20;

/** Every step has happened, no Move is open, and all slots have been within their limits for 20 s of plant time. */
export function isSettled(report: SimReport | null, moves: MoveCounts): boolean {
  return (
    report !== null && report.stepsDone >= report.stepsTotal && moves.open === 0 && report.withinLimitsS >= SETTLED_S
  );
}

export interface RunSummary {
  readonly settled: boolean;
  readonly moves: { readonly done: number; readonly undone: number };
  readonly peakC: number;
  readonly overLimitS: number;
  readonly fanEnergyJ: number;
  readonly plantSeconds: number;
}

/** The last line on standard output. */
export function summaryOf(settled: boolean, report: SimReport | null, moves: MoveCounts): RunSummary {
  return {
    settled,
    moves: { done: moves.done, undone: moves.undone },
    peakC: round1(report?.peakC ?? 0),
    overLimitS: round1(report?.overLimitS ?? 0),
    fanEnergyJ: Math.round(report?.fanEnergyJ ?? 0),
    plantSeconds: Math.round(report?.plantSeconds ?? 0),
  };
}

/** The run beside the same course on the twin, where nothing is ever moved. */
export function comparison(run: SimReport | null, twin: SimReport | null, gapsMs: readonly number[]): string {
  if (run === null || twin === null) return 'no comparison: the run ended before both plants had reported';
  const longest = gapsMs.length === 0 ? '' : `, longest gap ${(Math.max(...gapsMs) / 1000).toFixed(1)} s`;
  return table([
    [`over ${Math.round(run.plantSeconds)} s`, 'this run', 'nothing moved'],
    ['hottest slot', `${run.peakC.toFixed(1)} °C`, `${twin.peakC.toFixed(1)} °C`],
    ['time over limit', `${run.overLimitS.toFixed(0)} s`, `${twin.overLimitS.toFixed(0)} s`],
    ['fan energy', `${run.fanEnergyJ.toFixed(0)} J`, `${twin.fanEnergyJ.toFixed(0)} J`],
    ['moves', `${gapsMs.length}${longest}`, '0'],
  ]);
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
