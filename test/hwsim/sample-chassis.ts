// A small chassis for tests: two slots behind a switch, one dual-rotor fan, every kind of line.
import { seededRandom } from '../../src/core/random.ts';
import { parseBoardFile, type BoardFile } from '../../hwsim/board-file.ts';
import { Chassis } from '../../hwsim/chassis.ts';
import { defaultPlantFor } from '../../hwsim/plant/default-plant.ts';
import { Plant } from '../../hwsim/plant/plant.ts';

function sledDevices(slot: number) {
  return [
    {
      id: `s${slot}-tmp`,
      chip: 'tmp421',
      bus: `slot${slot}`,
      address: '0x4f',
      slot,
      channels: [
        { channel: 'temp1', sensor: `s${slot}-inlet` },
        { channel: 'temp2', sensor: `s${slot}-cpu`, limits: { criticalHigh: 80 } },
      ],
    },
    {
      id: `s${slot}-power`,
      chip: 'ina230',
      bus: `slot${slot}`,
      address: '0x45',
      slot,
      shuntMicroOhm: 1000,
      channels: [{ channel: 'power1', sensor: `s${slot}-watt` }],
    },
    { id: `s${slot}-fru`, chip: '24c64', bus: `slot${slot}`, address: '0x54', slot },
  ];
}

function sledSlot(slot: number) {
  return {
    number: slot,
    row: 0,
    column: slot - 1,
    limitC: 85,
    presence: { bus: 'gpio0', line: slot, activeLow: true },
    alert: slot === 1 ? { bus: 'gpio0', line: 21, activeLow: true } : { device: 'expander', pin: 14, activeLow: true },
    power: { enable: { device: 'expander', pin: slot }, good: { device: 'expander', pin: 8 + slot } },
    sensors: { temperature: `s${slot}-cpu`, inlet: `s${slot}-inlet`, power: `s${slot}-watt` },
    fru: `s${slot}-fru`,
  };
}

export const sampleBoard = {
  id: 'sample',
  buses: [
    { id: 'main', kind: 'i2c', number: 0, clockHz: 400_000 },
    { id: 'aux', kind: 'i2c', number: 1, clockHz: 100_000 },
    { id: 'gpio0', kind: 'gpio', chip: 'gpiochip0' },
  ],
  muxes: [
    {
      id: 'switch',
      chip: 'pca9548',
      bus: 'main',
      address: '0x70',
      channels: [
        { channel: 0, id: 'slot1' },
        { channel: 1, id: 'slot2' },
      ],
    },
  ],
  devices: [
    ...sledDevices(1),
    ...sledDevices(2),
    { id: 'expander', chip: 'pca9555', bus: 'aux', address: '0x20' },
    { id: 'fans', chip: 'max31790', bus: 'aux', address: '0x2f' },
    { id: 'ambient', chip: 'tmp75', bus: 'aux', address: '0x48', channels: [{ channel: 'temp1', sensor: 'room' }] },
  ],
  airMovers: [
    {
      id: 'fan0',
      pwm: { device: 'fans', channel: 1 },
      tachometers: [
        { device: 'fans', channel: 1, fullRpm: 12_000 },
        { device: 'fans', channel: 2, fullRpm: 10_000 },
      ],
    },
  ],
  slots: [sledSlot(1), sledSlot(2)],
};

export function sampleChassis(present: readonly number[] = [1, 2]): {
  board: BoardFile;
  plant: Plant;
  chassis: Chassis;
} {
  const board = parseBoardFile(JSON.stringify(sampleBoard), 'sample.json');
  const slots = board.slots.map(({ number, row, column }) => ({ slot: number, row, column }));
  const parameters = defaultPlantFor('sample', slots, [{ id: 'fan0', fullRpm: [12_000, 10_000] }]);
  const limits = new Map([
    [1, 85],
    [2, 85],
  ]);
  const plant = new Plant({ parameters, limits, present: new Set(present) });
  return { board, plant, chassis: new Chassis({ board, plant, random: seededRandom(7) }) };
}
