// A leak from end to end, on Minerva: a hot blade's work moves, the blade with the leak loses its power at once and keeps
// off; an operator gets it back only once it is dry, with its work as it was.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ChassisView } from '../../src/core/view.ts';
import { until } from '../hwsim/child-process.ts';
import { Program, PROJECT } from './program.ts';
import { RunningChassis } from './running-chassis.ts';

const MINERVA = [
  ...['--board', join(PROJECT, 'boards/minerva-cmm.json')],
  ...['--plant', join(PROJECT, 'hwsim/plants/minerva-cmm.json')],
  ...['--speed', '10'],
];

const slotOf = (view: ChassisView | null, slot: number) => view?.slots.find((entry) => entry.slot === slot);

/** Two blades with work and agents; a leak at the second from 10 to 60 s of plant time. */
function leakCourse(): object {
  const workload = (id: string) => {
    const rest = { memoryMiB: 8, demand: { cpu: 4, memoryGiB: 8 }, moveCostJ: 400, pinned: true, allowedSlots: null };
    return { id, cores: 0.004, ...rest };
  };
  const capacity = { cpu: 16, memoryGiB: 64 };
  return {
    format: 'coldslot-scenario/1',
    name: 'leak',
    text: 'a leak',
    wattsPerCore: 5000,
    sleds: [
      { slot: 1, id: 'mtia1', model: 'm', capacity, workloads: [workload('web')] },
      { slot: 2, id: 'mtia2', model: 'm', capacity, workloads: [workload('db')] },
    ],
    steps: [
      { atS: 10, say: 'wet', do: [{ kind: 'leak', place: 2, wet: true }] },
      { atS: 60, say: 'dry', do: [{ kind: 'leak', place: 2, wet: false }] },
    ],
    expect: [{ kind: 'within-limits', byS: 60 }],
  };
}

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'coldslot-leak-'));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

describe('a leak on Minerva', () => {
  it('settles with the hot blade’s work moved and the other blade’s power cut', async () => {
    await inDirectory(async (run) => {
      const scenario = join(PROJECT, 'hwsim/scenarios/minerva-cmm-leak.json');
      const until = ['--headless', '--until', 'settled', '--timeout', '150', '--run', run];
      const program = new Program(join(PROJECT, 'scripts/start'), [...MINERVA, '--scenario', scenario, ...until]);
      assert.equal(await program.ended, 0, program.errorLines.slice(-20).join('\n'));
      const summary = program.summary();
      assert.equal(summary['settled'], true);
      assert.equal(summary['overLimitS'], 0);
      const moves = summary['moves'] as { done: number; undone: number };
      assert.ok(moves.done >= 1, 'work was moved');
      assert.equal(moves.undone, 0);
      assert.match(program.out, /^as expected +slot 10 has no power from 125 s on/m);
      assert.match(program.out, /^as expected +work leaves slot 3/m);
    });
  });

  it('keeps the blade off until it is dry and an operator gives it power; its work goes on where it was', async () => {
    await inDirectory(async (directory) => {
      const scenario = join(directory, 'leak.json');
      writeFileSync(scenario, JSON.stringify(leakCourse()));
      await RunningChassis.during([...MINERVA, '--scenario', scenario], async (chassis) => {
        const powerOn = () => chassis.call({ method: 'power', slot: 2, action: 'on' });
        const cut = await until('the cut', () => {
          const slot = slotOf(chassis.view, 2);
          return slot?.reason === 'leak, power cut' ? slot : null;
        });
        assert.equal(cut.sled?.power, 'off');
        assert.equal(cut.state, 'unknown');
        await assert.rejects(powerOn(), /still says that there is a leak \(line 114 of sgpio\)/); // H1: 2·(7·8+1)
        assert.deepEqual(chassis.copies('db'), []);
        assert.equal(chassis.copies('web').length, 1);
        await until('it to be dry', () => chassis.view?.events.some(({ code }) => code === 'leak-over') === true);
        assert.equal(slotOf(chassis.view, 2)?.reason, 'leak, power cut');
        await powerOn();
        await chassis.whole();
        assert.equal(slotOf(chassis.view, 2)?.sled?.power, 'on');
        assert.equal(chassis.slotOf('db'), 2);
        await chassis.judge();
      });
    });
  });
});
