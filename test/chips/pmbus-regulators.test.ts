// Regulators of Renesas and MPS on PMBus. Values are reckoned by hand from the formats that data sheets and Linux's drivers
// (drivers/hwmon/pmbus) give; the sum is beside each.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { word } from './pmbus-device.ts';
import { assertNear as near, device, expectReadings } from './pmbus-readings.ts';

describe('Renesas multiphase regulators', () => {
  it('number the channels of two rails as Linux does: by quantity, then by page', async () => {
    // raa_dmpvr2_2rail: VIN and VMON 10 mV, VOUT 1 mV, IIN 10 mA, IOUT 0.1 A, powers 1 W, temperatures 1 °C a bit
    const rail = (vout: number) => ({
      0x89: word(150), // 1.5 A
      0x8b: word(vout),
      0x8c: word(255), // 25.5 A
      0x8d: word(61),
      0x8f: word(0xfffb), // −5 °C
      0x96: word(23),
      0x97: word(25),
    });
    await expectReadings(
      'isl69260',
      [{ 0x88: word(1205), 0xc8: word(330), 0x8e: word(58), ...rail(900) }, rail(1100)],
      {
        in1: 12.05,
        in2: 3.3,
        in3: 0.9,
        in4: 1.1,
        curr1: 1.5,
        curr2: 1.5,
        curr3: 25.5,
        curr4: 25.5,
        power1: 25,
        power2: 25,
        power3: 23,
        power4: 23,
        temp1: 61,
        temp2: 61,
        temp3: 58,
        temp4: -5,
        temp5: -5,
      },
    );
  });

  it('of high voltage have coarser steps', async () => {
    // raa_dmpvr2_hv: R of VIN 1, VOUT 2 · 10^2, IIN 2 · 10^2, powers 2 · 10^-1
    const page = {
      0x88: word(540), // / 10 = 54 V
      0xc8: word(33), // 3.3 V
      0x8b: word(2400), // / 200 = 12 V
      0x89: word(1000), // / 200 = 5 A
      0x8c: word(500), // / 10 = 50 A
      0x97: word(54), // · 10 / 2 = 270 W
      0x96: word(120), // 600 W
      0x8d: word(70),
      0x8e: word(71),
      0x8f: word(72),
    };
    const expected = { in1: 54, in2: 3.3, in3: 12, curr1: 5, curr2: 50, power1: 270, power2: 600 };
    const pmbus = await expectReadings('raa228004', [page], { ...expected, temp1: 70, temp2: 71, temp3: 72 });
    assert.ok(
      pmbus.written.every(({ command }) => command !== 0),
      'one page: PAGE is never sent',
    );
  });

  it('of the first generation count the input voltage in millivolts', async () => {
    const first = { 0x88: word(12_050), 0x89: word(0), 0x8b: word(0), 0x8c: word(0), 0x8d: word(0), 0x8e: word(0) };
    const rest = { 0x8f: word(0), 0x96: word(0), 0x97: word(0) };
    const { chip } = device('isl68137', [
      { ...first, ...rest },
      { 0x8b: word(0), 0x8c: word(0), 0x96: word(0) },
    ]);
    near(await chip.read('in1', 0), 12.05);
    assert.ok(!chip.channels.some(({ label }) => label === 'vmon'));
  });
});

describe('MPS multiphase regulators', () => {
  it('MP29612 takes the steps of voltage and current from its registers, rail by rail', async () => {
    const rail = (scaleLoop: number, ioutPrt: number) => ({
      0x29: word(scaleLoop),
      0x67: word(ioutPrt),
      0x88: word(0xf800 | 384), // 384 / 32 = 12 V; the upper bits are no part of it
      0x8b: word(0xf000 | 180),
      0x8c: word(0xf800 | 640),
      0x8d: word(0x0800 | 55),
      0x94: word(0xf0c8), // LINEAR11: 200 / 4 = 50 W
      0x95: word(0xe040), // 64 / 16 = 4 A
      0x96: word(0x002d), // 45 W
    });
    // Bits 12:10 = 1: 5 mV; bits 2:0 = 2: 1/16 A. Then 7: 1/1024 mV; 7: 2 A
    await expectReadings('mp29612', [rail(0x0400, 2), rail(0x1c00, 7)], {
      in1: 12,
      in2: 0.9,
      in3: 180 / 1024e3,
      curr1: 4,
      curr2: 4,
      curr3: 40,
      curr4: 1280,
      power1: 50,
      power2: 50,
      power3: 45,
      power4: 45,
      temp1: 55,
      temp2: 55,
    });
  });

  it('MP2973 is set to millivolts, and has a second rail only with phases for it', async () => {
    const rail = { 0x8b: word(1050), 0x8c: word(0xe0a0), 0x96: word(0x000c), 0xc7: word(0x0048) };
    const main = { ...rail, 0x79: word(0), 0x88: word(0xd300), 0x89: word(0xe010), 0x8d: word(50), 0x97: word(13) };
    const config = (phases: number) => ({ 0x1d: word(phases) });
    const common = { in1: 12, in2: 1.05, curr1: 1, curr2: 10, power1: 13, power2: 12, temp1: 50 };
    const two = await expectReadings('mp2973', [main, rail, config(2)], {
      ...common,
      in3: 1.05,
      curr3: 10,
      power3: 12,
    });
    // RESO_SET: bits 7:6 of rail 1 and 4:3 of rail 2 become 10b
    assert.deepEqual(
      two.written.filter(({ command }) => command === 0xc7),
      [
        { page: 0, command: 0xc7, bytes: word(0x0088) },
        { page: 1, command: 0xc7, bytes: word(0x0050) },
      ],
    );
    await expectReadings('mp2973', [main, rail, config(0)], common);
  });

  it('MP2973 says that power is good where others say that it is not', async () => {
    const rail = { 0x8b: word(1050), 0xc7: word(0x0080) };
    const conditions = async (status: number) => {
      const { chip } = device('mp2973', [{ ...rail, 0x79: word(status) }, rail, { 0x1d: word(0) }]);
      const answer = await chip.readConditions?.();
      return answer?.kind === 'ok' ? answer.conditions : answer;
    };
    assert.deepEqual(await conditions(0x0800), []);
    assert.deepEqual(await conditions(0x0000), [{ page: 0, name: 'power-not-good' }]);
  });

  it('MP2993 is set to DIRECT on both rails', async () => {
    const rail = { 0x8b: word(880), 0x8c: word(0xe0a0), 0x8d: word(47), 0x96: word(9) };
    const main = { ...rail, 0x88: word(0xfc00 | 385), 0x89: word(0xe010), 0x97: word(11) };
    const expected = { in1: 385 / 32, in2: 0.88, in3: 0.88, curr1: 1, curr2: 10, curr3: 10 };
    const powers = { power1: 11, power2: 9, power3: 9 };
    const pmbus = await expectReadings('mp2993', [main, rail], { ...expected, ...powers, temp1: 47, temp2: 47 });
    assert.deepEqual(
      pmbus.written.filter(({ command }) => command === 0x20),
      [1, 0].map((page) => ({ page, command: 0x20, bytes: [0x40] })),
    );
  });

  it('MP9941 is set to millivolts and half amperes, and is left on page 0', async () => {
    const main = {
      0x88: word(384),
      0x89: word(0xf800 | 9),
      0x8b: word(750),
      0x8c: word(0xe0a0),
      0x8d: word(44),
      0x96: word(8),
      0x97: word(10),
      0xc7: word(0x000c),
    };
    const expected = { in1: 12, in2: 0.75, curr1: 4.5, curr2: 10, power1: 10, power2: 8, temp1: 44 };
    const pmbus = await expectReadings('mp9941', [main, {}, { 0x02: word(0xe123) }], expected);
    assert.equal(pmbus.page, 0);
    assert.deepEqual(
      pmbus.written.filter(({ command }) => command !== 0),
      [
        { page: 2, command: 0x02, bytes: word(0x0123) },
        { page: 0, command: 0xc7, bytes: word(0x00c0) },
      ],
    );
  });

  it('MP2929 counts VID codes from 49, in steps of its configuration pages', async () => {
    const rail = (mode: number) => ({ 0x20: [mode], 0x8b: word(0x3000 | 71) });
    const { chip } = device('mp2929', [
      rail(0x21),
      rail(0x21),
      {},
      { 0x08: word(0x0020) }, // 5 mV: (71 + 49) · 5 mV = 0.6 V
      { 0x08: word(0x0000) }, // 10 mV: 1.2 V
    ]);
    await chip.configure();
    const channel = (label: string) => chip.channels.find((info) => info.label === label)?.channel ?? '';
    near(await chip.read(channel('vout1'), 0), 0.6);
    near(await chip.read(channel('vout2'), 0), 1.2);
    assert.deepEqual([channel('iin2'), channel('iin1')], ['curr1', '']);
  });

  it('MP9945 is VID, linear or direct as VOUT_MODE says, and refused in another mode', async () => {
    const volts = async (mode: number, raw: number, config = 0, svid = 0) => {
      const pages = [{ 0x20: [mode], 0x8b: word(raw) }, {}, {}, { 0x08: word(config), 0xbd: word(svid) }];
      const { pmbus, chip } = device('mp9945', pages);
      const reading = await chip.read('in2', 0);
      assert.equal(pmbus.page, 0);
      return reading;
    };
    near(await volts(0x21, 41), (41 + 49) * 0.01);
    near(await volts(0x21, 41, 0x04, 0x8000), (41 + 19) * 0.005);
    near(await volts(0x21, 0), 0);
    near(await volts(0x17, 512), 1); // 2^-9 V
    near(await volts(0x40, 905), 0.905);
    const half = await volts(0x60, 0x3c00);
    assert.equal(half.kind === 'none' && half.reason, 'fault');
  });
});
