// Water at a detector pulls its line, whatever becomes of the slot's power; sleds without an agent have no work.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';
import { parseBoardFile } from '../../hwsim/board-file.ts';
import { Chassis } from '../../hwsim/chassis.ts';
import { FaultDesk } from '../../hwsim/faults/fault-desk.ts';
import { defaultPlant } from '../../hwsim/plant-for-board.ts';
import { Plant } from '../../hwsim/plant/plant.ts';
import { parseScenario } from '../../hwsim/scenario.ts';
import { sampleBoard } from './sample-chassis.ts';
import { smallScenario } from './scenario/scenarios.ts';

function wetChassis() {
  const slots = sampleBoard.slots.map((slot) =>
    slot.number === 1 ? { ...slot, leak: { bus: 'gpio0', line: 41, activeLow: true } } : slot,
  );
  const leaks = [{ id: 'sump', line: { device: 'expander', pin: 15, activeLow: false }, cuts: 'all' }];
  const board = parseBoardFile(JSON.stringify({ ...sampleBoard, slots, leaks }), 'wet.json');
  const limits = new Map(board.slots.map((slot) => [slot.number, slot.limitC]));
  const plant = new Plant({ parameters: defaultPlant(board), limits });
  const chassis = new Chassis({ board, plant, random: seededRandom(1) });
  return { chassis, desk: new FaultDesk(chassis, () => {}) };
}

describe('a leak', () => {
  it('pulls the line of its slot until it is dry, also while the slot has no power', () => {
    const { chassis, desk } = wetChassis();
    const line = chassis.lines.gpio('gpio0:41');
    const edges: number[] = [];
    line?.watch((level) => edges.push(level));
    assert.equal(line?.level, 1);
    desk.apply({ kind: 'leak', place: 1, wet: true });
    assert.equal(line.level, 0);
    chassis.lines.pin('expander', 1).drive(0); // slot 1's enable
    assert.equal(chassis.bay(1).state, 'off');
    chassis.advance(5);
    assert.equal(line.level, 0);
    desk.apply({ kind: 'leak', place: 1, wet: false });
    assert.deepEqual(edges, [0, 1]);
  });

  it('at a chassis detector is a level of its pin: pin 15 is bit 7 of the second input register, active high', async () => {
    const { chassis, desk } = wetChassis();
    const input = async () => {
      const answer = await chassis.bus('aux').transfer(0x20, Uint8Array.of(1), 1);
      return answer.kind === 'ok' ? (answer.data[0] ?? 0) & 0x80 : assert.fail(answer.detail);
    };
    assert.equal(await input(), 0);
    desk.apply({ kind: 'leak', place: 'sump', wet: true });
    assert.equal(await input(), 0x80);
  });

  it('where the board has no detector is refused, with the ones it has', () => {
    const { desk } = wetChassis();
    assert.throws(
      () => desk.apply({ kind: 'leak', place: 2, wet: true }),
      (error) => error instanceof ColdslotError && error.code === 'not-found' && error.hint === 'it has 1, sump',
    );
  });
});

describe('a sled without an agent', () => {
  it('may be in a scenario, but can have no work', () => {
    const scenario = smallScenario();
    const [first, second] = scenario.sleds;
    assert.ok(first !== undefined && second !== undefined);
    const idle = { ...second, agent: false, workloads: [] };
    assert.equal(parseScenario(JSON.stringify({ ...scenario, sleds: [first, idle] }), 's.json').sleds[1]?.agent, false);
    assert.throws(
      () => parseScenario(JSON.stringify({ ...scenario, sleds: [{ ...first, agent: false }, second] }), 's.json'),
      /expected none on a sled without an agent/,
    );
  });
});
