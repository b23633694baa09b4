// What the simulator reports of itself, line by line, and when a run counts as settled.
import * as z from 'zod';

const metricsSchema = z.object({
  plantSeconds: z.number(),
  peakC: z.number(),
  overLimitS: z.number(),
  fanEnergyJ: z.number(),
  withinLimitsS: z.number(),
});

export const simLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('say'), text: z.string() }),
  z.object({
    type: z.literal('report'),
    metrics: metricsSchema,
    stepsDone: z.number(),
    stepsTotal: z.number(),
    /** Cores that each workload really used since the last report. */
    loads: z.record(z.string(), z.number()).optional(),
  }),
]);

export type SimReport = Extract<z.output<typeof simLineSchema>, { type: 'report' }>;

export interface MoveCounts {
  readonly done: number;
  readonly undone: number;
  readonly open: number;
}

const SETTLED_S = 20;

/** Every step has happened, no Move is open, and all slots have been within their limits for 20 s of plant time. */
export function isSettled(report: SimReport | null, moves: MoveCounts): boolean {
  return (
    report !== null &&
    report.stepsDone >= report.stepsTotal &&
    moves.open === 0 &&
    report.metrics.withinLimitsS >= SETTLED_S
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
  const metrics = report?.metrics;
  return {
    settled,
    moves: { done: moves.done, undone: moves.undone },
    peakC: round1(metrics?.peakC ?? 0),
    overLimitS: round1(metrics?.overLimitS ?? 0),
    fanEnergyJ: Math.round(metrics?.fanEnergyJ ?? 0),
    plantSeconds: Math.round(metrics?.plantSeconds ?? 0),
  };
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
