// A chassis made from a board file: sensors show the plant's truth, lines and faults act on it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError } from '../../src/core/errors.ts';
import { signed } from '../../src/core/units.ts';
import { parseBoardFile } from '../../hwsim/board-file.ts';
import type { Chassis } from '../../hwsim/chassis.ts';
import { FaultDesk } from '../../hwsim/faults/fault-desk.ts';
import { sampleBoard, sampleChassis } from './sample-chassis.ts';

async function read(chassis: Chassis, bus: string, address: number, pointer: number[], length: number) {
  const answer = await chassis.bus(bus).transfer(address, Uint8Array.from(pointer), length);
  return answer.kind === 'ok' ? Buffer.from(answer.data) : answer.error;
}

async function bytesOf(chassis: Chassis, bus: string, address: number, pointer: number[], length: number) {
  const data = await read(chassis, bus, address, pointer, length);
  if (typeof data === 'string') assert.fail(`expected data, got ${data}`);
  return data;
}

async function remoteC(chassis: Chassis, slot: number): Promise<number> {
  const data = await bytesOf(chassis, `slot${slot}`, 0x4f, [0x01], 2);
  return signed(data.readUInt16BE(0), 16) / 256;
}

const write = (chassis: Chassis, bus: string, address: number, ...values: number[]) =>
  chassis.bus(bus).transfer(address, Uint8Array.from(values), 0);

const desk = (chassis: Chassis) => new FaultDesk(chassis, () => {});

describe('a simulated chassis', () => {
  it('shows a slot’s temperature within the sensor’s noise and step', async () => {
    const { chassis, plant } = sampleChassis();
    plant.setSlotLoadPower(1, 200);
    chassis.advance(120);
    const trueC = chassis.truth().slots.get(1)?.cpuC ?? 0;
    assert.ok(trueC > 35);
    // bias 3σ 0.9 K, noise 3σ 0.36 K, half a step 0.03 K
    assert.ok(Math.abs((await remoteC(chassis, 1)) - trueC) < 1.4);
  });

  it('shows a sled’s power through its shunt and calibration', async () => {
    const { chassis, plant } = sampleChassis();
    plant.setSlotLoadPower(1, 200);
    chassis.advance(60);
    const trueW = chassis.truth().slots.get(1)?.powerW ?? 0;
    // INA230: calibration = 0.00512 / (LSB · R) = 0.00512 / (1 mA · 1 mΩ) = 5120; power LSB 25 mW
    await write(chassis, 'slot1', 0x45, 5, 0x14, 0x00);
    const shownW = (await bytesOf(chassis, 'slot1', 0x45, [3], 2)).readUInt16BE(0) * 0.025;
    assert.ok(Math.abs(shownW - trueW) < 0.03 * trueW, `${shownW} W shown, ${trueW} W true`);
  });

  it('turns its fans with the duty that the fan controller drives, and counts their tachometers', async () => {
    const { chassis } = sampleChassis();
    await write(chassis, 'aux', 0x2f, 0x02, 0x08, 0x18);
    await write(chassis, 'aux', 0x2f, 0x40, 0x80, 0x00);
    chassis.advance(30);
    const [rpm = 0] = chassis.truth().fans.get('fan0')?.rpm ?? [];
    assert.ok(Math.abs(rpm - 6000) < 400, `${rpm} rpm`);
    const count = (await bytesOf(chassis, 'aux', 0x2f, [0x18], 2)).readUInt16BE(0) >> 5;
    assert.ok(Math.abs((60 * 4 * 8192) / (2 * count) - rpm) < 0.02 * rpm);
  });

  it('takes the fans to full speed when nobody talks to the fan controller’s watchdog', async () => {
    const { chassis } = sampleChassis();
    await write(chassis, 'aux', 0x2f, 0x40, 0x20, 0x00);
    await write(chassis, 'aux', 0x2f, 0x00, 0x22);
    chassis.advance(4.5);
    const before = chassis.truth().fans.get('fan0')?.rpm[0] ?? 0;
    chassis.advance(15);
    const after = chassis.truth().fans.get('fan0')?.rpm[0] ?? 0;
    assert.ok(before < 4000 && after > 11_500, `${before} rpm, then ${after}`);
  });

  it('names its sled in the FRU EEPROM', async () => {
    const { chassis } = sampleChassis();
    const image = await bytesOf(chassis, 'slot2', 0x54, [0, 0], 256);
    assert.equal(image.subarray(0, 8).reduce((sum, value) => sum + value, 0) % 256, 0);
    const product = image.subarray((image[4] ?? 0) * 8);
    const area = product.subarray(0, (product[1] ?? 0) * 8);
    assert.equal(area.reduce((sum, value) => sum + value, 0) % 256, 0);
    const fields: string[] = [];
    for (let at = 3; area[at] !== 0xc1; at += 1 + ((area[at] ?? 0) & 0x3f)) {
      fields.push(area.toString('latin1', at + 1, at + 1 + ((area[at] ?? 0) & 0x3f)));
    }
    assert.deepEqual(fields.slice(0, 2), ['Coldslot Works', 'Simulated sled']);
    assert.equal(fields[4], 'sled2');
  });
});

describe('a slot', () => {
  it('is silent while its sled is out, and comes back with its chips reset', async () => {
    const { chassis } = sampleChassis();
    await write(chassis, 'slot1', 0x45, 5, 0x14, 0x00);
    desk(chassis).apply({ kind: 'sled-pull', slot: 1 });
    assert.equal(chassis.lines.gpio('gpio0:1')?.level, 1);
    assert.equal(await read(chassis, 'slot1', 0x45, [5], 2), 'nack');
    assert.equal(await read(chassis, 'slot1', 0x54, [0, 0], 1), 'nack');
    chassis.advance(1);
    assert.equal(chassis.truth().slots.get(1)?.present, false);
    desk(chassis).apply({ kind: 'sled-push', slot: 1 });
    assert.equal(chassis.lines.gpio('gpio0:1')?.level, 0);
    assert.equal((await bytesOf(chassis, 'slot1', 0x45, [5], 2)).toString('hex'), '0000');
  });

  it('loses power when its enable line says so, and only its EEPROM goes on answering', async () => {
    const { chassis } = sampleChassis();
    const states: string[] = [];
    chassis.bay(1).onChange((state) => states.push(state));
    await write(chassis, 'aux', 0x20, 2, 0x00); // latch low, pin 1 is slot 1's enable
    await write(chassis, 'aux', 0x20, 6, 0xfd);
    assert.deepEqual(states, ['off']);
    assert.equal((await bytesOf(chassis, 'aux', 0x20, [1], 1))[0], 0xfd); // pin 9: power not good
    assert.equal(await read(chassis, 'slot1', 0x4f, [0], 1), 'nack');
    assert.equal((await bytesOf(chassis, 'slot1', 0x54, [0, 0], 1))[0], 0x01);
    chassis.advance(1);
    assert.equal(chassis.truth().slots.get(1)?.powered, false);
    await write(chassis, 'aux', 0x20, 2, 0x02);
    assert.deepEqual(states, ['off', 'on']);
    assert.equal((await bytesOf(chassis, 'slot1', 0x4f, [0xfe], 1))[0], 0x55);
  });

  it('has power while nobody drives its enable line', () => {
    const { chassis } = sampleChassis([1]);
    assert.equal(chassis.bay(1).state, 'on');
    assert.equal(chassis.bay(2).state, 'empty');
  });
});

describe('a fault', () => {
  it('keeps a stuck sensor at its last value until healed', async () => {
    const { chassis, plant } = sampleChassis();
    chassis.advance(10);
    const before = await remoteC(chassis, 1);
    desk(chassis).apply({ kind: 'sensor-stuck', sensor: 's1-cpu' });
    plant.setSlotLoadPower(1, 300);
    chassis.advance(120);
    assert.equal(await remoteC(chassis, 1), before);
    desk(chassis).apply({ kind: 'heal', name: 's1-cpu' });
    assert.ok((await remoteC(chassis, 1)) > before + 5);
  });

  it('silences one device', async () => {
    const { chassis } = sampleChassis();
    desk(chassis).apply({ kind: 'device-nack', device: 's1-tmp' });
    assert.equal(await read(chassis, 'slot1', 0x4f, [0], 1), 'nack');
    assert.equal(typeof (await read(chassis, 'slot2', 0x4f, [0], 1)), 'object');
    desk(chassis).apply({ kind: 'heal', name: 's1-tmp' });
    assert.equal(typeof (await read(chassis, 'slot1', 0x4f, [0], 1)), 'object');
  });

  it('behind a silent switch silences all its channels', async () => {
    const { chassis } = sampleChassis();
    desk(chassis).apply({ kind: 'device-nack', device: 'switch' });
    assert.equal(await read(chassis, 'slot2', 0x4f, [0], 1), 'nack');
  });

  it('stalls one rotor', () => {
    const { chassis } = sampleChassis();
    desk(chassis).apply({ kind: 'fan-health', fan: 'fan0', rotor: 1, factor: 0 });
    chassis.advance(60);
    const [first = 0, second = 1] = chassis.truth().fans.get('fan0')?.rpm ?? [];
    assert.ok(first > 3000 && second < 1, `${first} and ${second} rpm`);
  });

  for (const action of [
    { kind: 'sensor-stuck', sensor: 'nothing' },
    { kind: 'device-nack', device: 'nothing' },
    { kind: 'bus-hung', bus: 'nothing' },
    { kind: 'sled-pull', slot: 9 },
    { kind: 'block-slot', slot: 9, openness: 0.5 },
  ] as const) {
    it(`is refused for a ${action.kind} that the board has not`, () => {
      const { chassis } = sampleChassis();
      assert.throws(
        () => desk(chassis).apply(action),
        (error) => error instanceof ColdslotError && error.code === 'not-found',
      );
    });
  }
});

describe('a board file', () => {
  it('with an address used twice is refused', async () => {
    const { Chassis } = await import('../../hwsim/chassis.ts');
    const { seededRandom } = await import('../../src/core/random.ts');
    const twice = {
      ...sampleBoard,
      devices: [...sampleBoard.devices, { id: 'x', chip: 'tmp75', bus: 'aux', address: '0x2f' }],
    };
    const board = parseBoardFile(JSON.stringify(twice), 'twice.json');
    const { plant } = sampleChassis();
    assert.throws(() => new Chassis({ board, plant, random: seededRandom(1) }), /0x2f on aux is taken by fans/);
  });

  it('with a chip that is not simulated says which are', async () => {
    const { Chassis } = await import('../../hwsim/chassis.ts');
    const { seededRandom } = await import('../../src/core/random.ts');
    const odd = {
      ...sampleBoard,
      devices: [...sampleBoard.devices, { id: 'x', chip: 'z80', bus: 'aux', address: '0x10' }],
    };
    const board = parseBoardFile(JSON.stringify(odd), 'odd.json');
    const { plant } = sampleChassis();
    assert.throws(() => new Chassis({ board, plant, random: seededRandom(1) }), /no chip z80/);
  });

  it('with a wrong address is refused with its place', () => {
    const wrong = JSON.stringify({ ...sampleBoard, devices: [{ id: 'x', chip: 'tmp75', bus: 'aux', address: 72 }] });
    assert.throws(
      () => parseBoardFile(wrong, 'wrong.json'),
      (error) => error instanceof ColdslotError && error.subject === 'wrong.json at devices[0].address',
    );
  });
});
