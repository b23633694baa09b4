// Power monitors, voltage inputs and the MAX6639 as Linux shows them: examples of data sheets, and the drivers' formulas
// worked by hand.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeRegisters } from '../../src/chips/decode.ts';

type Values = Readonly<Record<number, number>>;

/** Word registers all 0 but those given, most significant byte first on the wire. */
function words(count: number, values: Values): string[] {
  return Array.from({ length: count }, (_, register) => {
    const wire = values[register] ?? 0;
    return (((wire & 0xff) << 8) | (wire >> 8)).toString(16).padStart(4, '0');
  });
}

function bytes(count: number, values: Values): string[] {
  return Array.from({ length: count }, (_, register) => (values[register] ?? 0).toString(16).padStart(2, '0'));
}

function decodeWords(chip: string, count: number, values: Values, shuntMicroOhm?: number) {
  const options = shuntMicroOhm === undefined ? {} : { shuntMicroOhm };
  return decodeRegisters({ chip, width: 'word', registers: words(count, values) }, options);
}

describe('chip decode of power monitors', () => {
  it('shows an INA238 at 48 V, 97.2 mV over 16.2 mΩ, 25 °C', async () => {
    // TI INA238 data sheet, "Detailed Design Procedure": 4BF0h, 3C00h, 0C80h. Calibrated as Linux does, a bit of current
    // is 1 mA · 20 mΩ / 16.2 mΩ: 6 A are 4860 = 12FCh.
    const decoded = await decodeWords('ina238', 18, { 4: 0x4bf0, 5: 0x3c00, 6: 0x0c80, 7: 0x12fc }, 16_200);
    assert.equal(decoded['in0_input'], 97); // 97.2 mV, cut off
    assert.equal(decoded['in1_input'], 48_000);
    assert.equal(decoded['temp1_input'], 25_000);
    assert.equal(decoded['curr1_input'], 6000);
    assert.equal('power1_input' in decoded, false);
  });

  it('shows the limits of an INA237 and which were passed', async () => {
    // shunt over 8000 · 5 µV, under −1 · 5 µV; bus over 4000 · 3.125 mV, under 0; −40 °C = −320 · 0.125 °C in bits 15:4;
    // power 0100h: 65,536 bits of 1 mA · 20 mΩ / 5 / 10 mΩ = 400 µW
    const limits = { 0x0c: 8000, 0x0d: 0xffff, 0x0e: 4000, 0x10: 0xec00, 0x11: 0x0100 };
    const decoded = await decodeWords('ina237', 18, { ...limits, 0x0b: 0x00c4 }, 10_000);
    assert.deepEqual(decoded, {
      ...{ in0_input: 0, in0_max: 40, in0_min: 0, in0_max_alarm: 1, in0_min_alarm: 0 },
      ...{ in1_input: 0, in1_max: 12_500, in1_min: 0, in1_max_alarm: 0, in1_min_alarm: 0 },
      ...{ curr1_input: 0, power1_max: 26_214_400, power1_max_alarm: 1 },
      ...{ temp1_input: 0, temp1_max: -40_000, temp1_max_alarm: 1 },
    });
  });

  it('shows an INA260 with a reverse current: −10 A, 12 V, 120 W', async () => {
    // −8000 · 1.25 mA, 9600 · 1.25 mV, 12,000 · 10 mW (TI INA260 data sheet, "Register Details")
    assert.deepEqual(await decodeWords('ina260', 4, { 1: 0xe0c0, 2: 0x2580, 3: 0x2ee0 }), {
      curr1_input: -10_000,
      in1_input: 12_000,
      power1_input: 120_000_000,
    });
  });

  it('shows the channels of an INA3221 that are on, and all limits', async () => {
    // SBOS576: 13 bits left-aligned. Shunt 1: 80 mV / 40 µV = 2000 → 3E80h; bus 1: 12 V / 8 mV = 1500 → 2EE0h;
    // shunt 2: −80 mV → C180h ("Shunt voltage register", example). Channel 3 is off in 6127h: 1.1 ms each, no averaging.
    const measured = { 0: 0x6127, 1: 0x3e80, 2: 0x2ee0, 3: 0xc180, 4: 0, 5: 0x3e80, 6: 0x2ee0 };
    // critical 1: 40 mV; warning 2: 20 mV; sum 0 of 80 mV and −80 mV, its limit 32 mV = 800 bits of 40 µV from bit 1 on
    const limits = { 7: 0x1f40, 0x0a: 0x0fa0, 0x0e: 0x0640, 0x0f: 0x0210 };
    const decoded = await decodeWords('ina3221', 16, { ...measured, ...limits }, 5000);
    assert.deepEqual(decoded, {
      samples: 1,
      update_interval: 4, // 2 · (1100 + 1100 µs)
      ...{ in1_enable: 1, in2_enable: 1, in3_enable: 0 },
      ...{ shunt1_resistor: 5000, shunt2_resistor: 5000, shunt3_resistor: 5000 },
      ...{ in1_input: 12_000, in2_input: 0, in4_input: 80_000, in5_input: -80_000, in7_input: 0 },
      ...{ curr1_input: 16_000, curr1_max: 0, curr1_crit: 8000, curr1_max_alarm: 0, curr1_crit_alarm: 1 },
      ...{ curr2_input: -16_000, curr2_max: 4000, curr2_crit: 0, curr2_max_alarm: 1, curr2_crit_alarm: 0 },
      ...{ curr3_max: 0, curr3_crit: 0, curr3_max_alarm: 0, curr3_crit_alarm: 0 },
      ...{ curr4_input: 0, curr4_crit: 6400, curr4_crit_alarm: 0 },
    });
  });
});

describe('chip decode of voltage inputs', () => {
  it('shows an ADC128D818 with limits and alarms', async () => {
    // SNAS483: 12 bits left-aligned. Full scale FFF0h = 4095 → 2560 mV; 7FF0h: 2047 · 2560 / 4095 = 1279.69;
    // limits are of the upper 8 bits: FFh · 16 = 4080 → 2550.6, 80h → 2048 · 2560 / 4095 = 1280.3
    // temperature in 9 bits of 0.5 °C: FF80h → −0.5 °C
    const registers = words(0x3a, {
      ...{ 0x20: 0xfff0, 0x21: 0x7ff0, 0x2a: 0xff00, 0x2b: 0x8000, 0x01: 0x8200 },
      ...{ 0x27: 0xff80, 0x38: 0x5000, 0x39: 0xf600 },
    });
    const decoded = await decodeRegisters({ chip: 'adc128d818', width: 'word', registers });
    const { in0_input, in0_max, in0_min, in0_alarm, in1_input, in1_alarm, ...others } = decoded;
    assert.deepEqual([in0_input, in0_max, in0_min, in0_alarm, in1_input, in1_alarm], [2560, 2551, 1280, 0, 1280, 1]);
    assert.deepEqual(
      [others['temp1_input'], others['temp1_max'], others['temp1_max_hyst'], others['temp1_max_alarm']],
      [-500, 80_000, -10_000, 1],
    );
    assert.equal(Object.keys(decoded).length, 7 * 4 + 4);
  });

  it('shows the inputs that an ADC128D818 has in each of its modes, and a temperature in all but mode 1', async () => {
    // SNAS483, "Modes of Operation": 7 single-ended, 8 single-ended, 4 differential, 4 single-ended and 2 differential
    const inputsByMode = [7, 8, 4, 6];
    for (const [mode, inputs] of inputsByMode.entries()) {
      const decoded = await decodeWords('adc128d818', 0x3a, { 0x0b: mode << 9, 0x27: 0x8000 });
      assert.equal(Object.keys(decoded).filter((name) => /^in\d_input$/.test(name)).length, inputs, `mode ${mode}`);
      assert.equal(decoded['temp1_input'], mode === 1 ? undefined : -128_000);
      assert.equal(decoded['in7_input'], mode === 1 ? 1280 : undefined); // 2048 · 2560 / 4095
    }
  });

  it('shows the inputs of ADS7828 and ADS7830 by the command that each answers to', async () => {
    // SBAS181, Table 2: single-ended CH0 is 1000, CH1 1100, CH2 1001, … CH7 1111 in the upper four bits; PD = 11
    const commands = [0x8c, 0xcc, 0x9c, 0xdc, 0xac, 0xec, 0xbc, 0xfc];
    const twelve = Object.fromEntries(commands.map((command, input) => [command, 500 * input]));
    // 610 µV a step: 500 → 305 mV, 3500 → 2135 mV
    assert.deepEqual(
      Object.values(await decodeWords('ads7828', 0xfd, twelve)),
      [0, 305, 610, 915, 1220, 1525, 1830, 2135],
    );
    const eight = bytes(0xfd, { 0x8c: 0xff, 0xfc: 0x80 });
    const decoded = await decodeRegisters({ chip: 'ads7830', width: 'byte', registers: eight });
    assert.equal(decoded['in0_input'], 2490); // 255 · 9766 µV
    assert.equal(decoded['in7_input'], 1250);
    assert.equal(decoded['in1_input'], 0);
  });
});

describe('chip decode of a MAX6639', () => {
  it('shows temperatures, limits, fans, duties and alarms', async () => {
    const registers = bytes(0x28, {
      ...{ 0x00: 0x19, 0x05: 0xe0, 0x01: 0x80, 0x06: 0x01 }, // 25.875 °C; 128 °C and an open diode
      ...{ 0x02: 0b1001_1001, 0x04: 0x08 }, // alert 1, over-temperature 2, therm 1, fan 2
      ...{ 0x08: 0x50, 0x0a: 0x6e, 0x0c: 0x46 },
      ...{ 0x10: 0x82, 0x13: 0x01, 0x14: 0x83, 0x17: 0x03, 0x20: 0x50, 0x21: 0xff },
      ...{ 0x24: 0x40, 0x25: 0xc0, 0x26: 0x3c, 0x27: 0x78 },
    });
    assert.deepEqual(await decodeRegisters({ chip: 'max6639', width: 'byte', registers }), {
      ...{ temp1_input: 25_875, temp1_fault: 0, temp1_max: 70_000, temp1_crit: 80_000, temp1_emergency: 110_000 },
      ...{ temp1_crit_alarm: 1, temp1_emergency_alarm: 0, temp1_max_alarm: 1 },
      ...{ temp2_input: 128_000, temp2_fault: 1, temp2_max: 0, temp2_crit: 0, temp2_emergency: 0 },
      ...{ temp2_crit_alarm: 0, temp2_emergency_alarm: 1, temp2_max_alarm: 0 },
      ...{ fan1_input: 3000, fan1_fault: 0, fan1_pulses: 2 }, // 8000 rpm · 30 / 80
      ...{ fan2_input: 0, fan2_fault: 1, fan2_pulses: 4 },
      ...{ pwm1: 127, pwm1_freq: 8333, pwm2: 255, pwm2_freq: 25_000 },
    });
  });

  it('shows a count of 0 as a standstill, as the driver does', async () => {
    const registers = bytes(0x28, { 0x10: 0x83 });
    assert.equal((await decodeRegisters({ chip: 'max6639', width: 'byte', registers }))['fan1_input'], 0);
  });
});
