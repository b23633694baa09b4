// kill -9 of every part at every state of a Move, with real processes. A broker in the test keeps back the command that
// leads out of the state, or the answer to it, so that the Move stands there while the victim dies.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { MoveStateName } from '../../src/core/view.ts';
import type { AgentVerb } from '../../src/protocols/agent-messages.ts';
import { until } from '../hwsim/child-process.ts';
import { GatedBroker, type Way } from './gated-broker.ts';
import { RunningChassis, SCENARIOS } from './running-chassis.ts';
import { step } from './steps.ts';

/** DESIGN, Moves: the verb that leads out of each state in which a Move waits for an agent. */
const STATES: readonly { readonly state: MoveStateName; readonly verb: AgentVerb }[] = [
  { state: 'planned', verb: 'stage' },
  { state: 'staged', verb: 'freeze' },
  { state: 'frozen', verb: 'ship' },
  { state: 'shipped', verb: 'thaw' },
  { state: 'committed', verb: 'commit' },
  { state: 'claimed', verb: 'fence' },
];
const VICTIMS = ['controller', 'source', 'destination'] as const;
/** The one that is moved, between slots 1 and 2 of the quiet scenario. */
const WORKLOAD = 'web-1';

describe('A Move outlives the death of any process', () => {
  let broker: GatedBroker;
  before(async () => {
    broker = await GatedBroker.start();
  });
  after(() => broker.close());

  it('at every state, before and after its verb was done', async (test) => {
    const args = ['--scenario', join(SCENARIOS, 'quiet.json'), '--speed', '2', '--broker', broker.url];
    await RunningChassis.during(args, async (chassis) => {
      for (const { state, verb } of STATES) {
        for (const way of ['command', 'answer'] as const) {
          for (const victim of VICTIMS) {
            await step(test, `${state}, ${verb} ${way} on its way, the ${victim} is killed`, async () => {
              await oneKill(chassis, { broker, state, verb, way, victim });
            });
          }
        }
        await step(test, `${state}, the guardian is killed`, async () => {
          const ended = await oneKill(chassis, { broker, state, verb, way: 'command', victim: 'guardian' });
          assert.equal(ended, 'done', 'Moves need no guardian');
        });
      }
      await step(test, 'in the end each workload runs once and has counted on', () => chassis.judge());
    });
  });
});

interface Case {
  readonly broker: GatedBroker;
  readonly state: MoveStateName;
  readonly verb: AgentVerb;
  readonly way: Way;
  readonly victim: (typeof VICTIMS)[number] | 'guardian';
}

/** One Move with one death; how it ended. */
async function oneKill(chassis: RunningChassis, { broker, state, verb, way, victim }: Case): Promise<string> {
  const from = chassis.slotOf(WORKLOAD) === 1 ? 1 : 2;
  const to = from === 1 ? 2 : 1;
  const lastEpoch = Math.max(0, ...[...chassis.moves.values()].map((move) => move.epoch));
  const countBefore = chassis.count(WORKLOAD);
  const gate = broker.hold(verb, way);
  try {
    const { id } = await chassis.move(WORKLOAD, to);
    await gate.caught;
    await until(`Move ${id} to be ${state}`, () => chassis.moves.get(id)?.state === state);
    if (victim === 'source') await chassis.killAgent(`sled${from}`);
    else if (victim === 'destination') await chassis.killAgent(`sled${to}`);
    else await chassis.kill(victim);
    gate.open();

    const ended = await chassis.moveEnded(id);
    await chassis.whole();
    assert.ok(ended.epoch > lastEpoch, `epoch ${ended.epoch} follows ${lastEpoch}`);
    const home = ended.state === 'done' ? to : from;
    assert.equal(chassis.slotOf(WORKLOAD), home, `${ended.state}: ${ended.error}`);
    const copies = chassis.copies(WORKLOAD);
    assert.deepEqual(
      copies.map((copy) => copy.sled),
      [`sled${home}`],
    );
    await until(`${WORKLOAD} to count beyond ${countBefore}`, () => chassis.count(WORKLOAD) > countBefore);
    return ended.state;
  } finally {
    gate.open();
  }
}
