// Random deaths again, with mosquitto as the broker that may die as well.
import { describe, it } from 'node:test';
import { join } from 'node:path';
import { campaign, campaignSeed, deathsOf } from '../simulation/campaign.ts';
import { RunningChassis, SCENARIOS } from '../simulation/running-chassis.ts';
import { skipWithout } from './installed.ts';
import { Mosquitto } from './mosquitto-broker.ts';

const MOVES = 8;

describe('Random deaths while work moves through mosquitto', { skip: skipWithout('mosquitto') }, () => {
  it('lose nothing, the broker’s own deaths among them', async (test) => {
    const seed = campaignSeed();
    test.diagnostic(`COLDSLOT_SEED=${seed} asks for the same Moves and deaths again`);
    const broker = await Mosquitto.start();
    try {
      const args = ['--scenario', join(SCENARIOS, 'quiet.json'), '--speed', '2', '--broker', broker.url];
      await RunningChassis.during(args, async (chassis) => {
        const brokerDies = async () => {
          await broker.kill();
          await broker.run();
        };
        const result = await campaign(chassis, { ...deathsOf(chassis), broker: brokerDies }, MOVES, seed);
        test.diagnostic(`${result.done} Moves done, ${result.undone} undone, ${result.deaths} deaths`);
        await chassis.judge();
      });
    } finally {
      await broker.end();
    }
  });
});
