// Boards with Modbus devices: which devices are where, what is refused, and a device that only its map describes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBoardFile, type BoardFile } from '../../../hwsim/board-file.ts';
import { Chassis } from '../../../hwsim/chassis.ts';
import { FaultDesk } from '../../../hwsim/faults/fault-desk.ts';
import { parseModbusPlace } from '../../../hwsim/modbus/modbus-place.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';
import { modbusMapSchema } from '../../../src/protocols/modbus/register-map.ts';
import { sampleBoard, sampleChassis } from '../sample-chassis.ts';
import { liquidChassis } from './liquid-chassis.ts';

/** A fan box that nobody has a model of: a duty in tenths of a per cent, a tachometer, a temperature, a name. */
const fanBox = modbusMapSchema.parse({
  format: 'coldslot-modbus-map/1',
  id: 'fan-box',
  name: 'Fan box',
  probe: { at: 0 },
  registers: [
    { name: 'who', at: 0, type: 'string', length: 4, fru: 'serial' },
    { name: 'speed', at: 10, type: 'u16', unit: 'rpm', channel: 'fan1' },
    { name: 'air', at: 11, type: 'i16', scale: 0.1, unit: 'C', channel: 'temp1' },
    { name: 'unused', at: 12, type: 'i16', unit: 'rpm', channel: 'fan2', absent: [-1] },
  ],
  actuators: [{ pwm: 1, at: 20, fullScale: 1000, prepare: [{ at: 21, value: 1 }] }],
});

function boardWith(devices: readonly object[]): BoardFile {
  const board = {
    ...sampleBoard,
    buses: [...sampleBoard.buses, { id: 'shelf', kind: 'modbus-rtu', path: '/dev/ttyS1', baud: 19_200 }],
    devices: [...sampleBoard.devices, ...devices],
    airMovers: [
      {
        id: 'fan0',
        pwm: { device: 'box', channel: 1 },
        tachometers: [
          { device: 'box', channel: 1, fullRpm: 12_000 },
          { device: 'fans', channel: 2, fullRpm: 10_000 },
        ],
      },
    ],
  };
  return parseBoardFile(JSON.stringify(board), 'shelf.json', (names) => (names.includes('fan-box') ? [fanBox] : []));
}

const box = { id: 'box', chip: 'fan-box', bus: 'shelf', address: '0xc8' };
const chassisOf = (board: BoardFile) => {
  const { plant } = sampleChassis();
  return new Chassis({ board, plant, random: seededRandom(1) });
};

describe('a device that only its map describes', () => {
  it('drives the board’s mover as its actuator says, and shows its speed and the air', () => {
    const chassis = chassisOf(boardWith([box]));
    const device = chassis.modbus.device('box') ?? assert.fail('no box');
    assert.equal(device.write(20, [500]), null);
    assert.equal(device.write(21, [1]), null);
    chassis.advance(60);
    const [rpm = 0, tenthsC = 0] = device.read(10, 2) ?? [];
    assert.ok(Math.abs(rpm - 6000) < 60, `${rpm} rpm at half of 12,000`);
    assert.ok(Math.abs(tenthsC / 10 - chassis.truth().ambientC) < 1.8, `${tenthsC}`);
  });

  it('says by the map’s own value that a tachometer is not fitted, and by whose serial number it is', () => {
    const device = chassisOf(boardWith([box])).modbus.device('box');
    assert.deepEqual(device?.read(12, 1), [0xffff]);
    assert.deepEqual(device?.read(0, 4), [0x626f, 0x7800, 0, 0]); // 'box'
    assert.equal(device?.read(4, 1), null);
  });
});

describe('a board with Modbus devices is refused', () => {
  it('when two are at one address', () => {
    const board = boardWith([box, { ...box, id: 'twin' }]);
    assert.throws(() => chassisOf(board), /unit 200 on shelf is taken by box/);
  });

  it('when there is no map of that name', () => {
    const board = boardWith([box, { ...box, id: 'other', chip: 'pump-box', address: '0x10' }]);
    assert.throws(() => chassisOf(board), /there is no register map pump-box/);
  });

  it('when a device on I2C has an address that I2C has not', () => {
    assert.throws(
      () => boardWith([{ id: 'x', chip: 'tmp75', bus: 'aux', address: '0xc8' }]),
      /expected a 7-bit I2C address/,
    );
  });

  it('when its map has another unit than the simulated device', () => {
    const psu = { ...fanBox, id: 'orv3-psu', registers: [{ ...fanBox.registers[1]!, at: 82 }] };
    const parsed = modbusMapSchema.parse(psu);
    const board = { ...boardWith([box, { ...box, id: 'psu', chip: 'orv3-psu', address: '0x10' }]) };
    const maps = new Map([...board.maps, ['orv3-psu', parsed]]);
    assert.throws(() => chassisOf({ ...board, maps }), /has the unit 'rpm', the simulated device 'W'/);
  });
});

describe('a scenario’s faults on Modbus', () => {
  it('silence a device, a bus, disturb a line, spill coolant, until they are healed', () => {
    const { chassis } = liquidChassis();
    const desk = new FaultDesk(chassis, () => {});
    const shelf = chassis.modbus.bus('shelf', new VirtualClock(), seededRandom(1));
    const coolant = chassis.modbus.bus('coolant', new VirtualClock(), seededRandom(1));
    const read = (at: number) => Uint8Array.of(3, at >> 8, at & 0xff, 0, 1);
    const psu = () => shelf.serve(200, read(82));
    const leaks = () => coolant.serve(12, read(37_378));
    assert.equal(psu().kind, 'answer');
    desk.apply({ kind: 'device-nack', device: 'psu0' });
    assert.equal(psu().kind, 'silence');
    desk.apply({ kind: 'heal', name: 'psu0' });
    desk.apply({ kind: 'bus-hung', bus: 'shelf' });
    assert.equal(psu().kind, 'silence');
    assert.equal(leaks().kind, 'answer', 'the other bus');
    desk.apply({ kind: 'heal', name: 'shelf' });
    desk.apply({ kind: 'line-noise', bus: 'shelf', rate: 1 });
    const noisy = psu();
    assert.ok(noisy.kind === 'answer' && noisy.damaged);
    desk.apply({ kind: 'heal', name: 'shelf' });
    desk.apply({ kind: 'coolant-leak', device: 'pumping-unit' });
    const spilt = leaks();
    assert.ok(spilt.kind === 'answer');
    assert.deepEqual([...spilt.pdu], [3, 2, 0, 1 << 4]);
    assert.throws(() => desk.apply({ kind: 'line-noise', bus: 'chassis', rate: 1 }), /the board has no such bus/);
  });
});

describe('the place of a Modbus bus', () => {
  it('is a port or a serial line', () => {
    assert.deepEqual(parseModbusPlace('shelf=tcp://127.0.0.1:1502'), {
      bus: 'shelf',
      place: { kind: 'tcp', host: '127.0.0.1', port: 1502 },
    });
    assert.deepEqual(parseModbusPlace('a.b=serial:/dev/pts/5'), {
      bus: 'a.b',
      place: { kind: 'serial', path: '/dev/pts/5' },
    });
  });

  it('is nothing else', () => {
    for (const text of [
      'shelf',
      'shelf=',
      '=tcp://h:1',
      'shelf=tcp://h',
      'shelf=tcp://h:70000',
      'shelf=serial:pts/5',
    ]) {
      assert.throws(() => parseModbusPlace(text), /is not a bus and its place/, text);
    }
  });
});
