// Hot-swap controllers and eFuses on PMBus. Coefficients are those of the data sheets' tables, as in Linux's drivers; the
// register values are reckoned here by hand: Y = (m · X + b) · 10^R.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Reading } from '../../src/core/reading.ts';
import { open } from './probe-bus.ts';
import type { PmbusPage } from './pmbus-device.ts';
import { PmbusDevice, word } from './pmbus-device.ts';

function near(reading: Reading | undefined, expected: number, tolerance: number): void {
  assert.ok(reading?.kind === 'value', JSON.stringify(reading));
  assert.ok(Math.abs(reading.value - expected) <= tolerance, `${reading.value} is not ${expected}`);
}

async function expectReadings(
  name: string,
  page: PmbusPage,
  expected: Readonly<Record<string, readonly [value: number, tolerance: number]>>,
  options: { readonly shuntMicroOhm?: number } = {},
): Promise<void> {
  const chip = open('sensor', name, new PmbusDevice([page], { unknown: 'nack' }).bus, 0x40, options);
  assert.deepEqual(await chip.configure(), { kind: 'ok' });
  const readings = await chip.readAll(1);
  assert.deepEqual([...readings.keys()].toSorted(), Object.keys(expected).toSorted());
  for (const [channel, [value, tolerance]] of Object.entries(expected)) near(readings.get(channel), value, tolerance);
}

describe('LM25066 and its kin', () => {
  const page = {
    0xd9: [0x00],
    0x88: word(2215), // (4617 · 48 − 140) / 100 = 2214.8
    0x8b: word(2214), // (4602 · 48 + 500) / 100 = 2214.0
    0x8d: word(16 * 35),
    0xd0: word(2000), // · 725 µV = 1.45 V
    0xd1: word(765), // (7645 · 10 + 100) / 100 = 765.5
    0xd2: word(412), // (861 · 480 − 965) / 1000 = 412.3
  };
  const common = { in1: [48, 0.011], in2: [1.45, 1e-9], in3: [48, 0.011], temp1: [35, 1e-9] } as const;

  it('read an LM5066I at a shunt of 1 mΩ', async () => {
    await expectReadings('lm5066i', page, { ...common, curr1: [10, 0.007], power1: [480, 0.6] });
  });

  it('with the coefficients of the lower current limit where that is set', async () => {
    // (15076 · 5 − 504) / 100 = 748.8; (1701 · 240 − 4000) / 1000 = 404.2
    const low = { ...page, 0xd9: [0x10], 0xd1: word(749), 0xd2: word(404) };
    await expectReadings('lm5066i', low, { ...common, curr1: [5, 0.004], power1: [240, 0.3] });
  });

  it('and at another shunt, which gives as many bits to less current', async () => {
    // 0.5 mΩ: (7645 · 0.5 · 20 + 100) / 100 = 765.5
    const expected = { ...common, curr1: [20, 0.014], power1: [960, 1.2] } as const;
    await expectReadings('lm5066i', page, expected, { shuntMicroOhm: 500 });
  });

  it('have no output voltage on an LM25056', async () => {
    // (16296 · 12 + 1343) / 100 = 1968.95; (13797 · 2 − 1833) / 100 = 257.6; (5501 · 24 − 2908) / 1000 = 129.1;
    // (1580 · 40 − 14500) / 100 = 487
    const lm25056 = {
      0xd9: [0],
      0x88: word(1969),
      0xd0: word(1000),
      0xd1: word(258),
      0xd2: word(129),
      0x8d: word(487),
    };
    const expected = {
      in1: [12, 0.003],
      in2: [0.293, 1e-9],
      curr1: [2, 0.004],
      power1: [24, 0.1],
      temp1: [40, 1e-9],
    } as const;
    await expectReadings('lm25056', lm25056, expected);
  });

  it('give no value for a word of more than their 12 bits', async () => {
    const bus = new PmbusDevice([{ ...page, 0x88: word(0xffff) }], { unknown: 'nack' }).bus;
    const reading = await open('sensor', 'lm5066', bus, 0x40).read('in1', 0);
    assert.equal(reading.kind === 'none' && reading.reason, 'implausible');
  });
});

describe('TPS25990', () => {
  const page = {
    0x88: word(630), // 5251 · 12 / 100 = 630.1
    0x8b: word(625), // 11.9 V: 624.9
    0x89: word(191), // 9538 · 20 / 1000 at 1 kΩ = 190.8
    0x97: word(118), // 4901 · 240 / 10^4 = 117.6
    0x8d: word(370), // (140 · 35 + 32100) / 100 = 370
    0xd0: word(173), // 3.3 V: 173.3
  };
  const voltages = { in1: [12, 0.01], in2: [3.3, 0.01], in3: [11.9, 0.01], temp1: [35, 1e-9] } as const;

  it('reads current and power with 1 kΩ at IMON where nobody says', async () => {
    await expectReadings('tps25990', page, { ...voltages, curr1: [20, 0.06], power1: [240, 1.1] });
  });

  it('and with half of it twice as much', async () => {
    const expected = { ...voltages, curr1: [40, 0.12], power1: [480, 2.2] } as const;
    await expectReadings('tps25990', page, expected, { shuntMicroOhm: 9090 });
  });
});

describe('MP5926, MP5998 and MPQ8785', () => {
  it('read an MP5926 in DIRECT, with the coarser current where it is selected', async () => {
    const page = { 0xcf: word(0), 0x88: word(192), 0x8b: word(190), 0x89: word(80), 0x97: word(15), 0x8d: word(160) };
    const voltages = { in1: [12, 0], in2: [11.875, 0], power1: [60, 0], temp1: [40, 0] } as const;
    await expectReadings('mp5926', { ...page, 0xc6: word(0) }, { ...voltages, curr1: [5, 0] });
    await expectReadings('mp5926', { ...page, 0xc6: word(0x40) }, { ...voltages, curr1: [20, 0] });
  });

  it('read an MP5926 in LINEAR11, the output voltage too', async () => {
    const page = { 0xcf: word(0x1000), 0x88: word(0xd300), 0x8b: word(0xd300), 0x89: word(0xe010) };
    const expected = { in1: [12, 0], in2: [12, 0], curr1: [1, 0], power1: [12, 0], temp1: [40, 0] } as const;
    await expectReadings('mp5926', { ...page, 0x97: word(12), 0x8d: word(40) }, expected);
  });

  it('read an MP5998, whose temperature is never LINEAR11', async () => {
    const direct = { 0xc4: word(0), 0x88: word(768), 0x8b: word(760), 0x89: word(80), 0x8c: word(79) };
    const rest = { 0x97: word(120), 0x96: word(118), 0x8d: word(0x0432) };
    const expected = { in1: [12, 0], in2: [11.875, 0], curr1: [5, 0], curr2: [4.9375, 0], power1: [60, 0] } as const;
    await expectReadings('mp5998', { ...direct, ...rest }, { ...expected, power2: [59, 0], temp1: [0x432, 0] });
    const linear = {
      0xc4: word(0x0200),
      0x88: word(0xd300),
      0x8b: word(0xd300),
      0x89: word(0xe010),
      0x8c: word(0xe010),
    };
    const powers = { 0x97: word(12), 0x96: word(11), 0x8d: word(45) };
    const linearExpected = { in1: [12, 0], in2: [12, 0], curr1: [1, 0], curr2: [1, 0], power1: [12, 0] } as const;
    await expectReadings('mp5998', { ...linear, ...powers }, { ...linearExpected, power2: [11, 0], temp1: [45, 0] });
  });

  for (const mode of [0x21, 0x40]) {
    it(`read an MPQ8785 in DIRECT when VOUT_MODE is ${mode.toString(16)}h`, async () => {
      const page = { 0x20: [mode], 0x88: word(480), 0x8b: word(576), 0x8c: word(160), 0x8d: word(52) };
      await expectReadings('mpq8785', page, { in1: [12, 0], in2: [0.9, 1e-9], curr1: [10, 0], temp1: [52, 0] });
    });
  }

  it('and in LINEAR16', async () => {
    const page = { 0x20: [0x17], 0x88: word(480), 0x8b: word(512), 0x8c: word(160), 0x8d: word(52) };
    await expectReadings('mpq8785', page, { in1: [12, 0], in2: [1, 0], curr1: [10, 0], temp1: [52, 0] });
  });
});
