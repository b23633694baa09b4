// The main job from end to end: a slot gets hot, work moves off it, everything settles; and what that is worth beside the
// same course where nothing moves, on three plants.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, PROJECT } from './program.ts';
import { RunningChassis, type PlantReport } from './running-chassis.ts';

const SPEED = ['--speed', '10'];
/** Plant seconds over which runs are compared: the load is at its peak from 85 s on. */
const COMPARED_S = 300;

describe('scripts/start --headless --until settled', () => {
  it('moves work off the hot slot, ends with 0 and says how it went', async () => {
    await inDirectory(async (run) => {
      const program = new Program(join(PROJECT, 'scripts/start'), [
        ...['--headless', '--until', 'settled', '--timeout', '120', '--run', run],
        ...SPEED,
      ]);
      assert.equal(await program.ended, 0, program.errorLines.slice(-20).join('\n'));
      const summary = program.summary();
      const keys = ['settled', 'moves', 'peakC', 'overLimitS', 'fanEnergyJ', 'plantSeconds']; // FORMATS, Commands
      assert.deepEqual(Object.keys(summary), keys);
      assert.equal(summary['settled'], true);
      const moves = summary['moves'] as { done: number; undone: number };
      assert.deepEqual(Object.keys(moves), ['done', 'undone']);
      assert.ok(moves.done >= 1, 'work was moved');
      assert.equal(summary['overLimitS'], 0, 'no slot was over its limit');
      assert.ok(Number(summary['plantSeconds']) >= 150, 'the whole course happened');
      for (const line of program.errorLines) assert.doesNotThrow(() => JSON.parse(line), `a log line: ${line}`);
    });
  });

  it('ends with 3 when its time is over before, and says that it has not settled', async () => {
    await inDirectory(async (run) => {
      const args = ['--headless', '--until', 'settled', '--timeout', '8', '--no-moves', '--run', run, ...SPEED];
      const program = Program.start(args);
      assert.equal(await program.ended, 3, program.errorLines.slice(-20).join('\n'));
      assert.equal(program.summary()['settled'], false);
      assert.deepEqual(program.summary()['moves'], { done: 0, undone: 0 });
    });
  });
});

describe('Moves pay', () => {
  for (const plant of ['standard', 'dense', 'dusty']) {
    it(`on the plant ${plant}: lower peak, less time over the limit, less fan energy`, async (test) => {
      const file = join(PROJECT, `hwsim/plants/${plant}.json`);
      const [moved, stayed] = await Promise.all([
        reportsOf(['--plant', file, ...SPEED]),
        reportsOf(['--plant', file, ...SPEED, '--no-moves']),
      ]);
      // at least as long with Moves as without: time is never to the advantage of the Moves
      const withMoves = moved.find((report) => report.plantSeconds >= COMPARED_S);
      const without = stayed.findLast((report) => report.plantSeconds <= COMPARED_S);
      assert.ok(withMoves !== undefined && without !== undefined);
      test.diagnostic(`with Moves ${shown(withMoves)}; without ${shown(without)}`);
      assert.ok(withMoves.peakC < without.peakC, 'peak');
      assert.ok(withMoves.overLimitS < without.overLimitS, 'seconds over the limit');
      assert.ok(withMoves.fanEnergyJ < without.fanEnergyJ, 'fan energy');
    });
  }
});

/** The reports of a run of the default course, for a little longer than is compared. */
async function reportsOf(args: readonly string[]): Promise<readonly PlantReport[]> {
  let reports: readonly PlantReport[] = [];
  await RunningChassis.during(args, async (chassis) => {
    await chassis.reportAfter(COMPARED_S);
    reports = chassis.reports;
  });
  return reports;
}

function shown({ plantSeconds, peakC, overLimitS, fanEnergyJ }: PlantReport): string {
  const figures = `${peakC.toFixed(1)} °C, ${overLimitS.toFixed(0)} s over, ${fanEnergyJ.toFixed(0)} J`;
  return `${figures} after ${plantSeconds.toFixed(0)} s`;
}

async function inDirectory(body: (run: string) => Promise<void>): Promise<void> {
  const run = mkdtempSync(join(tmpdir(), 'coldslot-run-'));
  try {
    await body(run);
  } finally {
    rmSync(run, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
