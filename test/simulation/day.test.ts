// Some hours of a chassis in virtual time, the same for everybody: what coldslot makes of them beside fans alone, and that
// nothing it does breaks what a chassis must keep.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fansOnly } from '../placement/peers/fans-only.ts';
import { ColdslotMind } from './day/coldslot-mind.ts';
import { dayCourse } from './day/course.ts';
import { PeerMind } from './day/peer-mind.ts';
import { dayPlants, type DayPlant } from './day/plants.ts';
import { runDay, type DayOptions, type DayRun } from './day/run.ts';
import type { Work } from './day/work.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LENGTH_S = 2 * 3600;
/** No workload is moved more often than this in an hour (planner-policy: movesPerHour). */
const MOVES_PER_HOUR = 4;

const withColdslot: DayOptions['mind'] = (board, work) => new ColdslotMind(board, work);
const withFansOnly: DayOptions['mind'] = (board, work, body) => new PeerMind(fansOnly(), board, work, body);

function hours(plant: DayPlant, mind: DayOptions['mind'], lengthS = LENGTH_S): Promise<DayRun> {
  const course = dayCourse({ seed: 3, slots: plant.board.slots.length, lengthS });
  return runDay({ plant, course, lengthS, seed: 3, mind });
}

for (const plant of dayPlants(ROOT).filter(({ name }) => name === 'standard' || name === 'mixed')) {
  describe(`two hours of the plant ${plant.name}`, () => {
    let coldslot: DayRun;
    let fans: DayRun;
    const crowded: string[] = [];

    before(async () => {
      fans = await hours(plant, withFansOnly);
      coldslot = await hours(plant, (board, work, body) => {
        const mind = withColdslot(board, work, body);
        return {
          name: mind.name,
          take: (frame) => {
            crowded.push(...overfull(plant, work));
            return mind.take(frame);
          },
        };
      });
    });

    it('take less fan energy with coldslot than with fans alone, and no slot is over its limit', (test) => {
      test.diagnostic(`${shown(coldslot)}; ${shown(fans)}`);
      assert.ok(coldslot.fanEnergyJ < 0.8 * fans.fanEnergyJ, shown(coldslot));
      assert.equal(coldslot.overLimitS, 0);
      assert.equal(fans.moves, 0);
    });

    it('see work moved, but never more than the budget allows', () => {
      assert.ok(coldslot.moves > 0);
      for (const { workload, atS } of coldslot.marks) {
        const lately = coldslot.marks.filter((mark) => mark.workload === workload && Math.abs(mark.atS - atS) < 1800);
        assert.ok(lately.length <= MOVES_PER_HOUR, `${workload} was moved ${lately.length} times in an hour`);
      }
    });

    it('never see a slot hold more than it has, with what is coming counted', () => {
      assert.deepEqual(crowded, []);
    });
  });
}

describe('a run', () => {
  it('is the same every time', async () => {
    const [plant] = dayPlants(ROOT);
    assert.ok(plant !== undefined);
    const [first, second] = [await hours(plant, withColdslot, 900), await hours(plant, withColdslot, 900)];
    assert.deepEqual(first, second);
  });
});

/** Slots in which work and work on its way demand more than there is. */
function overfull({ board }: DayPlant, work: Work): string[] {
  return board.slots.flatMap(({ number, capacity }) => {
    const here = [...work.running.values()].filter(({ slot, move }) => slot === number || move?.to === number);
    const over = (['cpu', 'memoryGiB'] as const).filter(
      (name) => here.reduce((sum, { workload }) => sum + workload.demand[name], 0) > (capacity[name] ?? 0),
    );
    return over.map((name) => `${name} in slot ${number}`);
  });
}

function shown({ mind, fanEnergyJ, peakC, overLimitS, moves }: DayRun): string {
  return `${mind}: ${(fanEnergyJ / 1000).toFixed(0)} kJ, peak ${peakC.toFixed(1)} °C, ${overLimitS} s over, ${moves} moves`;
}
