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

describe('power monitors of chassis parts', () => {
  const board = loadBoardFile(new URL('../../boards/minerva-cmm.json', import.meta.url).pathname);
  const fan = (id: string, powerW: number) => [id, { id, rpm: [9000, 9000], powerW }] as const;
  const truth = { timeS: 0, ambientC: 24, slots: new Map(), fans: new Map([fan('fan1', 100), fan('fan2', 25)]) };
  const bench = new ProbeBench(board, () => truth, new SensorNoise(seededRandom(1), exact), new FaultSwitches());
  const measured = (id: string) => {
    const device = board.devices.find((entry) => entry.id === id);
    assert.ok(device !== undefined);
    return { volts: bench.busVoltage(device)(), amps: bench.current(device)() };
  };

  it('show what their fan draws, at the middle of what its rail may have: 46 to 54 V', () => {
    assert.deepEqual(measured('fcb1-monitor1'), { volts: 50, amps: 2 });
    assert.deepEqual(measured('fcb1-monitor2'), { volts: 50, amps: 0.5 });
  });

  it('show a steady load well under the limit on a rail of the controller itself: 0.3 of 8.33 A at 24 V', () => {
    const { volts, amps } = measured('cmm-24v');
    assert.equal(volts, 24);
    assert.ok(Math.abs(amps - 2.499) < 1e-9);
  });

  it('show all that the chassis draws where nothing is said of the rail', () => {
    assert.equal(measured('pdb-48v').volts, 50.5);
    assert.ok(Math.abs(measured('pdb-48v').amps - 125 / 50.5) < 1e-9);
  });
});
