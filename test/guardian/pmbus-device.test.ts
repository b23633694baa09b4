// A PMBus hot-swap controller on a sled, as the guardian sees it: its STATUS words as events, its packet error codes.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { boardSchema } from '../../src/board/schema.ts';
import { PmbusDevice, word, type PmbusDeviceOptions, type PmbusPage } from '../chips/pmbus-device.ts';
import { fakeBoard } from './fake-chassis.ts';
import { Rig } from './rig.ts';

/** 12 V in (768 · 2^-6), 45 °C. */
const WELL = { 0x78: [0], 0x79: word(0), 0x88: word(0xd300), 0x8d: word(0x002d) };

function boardWith(pec: boolean) {
  const board = fakeBoard();
  const channels = [{ channel: 'in1', sensor: 'slot1-12v' }];
  const hotSwap = { id: 'slot1-hsc', chip: 'pmbus', bus: 'i2c3', address: '0x58', slot: 1, pec, channels };
  return boardSchema.parse({
    ...board,
    buses: [...board.buses, { id: 'i2c3', kind: 'i2c', number: 3 }],
    devices: [...board.devices, hotSwap],
  });
}

async function rigWith(page: PmbusPage, pec = false, options: PmbusDeviceOptions = {}) {
  const device = new PmbusDevice([page], Object.assign(options, { unknown: 'nack' as const, pec }));
  const rig = await Rig.settled(boardWith(pec), (chassis) => void chassis.more.set('i2c3', device.bus));
  return { rig, device };
}

describe('a PMBus device on a sled', () => {
  it('that notes faults in its STATUS word makes events of the sled’s', async () => {
    // STATUS_WORD E000h: output voltage, output current, input; 7Ah bit 4: under voltage fault; 7Bh bit 5: over current
    // warning; 7Ch bit 5: input under voltage warning (PMBus Part II, status registers)
    const { rig } = await rigWith({ ...WELL, 0x79: word(0xe000), 0x7a: [0x10], 0x7b: [0x20], 0x7c: [0x20] });
    const events = rig.events.filter(({ source }) => source === 'device/slot1-hsc');
    assert.deepEqual(
      events.map(({ code, severity, data }) => [code, severity, data['slot']]),
      [
        ['vout-under-voltage-fault', 'critical', 1],
        ['iout-over-current-warning', 'warning', 1],
        ['vin-under-voltage-warning', 'warning', 1],
      ],
    );
  });

  it('is read, and says nothing, while all is well', async () => {
    const { rig } = await rigWith(WELL);
    assert.equal(rig.frame.sensors['slot1-12v']?.reading.kind, 'value');
    assert.deepEqual(
      rig.events.filter(({ source }) => source === 'device/slot1-hsc'),
      [],
    );
  });

  it('is not asked for its state while the slot is empty', async () => {
    const { rig, device } = await rigWith(WELL);
    rig.chassis.pull(1);
    await rig.seconds(10);
    const before = device.bus.transfers.length;
    await rig.seconds(60);
    assert.equal(device.bus.transfers.length, before);
  });

  it('with packet error codes is read where they are right', async () => {
    const { rig, device } = await rigWith(WELL, true);
    const reading = rig.frame.sensors['slot1-12v']?.reading;
    assert.equal(reading?.kind === 'value' && reading.value, 12);
    // READ_VIN: two bytes and the code
    assert.ok(device.bus.transfers.some(({ write, readLength }) => write === '88' && readLength === 3));
  });

  it('with a wrong packet error code is a fault that says so, and never a value', async () => {
    const { rig } = await rigWith(WELL, true, { spoilPec: true });
    for (const frame of rig.frames) assert.notEqual(frame.sensors['slot1-12v']?.reading.kind, 'value');
    const reading = rig.frame.sensors['slot1-12v']?.reading;
    assert.equal(reading?.kind === 'none' && reading.reason, 'fault');
    assert.match(reading?.kind === 'none' ? reading.detail : '', /packet error code 0x[0-9a-f]{2} instead of 0x/);
  });

  it('whose packet error codes go wrong later, too, is a fault from then on', async () => {
    const options = { spoilPec: false };
    const { rig } = await rigWith(WELL, true, options);
    assert.equal(rig.frame.sensors['slot1-12v']?.reading.kind, 'value');
    options.spoilPec = true;
    const from = rig.frames.length;
    await rig.seconds(30);
    for (const frame of rig.frames.slice(from + 1)) {
      const reading = frame.sensors['slot1-12v']?.reading;
      assert.equal(reading?.kind === 'none' && reading.reason, 'fault');
    }
    assert.ok(rig.codes().includes('sensor-lost'));
  });
});
