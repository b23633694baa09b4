// Random kills of controller, guardian and agents while work moves, on the embedded broker, which dies with its
// controller. With mosquitto: test/peers.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { campaign, campaignSeed, deathsOf } from './campaign.ts';
import { RunningChassis, SCENARIOS } from './running-chassis.ts';

const MOVES = 12;

describe('Random deaths while work moves', () => {
  it('lose nothing, double nothing and leave nothing open', async (test) => {
    const seed = campaignSeed();
    test.diagnostic(`COLDSLOT_SEED=${seed} asks for the same Moves and deaths again`);
    await RunningChassis.during(['--scenario', join(SCENARIOS, 'quiet.json'), '--speed', '2'], async (chassis) => {
      const result = await campaign(chassis, deathsOf(chassis), MOVES, seed);
      test.diagnostic(`${result.done} Moves done, ${result.undone} undone, ${result.deaths} deaths`);
      await chassis.judge();
      assert.ok(result.done > 0, 'some Moves came through');
    });
  });
});
