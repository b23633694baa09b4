// TMP401, LM90 and EMC14xx: register values from the data sheets' tables, attributes as the kernel showed them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeRegisters } from '../../src/chips/decode.ts';
import { lm90Temperature, lm90Variants } from '../../src/chips/lm90.ts';
import { tmp401Temperature } from '../../src/chips/tmp401.ts';
import { byteChip, open, wordChip } from './probe-bus.ts';
import { hwmonOf, sharedJson, withoutSharedData } from './shared-data.ts';

interface Recorded {
  readonly registers: string[];
  readonly hwmon: Record<string, string>;
}

/** A recorded register file with some registers replaced. */
function recorded(chip: string, replaced: Readonly<Record<number, string>>): Recorded {
  const file = sharedJson('chips', `${chip}.json`) as Recorded;
  return { ...file, registers: file.registers.map((register, index) => replaced[index] ?? register) };
}

function bytes(count: number, values: Readonly<Record<number, number>>): string[] {
  return Array.from({ length: count }, (_, register) => (values[register] ?? 0).toString(16));
}

describe('chip decode shows what Linux showed', { skip: withoutSharedData }, () => {
  it('for the recorded EMC1403', async () => {
    assert.deepEqual(await decodeRegisters(recorded('emc1403', {})), hwmonOf('emc1403'));
  });

  it('for the recorded LM90, with the limits 0 that the values were recorded at', async () => {
    // The dump holds limits of 70 and 5 °C at 05h to 08h; the values next to it were read with 0 there.
    const file = recorded('lm90', { 5: '00', 6: '00', 7: '00', 8: '00' });
    assert.deepEqual(await decodeRegisters(file), hwmonOf('lm90'));
    const asDumped = await decodeRegisters(recorded('lm90', {}));
    assert.deepEqual([asDumped['temp1_max'], asDumped['temp2_min']], [70_000, 5000]);
  });

  it('for the recorded TMP401, with the three registers of the chip that the values are from', async () => {
    // The dump is of another chip (device id 35h is a TMP435) with a working diode: 24.5 °C is 1880h, swapped on the
    // wire; its own diode is open (status 04h) above its high (10h) and THERM (02h) limit.
    const file = recorded('tmp401', { 0: '8018', 1: '0000', 2: '16' });
    assert.deepEqual(await decodeRegisters(file), hwmonOf('tmp401'));
    const asDumped = await decodeRegisters(recorded('tmp401', {}));
    assert.deepEqual([asDumped['temp1_input'], asDumped['temp2_fault']], [26_563, 0]);
  });
});

describe('TMP401 family', () => {
  it('converts the data sheet’s table, standard and extended', () => {
    // SBOS371 Table 1
    const table: readonly [number, number, number][] = [
      [0, 0x00, 0x40],
      [1, 0x01, 0x41],
      [25, 0x19, 0x59],
      [75, 0x4b, 0x8b],
      [100, 0x64, 0xa4],
      [127, 0x7f, 0xbf],
    ];
    for (const [celsius, standard, extended] of table) {
      assert.equal(tmp401Temperature(standard << 8, 'standard'), celsius);
      assert.equal(tmp401Temperature(extended << 8, 'extended'), celsius);
    }
    assert.equal(tmp401Temperature(0x0e00, 'extended'), -50);
    assert.equal(tmp401Temperature(0x1910, 'standard'), 25.0625);
  });

  it('reads a channel in two transfers, and the diode’s state once for all of them', async () => {
    const bus = wordChip(0x4c, { 0: 0x1980, 1: 0x4b10, 0x23: 0x6400, 0x1b: 0 });
    const readings = await open('sensor', 'tmp432', bus, 0x4c).readAll(4);
    assert.deepEqual(
      [...readings.values()],
      [25.5, 75.0625, 100].map((value) => ({ kind: 'value', value, atMs: 4 })),
    );
    assert.equal(bus.transfers.length, 4);
  });

  it('gives no value for an open diode, for 128 °C, or when its state is not known', async () => {
    const bus = wordChip(0x4c, { 0: 0x8000, 1: 0x1900, 2: 0x0400 });
    const chip = open('sensor', 'tmp431', bus, 0x4c);
    const diode = await chip.read('temp2', 0);
    assert.ok(diode.kind === 'none' && diode.reason === 'fault');
    assert.match(diode.detail, /tmp431 at 0x4c on i2c3, register 0x02: the remote diode is open/);
    const local = await chip.read('temp1', 0);
    assert.equal(local.kind === 'none' && local.reason, 'implausible');
    bus.fail = ({ write }) => (write === '02' ? 'timeout' : null);
    const unknown = await chip.read('temp2', 0);
    assert.equal(unknown.kind === 'none' && unknown.reason, 'timeout');
  });

  it('writes its configuration where it is written, and only when it has to', async () => {
    const bus = byteChip(0x4c, { 3: 0x44 });
    const chip = open('sensor', 'tmp411', bus, 0x4c);
    assert.deepEqual(await chip.configure(), { kind: 'ok' });
    assert.deepEqual(bus.writes(), ['0900']);
    const running = byteChip(0x4c, { 3: 0x80 });
    await open('sensor', 'tmp411', running, 0x4c).configure();
    assert.deepEqual(running.writes(), []);
  });
});

describe('LM90 family', () => {
  it('converts the data sheets’ tables', () => {
    const celsius = (chip: string, raw: number, range: 'standard' | 'extended' = 'standard') => {
      const variant = lm90Variants[chip];
      assert.ok(variant);
      return lm90Temperature(raw >> 8, raw & 0xff, variant, range);
    };
    // SNOS990 "Temperature Data Format": 11 bits
    assert.equal(celsius('lm90', 0x7d00), 125);
    assert.equal(celsius('lm90', 0x0020), 0.125);
    assert.equal(celsius('lm90', 0xffe0), -0.125);
    assert.equal(celsius('lm90', 0xe700), -25);
    assert.equal(celsius('lm90', 0xc900), -55);
    // ADT7461: 10 bits, extended by 64 °C
    assert.equal(celsius('adt7461', 0x0900, 'extended'), -55);
    assert.equal(celsius('adt7461', 0x4000, 'extended'), 0);
    assert.equal(celsius('adt7461', 0xd640, 'extended'), 150.25);
    assert.equal(celsius('adt7461', 0x19ff), 25.75, 'two bits of fraction');
    // TMP461 SBOS722: 12 bits
    assert.equal(celsius('tmp461', 0x1910), 25.0625);
    assert.equal(celsius('tmp461', 0xe700), -25);
  });

  it('adds what an LM99 takes off its remote diode', async () => {
    const readings = await open('sensor', 'lm99', byteChip(0x4c, { 0: 30, 1: 70, 0x10: 0x80 }), 0x4c).readAll(0);
    assert.deepEqual(readings.get('temp1'), { kind: 'value', value: 30, atMs: 0 });
    assert.deepEqual(readings.get('temp2'), { kind: 'value', value: 86.5, atMs: 0 });
  });

  it('reads the fraction again when the degrees moved meanwhile', async () => {
    // 69.875 °C when the degrees are read first, 70.125 °C from then on
    const before = byteChip(0x4c, { 1: 69, 0x10: 0xe0 });
    const moved = byteChip(0x4c, { 1: 70, 0x10: 0x20 });
    let reads = 0;
    const torn = {
      id: 'i2c3',
      transfer: (a: number, w: Uint8Array, n: number) => (reads++ === 0 ? before : moved).transfer(a, w, n),
    };
    assert.deepEqual(await open('sensor', 'nct1008', torn, 0x4c).read('temp2', 0), {
      kind: 'value',
      value: 70.125,
      atMs: 0,
    });
  });

  it('gives no value for an open diode or for −128 °C, and reads below zero', async () => {
    const diode = await open('sensor', 'lm90', byteChip(0x4c, { 1: 0x7f, 0x10: 0xe0, 2: 0x04 }), 0x4c).read('temp2', 0);
    assert.equal(diode.kind === 'none' && diode.reason, 'fault');
    const lost = await open('sensor', 'adm1032', byteChip(0x4c, { 1: 0x80 }), 0x4c).read('temp2', 0);
    assert.equal(lost.kind === 'none' && lost.reason, 'implausible');
    const cold = await open('sensor', 'max6657', byteChip(0x4c, { 0: 0xec, 0x11: 0x20 }), 0x4c).read('temp1', 0);
    assert.deepEqual(cold, { kind: 'value', value: -19.875, atMs: 0 });
  });

  it('leaves bit 2 alone where it is not the range', async () => {
    const adt7461 = byteChip(0x4c, { 3: 0x84 });
    await open('sensor', 'adt7461', adt7461, 0x4c).configure();
    assert.deepEqual(adt7461.writes(), ['0980']);
    const lm90 = byteChip(0x4c, { 3: 0x44 });
    await open('sensor', 'lm90', lm90, 0x4c).configure();
    assert.deepEqual(lm90.writes(), ['0904']);
  });

  it('decodes the extended range, whose offset has none, and the alert queue', async () => {
    const registers = bytes(0x23, {
      0: 0x59,
      0x15: 0x80,
      1: 0x0e,
      3: 0x04,
      0x11: 0xff,
      0x12: 0x80,
      0x22: 0x07,
      2: 0xc8,
    });
    const decoded = await decodeRegisters({ chip: 'tmp451', width: 'byte', registers });
    assert.equal(decoded['temp1_input'], 25_500);
    assert.equal(decoded['temp2_input'], -50_000);
    assert.equal(decoded['temp2_offset'], -500);
    assert.equal(decoded['temp_samples'], 3);
    assert.equal(decoded['alarms'], 0x48, 'BUSY is no alarm');
    assert.deepEqual([decoded['temp1_max_alarm'], decoded['temp2_min_alarm'], decoded['temp2_fault']], [1, 1, 0]);
  });
});

describe('EMC14xx', () => {
  it('reads four channels with eighths, and the diodes’ state once', async () => {
    // EMC1414 Table 6.3: 63.875 °C is 3Fh E0h
    const registers = { 0: 0x3f, 0x29: 0xe0, 1: 0x19, 0x10: 0x20, 0x23: 0x7f, 0x24: 0xe0, 0x2a: 40, 0x1b: 0x08 };
    const bus = byteChip(0x4c, registers);
    const readings = await open('sensor', 'emc1414', bus, 0x4c).readAll(2);
    const values = [...readings.values()].map((reading) => (reading.kind === 'value' ? reading.value : reading.reason));
    assert.deepEqual(values, [63.875, 25.125, 127.875, 'fault']);
    assert.equal(bus.transfers.length, 9);
  });

  it('takes a byte above 127 for implausible, and runs in the standard range', async () => {
    const bus = byteChip(0x4c, { 0: 0x80, 3: 0xc5 });
    const chip = open('sensor', 'emc1413', bus, 0x4c);
    const reading = await chip.read('temp1', 0);
    assert.equal(reading.kind === 'none' && reading.reason, 'implausible');
    await chip.configure();
    assert.deepEqual(bus.writes(), ['0381']);
  });

  it('finds an EMC1412’s open diode in the status register, bit 2', async () => {
    // EMC1412 data sheet, register 02h: BUSY LHIGH LLOW RHIGH RLOW FAULT RTHERM LTHERM; it has no register 1Bh
    const open1412 = async (registers: Readonly<Record<number, number>>) => {
      const reading = await open('sensor', 'emc1412', byteChip(0x4c, registers), 0x4c).read('temp2', 0);
      return reading.kind === 'value' ? reading.value : reading.reason;
    };
    assert.equal(await open1412({ 1: 0x19, 2: 0x04 }), 'fault');
    assert.equal(await open1412({ 1: 0x19, 2: 0x78, 0x1b: 0x02 }), 25);
    const registers = Array.from({ length: 64 }, (_, register) => (register === 2 ? '5c' : '00'));
    const decoded = await decodeRegisters({ chip: 'emc1412', width: 'byte', registers });
    const alarms = ['temp1_max', 'temp1_min', 'temp2_max', 'temp2_min'].map((name) => decoded[`${name}_alarm`]);
    assert.deepEqual([...alarms, decoded['temp2_fault']], [1, 0, 1, 1, 1]);
  });
});
