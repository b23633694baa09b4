import { describe, it, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKernelChip } from '../../src/buses/kernel-chip.ts';
import type { Clock } from '../../src/core/clock.ts';
import { encodeFru } from '../../src/protocols/ipmi/fru.ts';
import { EMPTY_FIELD, textField } from '../../src/protocols/ipmi/fru-field.ts';
import { temporaryFolder, writeFiles } from '../buses/temporary-folder.ts';
import { fakeBoard, type FakeChassis } from './fake-chassis.ts';
import { Rig } from './rig.ts';

/** The fake board, with the devices named owned by kernel drivers. */
function boardVia(...owned: readonly string[]) {
  const board = fakeBoard();
  const devices = board.devices.map((device) =>
    owned.includes(device.id) ? { ...device, via: 'hwmon' as const } : device,
  );
  return { ...board, devices, watchdogs: [] };
}

/** Gives a device a folder as Linux shows it. */
function kernelFolder(t: TestContext, device: string, files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder(t);
  writeFiles(folder, files);
  const prepare = (chassis: FakeChassis, clock: Clock) => {
    const chip = openKernelChip(
      device,
      () => folder,
      () => clock.nowMs(),
    );
    chassis.kernelChips.set(device, chip);
  };
  return { folder, prepare };
}

function eepromBytes(): Uint8Array {
  const bytes = new Uint8Array(256).fill(0xff);
  const product = {
    language: 25,
    manufacturer: textField('Example Works'),
    name: textField('Sled 300'),
    partNumber: EMPTY_FIELD,
    version: EMPTY_FIELD,
    serialNumber: textField('from-at24'),
    assetTag: EMPTY_FIELD,
    fileId: EMPTY_FIELD,
    custom: [],
  };
  bytes.set(encodeFru({ chassis: null, board: null, product }));
  return bytes;
}

describe('a device that a kernel driver owns', () => {
  it('as a sensor is read from its files, and nothing is sent to its address', async (t) => {
    const { folder, prepare } = kernelFolder(t, 'slot1-lm75', { 'hwmon/hwmon0/temp1_input': '52500' });
    const rig = await Rig.settled(boardVia('slot1-lm75', 'slot1-fru'), (chassis, clock) => {
      prepare(chassis, clock);
      chassis.buses.sled1.mode = 'owned'; // an EEPROM nobody was told about is on it, too
    });
    assert.deepEqual(rig.frame.sensors['slot1-cpu']?.reading, { kind: 'value', value: 52.5, atMs: rig.frame.atMs });
    rmSync(join(folder, 'hwmon'), { recursive: true });
    await rig.seconds(5);
    const lost = rig.events.find(({ code, source }) => code === 'sensor-lost' && source === 'sensor/slot1-cpu');
    assert.match(lost?.text ?? '', /Linux knows no device|no kernel driver is bound/);
  });

  it('as an EEPROM identifies the sled', async (t) => {
    const { folder, prepare } = kernelFolder(t, 'slot2-fru', {});
    writeFileSync(join(folder, 'eeprom'), eepromBytes());
    const rig = await Rig.settled(boardVia('slot2-fru'), prepare);
    assert.deepEqual(rig.frame.slots[1]?.fru, {
      model: 'Sled 300',
      serial: 'from-at24',
      manufacturer: 'Example Works',
    });
    assert.equal(rig.frame.slots[0]?.fru?.serial, 'sled1');
  });

  it('as a fan controller takes the duties, and its speeds are watched', async (t) => {
    const { folder, prepare } = kernelFolder(t, 'fans', {
      'hwmon/hwmon0/pwm1': '0',
      'hwmon/hwmon0/pwm1_enable': '0',
      'hwmon/hwmon0/pwm2': '0',
      'hwmon/hwmon0/pwm3': '0',
      'hwmon/hwmon0/fan1_input': '6000',
      'hwmon/hwmon0/fan2_input': '6000',
      'hwmon/hwmon0/fan3_input': '0',
      'hwmon/hwmon0/fan3_fault': '1',
    });
    const rig = new Rig(boardVia('fans'), prepare);
    assert.equal(await rig.guardian.fullSpeed(400), 3);
    assert.equal(readFileSync(join(folder, 'hwmon/hwmon0/pwm1'), 'utf8'), '255');
    assert.equal(readFileSync(join(folder, 'hwmon/hwmon0/pwm1_enable'), 'utf8'), '1');
    rig.guardian.start();
    await rig.seconds(30);
    assert.deepEqual(
      rig.frame.fans.map(({ state }) => state),
      ['ok', 'ok', 'failed'],
    );
    assert.equal(rig.chassis.buses.fanbus.transfers, 0);
  });

  it('whose fan files cannot be written is deaf', async (t) => {
    const { folder, prepare } = kernelFolder(t, 'fans', { 'hwmon/hwmon0/pwm1': '0', 'hwmon/hwmon0/pwm2': '0' });
    mkdirSync(join(folder, 'hwmon/hwmon0/pwm3')); // nobody may write a folder
    const rig = new Rig(boardVia('fans'), prepare);
    assert.equal(await rig.guardian.fullSpeed(400), 2);
    rig.guardian.start();
    await rig.seconds(5);
    const deaf = rig.events.filter(({ code }) => code === 'fan-unreachable');
    assert.deepEqual(
      deaf.map(({ source }) => source),
      ['fan/fan2'],
    );
    assert.match(deaf[0]?.text ?? '', /fans pwm3: EISDIR/);
  });

  it('in the simulator, which has no such files, is read over its bus', async () => {
    const rig = await Rig.settled(boardVia('slot1-lm75', 'fans', 'slot1-fru'));
    assert.deepEqual(
      rig.frame.sensors['slot1-cpu']?.reading.kind === 'value' && rig.frame.sensors['slot1-cpu'].reading.value,
      45,
    );
    assert.equal(rig.frame.slots[0]?.fru?.serial, 'sled1');
    assert.ok(rig.chassis.duties.length > 0);
  });
});

describe('a slot without a presence line, whose chips are kernel drivers’', () => {
  const withoutLine = () => {
    const board = boardVia('slot1-lm75', 'slot1-fru');
    const slots = board.slots.map(({ presence, ...slot }) => (slot.number === 1 ? slot : { ...slot, presence }));
    return { ...board, slots };
  };

  it('stays unknown, and is cooled: nothing may be sent to them', async (t) => {
    const { prepare } = kernelFolder(t, 'slot1-lm75', { 'hwmon/hwmon0/temp1_input': '52500' });
    const fru = kernelFolder(t, 'slot1-fru', {});
    const rig = await Rig.settled(withoutLine(), (chassis, clock) => {
      prepare(chassis, clock);
      fru.prepare(chassis, clock);
    });
    assert.equal(rig.frame.slots[0]?.presence, 'unknown');
    assert.equal(rig.frame.sensors['slot1-cpu']?.reading.kind, 'value');
    assert.equal(rig.chassis.buses.sled1.transfers, 0);
  });

  it('is known in the simulator by what they do on their bus', async () => {
    const rig = await Rig.settled(withoutLine());
    assert.equal(rig.frame.slots[0]?.presence, 'present');
    rig.chassis.pull(1);
    await rig.seconds(10);
    assert.equal(rig.frame.slots[0]?.presence, 'absent');
  });
});

describe('an address that turns out to be a kernel driver’s', () => {
  it('is one event that names device, bus, address, driver and the way out', async () => {
    const rig = await Rig.settled();
    rig.chassis.buses.sled1.mode = 'owned';
    rig.chassis.drivers.set('sled1:72', 'lm75');
    await rig.seconds(60);
    const owned = () => rig.events.filter(({ code }) => code === 'address-owned-by-kernel');
    assert.deepEqual(
      owned().map(({ source, text, data }) => ({ source, text, data })),
      [
        {
          source: 'device/slot1-lm75',
          text:
            'slot1-lm75: the kernel driver lm75 owns 0x48 on sled1; ' +
            'give the device "via": "hwmon" in the board to use the driver, or unbind the driver',
          data: { device: 'slot1-lm75', bus: 'sled1', address: 0x48, driver: 'lm75', slot: 1 },
        },
      ],
    );
    rig.chassis.buses.sled1.mode = 'well'; // unbound
    await rig.seconds(30);
    assert.equal(rig.frame.sensors['slot1-cpu']?.reading.kind, 'value');
    rig.chassis.buses.sled1.mode = 'owned'; // and bound again
    await rig.seconds(30);
    assert.equal(owned().length, 2);
  });

  it('of a fan controller is told at the first tick, though the driver cannot be named', async () => {
    const rig = new Rig(fakeBoard(), (chassis) => (chassis.buses.fanbus.mode = 'owned'));
    assert.equal(await rig.guardian.fullSpeed(400), 0);
    rig.guardian.start();
    await rig.seconds(1);
    const event = rig.events.find(({ code }) => code === 'address-owned-by-kernel');
    assert.match(event?.text ?? '', /^fans: a kernel driver owns 0x20 on fanbus; give the device "via": "hwmon"/);
  });
});
