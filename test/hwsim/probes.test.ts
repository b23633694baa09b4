// What a sensor shows that more than one slot is judged by, as the network cards of Yosemite V4 are.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../src/core/random.ts';
import { loadBoardFile } from '../../hwsim/board-file.ts';
import { FaultSwitches } from '../../hwsim/faults/fault-switches.ts';
import { SensorNoise } from '../../hwsim/plant/sensor-noise.ts';
import { ProbeBench } from '../../hwsim/probes.ts';

const none = { sigma: 0, relativeSigma: 0, biasSigma: 0, relativeBiasSigma: 0 };
const exact = { temperature: none, voltage: none, current: none, power: none, speed: none };

describe('a temperature sensor that slots 5 and 6 share', () => {
  const board = loadBoardFile(new URL('../../boards/yosemite-v4.json', import.meta.url).pathname);
  const device = board.devices.find(({ channels }) => channels.some(({ sensor }) => sensor === 'nic2_temp'));
  const slot = (number: number, present: boolean, cpuC: number) => {
    const rest = { powered: present, inletC: 25, memoryC: 30, outletC: 30, powerW: 0, supplyV: 12 };
    return [number, { slot: number, present, cpuC, ...rest }] as const;
  };
  const shown = (...slots: ReturnType<typeof slot>[]) => {
    const truth = { timeS: 0, ambientC: 24, slots: new Map(slots), fans: new Map() };
    const noise = new SensorNoise(seededRandom(1), exact);
    assert.ok(device !== undefined);
    return new ProbeBench(board, () => truth, noise, new FaultSwitches()).temperature(device, 'temp1', 'none')?.();
  };

  it('shows the hotter of them, whichever it is', () => {
    assert.equal(shown(slot(5, true, 61), slot(6, true, 70)), 70);
    assert.equal(shown(slot(5, true, 71), slot(6, true, 60)), 71);
  });

  it('leaves out a sled that is pulled, and shows the air without any', () => {
    assert.equal(shown(slot(5, false, 71), slot(6, true, 60)), 60);
    assert.equal(shown(slot(5, false, 71), slot(6, false, 60)), 24);
  });
});
