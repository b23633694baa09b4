// Regulators in PMBus' own formats, and supervisors of many supplies. Values are reckoned by hand from the formats that data
// sheets and Linux's drivers (drivers/hwmon/pmbus) give; the sum is beside each.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { word } from './pmbus-device.ts';
import { assertNear as near, device, expectReadings } from './pmbus-readings.ts';

describe('regulators in PMBus’ own formats', () => {
  const readings = {
    0x88: word(0xd300), // 12 V
    0x89: word(0xe010), // 1 A
    0x8c: word(0xe0a0), // 10 A
    0x8d: word(50),
    0x96: word(9),
    0x97: word(12),
  };

  it('XDPE12284 has a VID table of its own on each page', async () => {
    // Linux pmbus_core: VR12 0.25 V + 5 mV · (code − 1); AMD 1.55 V − 6.25 mV · code
    await expectReadings(
      'xdpe12284',
      [
        { ...readings, 0x20: [0x21], 0x8b: word(0x83) },
        { ...readings, 0x20: [0x30], 0x8b: word(0x68) },
      ],
      {
        in1: 12,
        in2: 12,
        in3: 0.9,
        in4: 0.9,
        curr1: 1,
        curr2: 1,
        curr3: 10,
        curr4: 10,
        power1: 12,
        power2: 12,
        power3: 9,
        power4: 9,
        temp1: 50,
        temp2: 50,
      },
    );
  });

  for (const [code, table, raw, volts] of [
    [2, 'VR12.5', 0x29, 0.9],
    [3, 'IMVP9', 0x47, 0.9],
    [1, 'VR12, off', 0, 0],
    [16, 'AMD, off', 0xd9, 0],
  ] as const) {
    it(`and knows ${table}`, async () => {
      const page = { ...readings, 0x20: [0x20 | code], 0x8b: word(raw) };
      near(await device('xdpe11280', [page, page]).chip.read('in3', 0), volts);
    });
  }

  it('refuses a VID table that nobody knows', async () => {
    const page = { ...readings, 0x20: [0x24], 0x8b: word(1) };
    const result = await device('xdpe12254', [page, page]).chip.configure();
    assert.ok(result.kind === 'failed' && /register 0x20: 0x24 on page 0 is no format/.test(result.detail));
  });

  it('PXE1610 has the pages whose tables are known', async () => {
    const page = (mode: number) => ({ ...readings, 0x20: [mode], 0x8b: word(0x29) });
    const { chip } = device('pxe1610', [page(0x22), page(0x21), page(0x20)]);
    await chip.configure();
    const labels = new Set(chip.channels.map(({ label }) => label));
    assert.ok(labels.has('vout2') && !labels.has('vout3'));
    assert.equal(chip.channels.length, 14);
  });

  it('ADM1266 has seventeen voltages with exponents of their own', async () => {
    const pages = Array.from({ length: 17 }, (_, page) => ({ 0x20: [page % 2 === 0 ? 0x13 : 0x14], 0x8b: word(8192) }));
    const expected = pages.map((_, page) => [`in${page + 1}`, page % 2 === 0 ? 1 : 2] as const);
    await expectReadings('adm1266', pages, Object.fromEntries(expected));
  });
});

describe('PLI1209BC', () => {
  const page = {
    0x88: word(540), // 54 V
    0x89: word(2500), // 2.5 A
    0x8b: word(135), // 13.5 V
    0x8c: word(1000), // 10 A
    0x8d: word(41),
    0x96: word(135), // W
    0x97: word(1350), // 135 W
  };

  it('is read on page 1', async () => {
    await expectReadings('pli1209bc', [{}, { ...page, 0x79: word(0) }], {
      in1: 54,
      in2: 13.5,
      curr1: 2.5,
      curr2: 10,
      power1: 135,
      power2: 135,
      temp1: 41,
    });
  });

  it('has no output voltage and no temperature while it is off', async () => {
    const { chip } = device('pli1209bc', [{}, { ...page, 0x79: word(0x0800) }]);
    const readings = await chip.readAll(0);
    const reasons = ['in2', 'temp1'].map((channel) => {
      const reading = readings.get(channel);
      return reading?.kind === 'none' && reading.reason;
    });
    assert.deepEqual(reasons, ['off', 'off']);
    near(readings.get('in1'), 54);
  });
});

describe('MAX34451', () => {
  it('has voltages and currents as its channels are configured, and five temperatures', async () => {
    const channels: Readonly<Record<number, number>> = { 0: 0x10, 1: 0x22, 2: 0x30, 15: 0x21 };
    const pages = Array.from({ length: 21 }, (_, page) => ({
      0xe4: word(0x0100 | (channels[page] ?? 0)),
      0x8b: word(1805),
      0x8c: word(1234),
      0x8d: word(2550),
    }));
    const temperatures = [1, 2, 3, 4, 5].map((number) => [`temp${number}`, 25.5] as const);
    await expectReadings('max34451', pages, {
      in1: 1.805,
      in16: 1.805,
      curr2: 12.34,
      ...Object.fromEntries(temperatures),
    });
  });
});
