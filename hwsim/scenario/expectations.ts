// Judges a finished run by what its scenario expects; pure. The results go into the run's end summary.
import { assertNever } from '../../src/core/errors.ts';
import type { Expectation } from '../scenario.ts';
import type { RunRecord, SlotRecord } from './run-record.ts';

export interface ExpectationResult {
  readonly met: boolean;
  /** What was expected and what came, in words. */
  readonly text: string;
}

/** In the order of `expectations`. With moves switched off those that ask for Moves are left out. */
export function judge(
  expectations: readonly Expectation[],
  run: RunRecord,
  moves: 'on' | 'off' = 'on',
): ExpectationResult[] {
  const asked = expectations.filter((expectation) => moves === 'on' || expectation.kind !== 'moved-off');
  return asked.map((expectation) => judgeOne(expectation, run));
}

function judgeOne(expectation: Expectation, run: RunRecord): ExpectationResult {
  const { metrics } = run;
  switch (expectation.kind) {
    case 'peak-below':
      return peakBelow(expectation.temperatureC, expectation.slot, run);
    case 'within-limits':
      return withinLimits(expectation.byS, run);
    case 'over-limit-at-most':
      return result(
        metrics.overLimitS <= expectation.slotSeconds,
        `at most ${expectation.slotSeconds} slot-seconds over the limit`,
        `${metrics.overLimitS.toFixed(1)} s`,
      );
    case 'moved-off':
      return movedOff(expectation.slot, expectation.byS, run);
    case 'power-cut':
      return powerCut(expectation.slot, expectation.byS, run);
    case 'stays': {
      const gone = run.moves.find((move) => move.workload === expectation.workload && move.outcome === 'done');
      return result(
        gone === undefined,
        `${expectation.workload} stays where it is`,
        gone === undefined ? 'it did' : `it went to slot ${gone.to}`,
      );
    }
    case 'moves-at-most':
      return result(
        run.moves.length <= expectation.count,
        `at most ${counted(expectation.count, 'Move')}`,
        counted(run.moves.length, 'Move'),
      );
    case 'moves-succeed': {
      const bad = run.moves.filter((move) => move.outcome !== 'done');
      const named = bad.map((move) => `${move.workload} ${move.outcome}`).join(', ');
      return result(bad.length === 0, 'every Move succeeds', bad.length === 0 ? 'all did' : named);
    }
    case 'mean-fan-power-below': {
      const meanW = metrics.plantSeconds > 0 ? metrics.fanEnergyJ / metrics.plantSeconds : 0;
      return result(
        meanW < expectation.powerW,
        `mean fan power below ${expectation.powerW} W`,
        `${meanW.toFixed(1)} W`,
      );
    }
    default:
      return assertNever(expectation, 'expectation');
  }
}

function peakBelow(temperatureC: number, slot: number | undefined, run: RunRecord): ExpectationResult {
  const considered = [...run.slots].filter(([number]) => slot === undefined || number === slot);
  const hottest = considered.reduce<[number, SlotRecord] | null>(
    (best, entry) => (best === null || entry[1].peakC > best[1].peakC ? entry : best),
    null,
  );
  const where = slot === undefined ? 'every slot' : `slot ${slot}`;
  const expected = `${where} stays below ${temperatureC} °C`;
  if (hottest === null) return result(false, expected, 'no such slot was observed');
  const [number, { peakC, peakAtS }] = hottest;
  return result(
    peakC < temperatureC,
    expected,
    `slot ${number} peaked at ${peakC.toFixed(1)} °C after ${peakAtS.toFixed(0)} s`,
  );
}

function withinLimits(byS: number, run: RunRecord): ExpectationResult {
  const expected = `all slots within limits from ${byS} s on`;
  if (run.endS < byS) return result(false, expected, `the run ended after ${run.endS.toFixed(0)} s`);
  const last = Math.max(...[...run.slots.values()].map((slot) => slot.lastOverS ?? -1));
  return result(last < byS, expected, last < 0 ? 'none was ever over' : `last one over at ${last.toFixed(0)} s`);
}

function movedOff(slot: number, byS: number, run: RunRecord): ExpectationResult {
  const left = run.moves.filter((move) => move.from === slot && move.outcome === 'done');
  const first = Math.min(...left.map((move) => move.endedAtS ?? Infinity));
  const expected = `work leaves slot ${slot} by ${byS} s`;
  if (left.length === 0) return result(false, expected, 'none left');
  const names = left.map((move) => `${move.workload} to slot ${move.to}`).join(', ');
  return result(first <= byS, expected, `first after ${first.toFixed(0)} s (${names})`);
}

function powerCut(slot: number, byS: number, run: RunRecord): ExpectationResult {
  const offSinceS = run.slots.get(slot)?.offSinceS ?? null;
  const came = offSinceS === null ? 'it has power' : `off since ${offSinceS.toFixed(1)} s`;
  return result(offSinceS !== null && offSinceS <= byS, `slot ${slot} has no power from ${byS} s on`, came);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function result(met: boolean, expected: string, came: string): ExpectationResult {
  return { met, text: `${expected}: ${came}` };
}
