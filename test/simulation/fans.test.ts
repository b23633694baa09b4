// The air keeps moving whoever dies. What the fans truly do is the simulator's word, not the guardian's.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../hwsim/child-process.ts';
import { PROJECT } from './program.ts';
import { RunningChassis, SCENARIOS, type PlantReport } from './running-chassis.ts';
import { step } from './steps.ts';

const SPEED = 10;
/** boards/sim-8.json: zone's slewDownPerS, and the time of the MAX31790's watchdog. */
const SLEW_PER_S = 0.02;
const WATCHDOG_S = 10;
/** Beyond the slew: of fan inertia, and of a report that was late by one tick of the guardian. */
const TOLERANCE_RATIO = 0.04;
/** From the command to 95 % of the speed: three time constants of 2 s, and a report's 5 s. */
const SPIN_UP_S = 10;
const QUIET_RATIO = 0.35;

describe('Fans', () => {
  it('go to full speed without a guardian, and take no wrong step without a controller', async (test) => {
    const args = ['--scenario', join(SCENARIOS, 'quiet.json'), '--speed', String(SPEED)];
    await RunningChassis.during(args, async (chassis) => {
      await step(test, 'the controller is killed: no step faster than the usual slew, either way', async () => {
        await quiet(chassis);
        const from = chassis.reports.length - 1;
        await chassis.kill('controller');
        await later(chassis, 50);
        assertNoSteps(chassis.reports.slice(from), 'either way');
        await chassis.whole();
      });

      await step(test, 'the guardian hangs: the fan controller’s watchdog takes every fan to full speed', async () => {
        await quiet(chassis);
        process.kill(chassis.pid('guardian'), 'SIGSTOP');
        const then = await later(chassis, WATCHDOG_S + SPIN_UP_S);
        assert.ok(slowest(then) > 0.95, `at ${slowest(then)} of full speed`);
      });

      await step(
        test,
        'a guardian that was killed starts at full speed, and comes down no faster than usual',
        async () => {
          const hung = chassis.reports.length - 1;
          await chassis.kill('guardian');
          await quiet(chassis);
          assertNoSteps(chassis.reports.slice(hung), 'down');

          const running = chassis.reports.length - 1;
          await chassis.kill('guardian');
          // at 100 % until every sensor was read, then down by the slew: near full speed within a report
          await until('full speed', () => chassis.reports.slice(running).some((report) => slowest(report) > 0.8));
          await quiet(chassis);
          assertNoSteps(chassis.reports.slice(running), 'down');
        },
      );
      assert.equal(chassis.reports.at(-1)?.overLimitS, 0, 'no slot was ever over its limit');
    });
  });
});

/** Speed at full ratio, one figure a rotor, from the plant's own file. */
const fullRpm = (
  JSON.parse(readFileSync(join(PROJECT, 'hwsim/plants/standard.json'), 'utf8')) as {
    fans: { rotors: { fullRpm: number }[] }[];
  }
).fans.map((fan) => fan.rotors.map((rotor) => rotor.fullRpm));

function ratios(report: PlantReport): number[] {
  return report.fans.flatMap((fan, f) => fan.rpm.map((rpm, r) => rpm / (fullRpm[f]?.[r] ?? Number.NaN)));
}

function slowest(report: PlantReport): number {
  return Math.min(...ratios(report));
}

/** The fans have come down from full speed. */
async function quiet(chassis: RunningChassis): Promise<void> {
  await until('the chassis to be quiet', () => {
    const last = chassis.reports.slice(-2);
    return last.length === 2 && last.every((report) => Math.max(...ratios(report)) < QUIET_RATIO);
  });
}

async function later(chassis: RunningChassis, seconds: number): Promise<PlantReport> {
  return chassis.reportAfter((chassis.reports.at(-1)?.plantSeconds ?? 0) + seconds);
}

function assertNoSteps(reports: readonly PlantReport[], which: 'down' | 'either way'): void {
  reports.slice(1).forEach((report, index) => {
    const before = reports[index];
    if (before === undefined) return;
    const most = SLEW_PER_S * (report.plantSeconds - before.plantSeconds) + TOLERANCE_RATIO;
    const now = ratios(report);
    ratios(before).forEach((ratio, rotor) => {
      const change = (now[rotor] ?? Number.NaN) - ratio;
      const text = `from ${ratio.toFixed(3)} by ${change.toFixed(3)} at ${report.plantSeconds.toFixed(1)} s`;
      assert.ok(-change <= most && (which === 'down' || change <= most), text);
    });
  });
}
