// A random campaign against a running chassis: Moves of random work to random slots, and deaths at random moments. The
// seed decides what is asked for; when exactly it strikes depends on the machine.
import assert from 'node:assert/strict';
import { seededRandom } from '../../src/core/random.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { until } from '../hwsim/child-process.ts';
import { pause, type RunningChassis } from './running-chassis.ts';

/** Who may be killed. What an entry does resolves when the victim is gone. */
export type Deaths = Readonly<Record<string, (at: { from: string; to: string }) => Promise<void>>>;

/** A Move takes about a second from Planned to Done. */
const STRIKE_WITHIN_MS = 1200;

/** COLDSLOT_SEED, or a new one each time. */
export function campaignSeed(): number {
  const given = Number(process.env['COLDSLOT_SEED']);
  return Number.isInteger(given) && given > 0 ? given : (Date.now() % 1_000_000) + 1;
}

export function deathsOf(chassis: RunningChassis): Deaths {
  return {
    controller: () => chassis.kill('controller'),
    guardian: () => chassis.kill('guardian'),
    source: ({ from }) => chassis.killAgent(from),
    destination: ({ to }) => chassis.killAgent(to),
  };
}

export interface CampaignResult {
  readonly done: number;
  readonly undone: number;
  readonly deaths: number;
}

export async function campaign(
  chassis: RunningChassis,
  deaths: Deaths,
  moves: number,
  seed: number,
): Promise<CampaignResult> {
  const random = seededRandom(seed);
  const result = { done: 0, undone: 0, deaths: 0 };
  const pinned = chassis.view?.workloads.filter((workload) => workload.pinned).map((workload) => workload.id) ?? [];
  const movable = chassis.workloads.filter((id) => !pinned.includes(id));
  const slots = chassis.view?.slots.map((slot) => slot.slot) ?? [];
  for (let number = 0; number < moves; number++) {
    const workload = random.pick(movable);
    const from = chassis.slotOf(workload);
    const to = random.pick(slots.filter((slot) => slot !== from));
    const victims = Object.keys(deaths).filter(() => random.next() < 0.4);
    const strikesMs = victims.map(() => random.next() * STRIKE_WITHIN_MS);
    const lastEpoch = epochOf(chassis, workload);
    const move = await chassis.move(workload, to).catch((error: unknown) => {
      if (error instanceof ColdslotError && error.code === 'refused') return null; // no room there
      throw error;
    });
    if (move === null) continue;
    const at = { from: `sled${from}`, to: `sled${to}` };
    const strikes = victims.map(async (victim, index) => {
      await pause(strikesMs[index] ?? 0);
      await deaths[victim]?.(at);
      result.deaths++;
    });
    await Promise.all(strikes);
    const ended = await chassis.moveEnded(move.id);
    await chassis.whole();
    assert.ok(ended.epoch > lastEpoch, `Move ${number} of ${workload}: epoch ${ended.epoch} follows ${lastEpoch}`);
    assert.equal(chassis.slotOf(workload), ended.state === 'done' ? to : from, `Move ${number}: ${ended.error}`);
    const count = chassis.count(workload);
    await until(`${workload} to count beyond ${count}`, () => chassis.count(workload) > count);
    result[ended.state === 'done' ? 'done' : 'undone']++;
  }
  return result;
}

function epochOf(chassis: RunningChassis, workload: string): number {
  return Math.max(
    0,
    ...[...chassis.moves.values()].filter((move) => move.workload === workload).map((move) => move.epoch),
  );
}
