// Power monitors, expanders, LED driver, EEPROM and switch against their data sheets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EepromModel, eepromGeometry } from '../../hwsim/chips/eeprom24c.ts';
import { HotSwapModel } from '../../hwsim/chips/hot-swap.ts';
import { HwmonFanModel } from '../../hwsim/chips/hwmon-fan.ts';
import { Ina238Model } from '../../hwsim/chips/ina238.ts';
import { Ina2xxModel } from '../../hwsim/chips/ina2xx.ts';
import { MuxModel } from '../../hwsim/chips/pca954x.ts';
import { Pca9552Model } from '../../hwsim/chips/pca9552.ts';
import { ExpanderModel, expanderLayouts } from '../../hwsim/chips/pca955x.ts';
import { Wire } from '../../hwsim/lines/wire.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const hex = (data: Uint8Array | null) => (data === null ? null : Buffer.from(data).toString('hex'));
const at = (busMs: number) => ({ plantS: 0, busMs });

describe('an INA226', () => {
  // SBOS547 section 7.5: 10 A through 2 mΩ at 11.98 V, calibration 0A00h → shunt 1F40h, bus 2570h, current 2710h, power 12B8h
  it('shows the worked example of its data sheet', () => {
    const chip = new Ina2xxModel(
      'ina226',
      0.002,
      () => 11.98,
      () => 10,
    );
    assert.equal(hex(chip.transfer(bytes(4), 2)), '0000'); // nothing before it is calibrated
    chip.transfer(bytes(5, 0x0a, 0x00), 0);
    assert.equal(hex(chip.transfer(bytes(1), 2)), '1f40');
    assert.equal(hex(chip.transfer(bytes(2), 2)), '2570');
    assert.equal(hex(chip.transfer(bytes(4), 2)), '2710');
    assert.equal(hex(chip.transfer(bytes(3), 2)), '12b8');
  });

  it('says who it is, and an INA230 has no manufacturer register', () => {
    const chip = new Ina2xxModel(
      'ina226',
      0.002,
      () => 0,
      () => 0,
    );
    assert.equal(hex(chip.transfer(bytes(0xfe), 2)), '5449');
    assert.equal(hex(chip.transfer(bytes(0xff), 2)), '2260');
    assert.equal(hex(chip.transfer(bytes(0), 2)), '4127');
    assert.equal(
      hex(
        new Ina2xxModel(
          'ina230',
          1,
          () => 0,
          () => 0,
        ).transfer(bytes(0xfe), 2),
      ),
      '0000',
    );
  });

  it('forgets its calibration on a reset by configuration bit 15', () => {
    const chip = new Ina2xxModel(
      'ina226',
      0.002,
      () => 12,
      () => 10,
    );
    chip.transfer(bytes(5, 0x0a, 0x00), 0);
    chip.transfer(bytes(0, 0x80, 0x00), 0);
    assert.equal(hex(chip.transfer(bytes(4), 2)), '0000');
  });
});

describe('an INA238', () => {
  // The data sheet's example (SBOSA20, "Detailed Design Procedure"): 16.2 mΩ, CURRENT_LSB = 10 A / 2¹⁵ = 305.1758 µA,
  // SHUNT_CAL = 819.2·10⁶ · 305.1758·10⁻⁶ · 0.0162 = 4050. At 6 A and 48 V: 97.2 mV / 5 µV = 19440 = 4BF0h;
  // 48 V / 3.125 mV = 15360 = 3C00h; 6 A / CURRENT_LSB = 19661; 288 W / (0.2 · CURRENT_LSB) = 4718592; 25 °C / 0.125 °C = 200 = 0C8h,
  // four bits to the left.
  const chip = () =>
    new Ina238Model(0.0162, {
      busV: () => 48,
      currentA: () => 6,
      dieC: () => 25,
    });
  const word = (model: Ina238Model, register: number) => {
    const data = model.transfer(bytes(register), 2);
    return ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  };

  it('shows the worked example of its data sheet', () => {
    const model = chip();
    model.transfer(bytes(2, 4050 >> 8, 4050 & 0xff), 0);
    assert.equal(word(model, 0x04), 0x4bf0);
    assert.equal(word(model, 0x05), 0x3c00);
    assert.equal(word(model, 0x06), 0x0c80);
    assert.ok(Math.abs(word(model, 0x07) - 19_661) <= 1, `${word(model, 0x07)}`);
    const [high = 0, middle = 0, low = 0] = model.transfer(bytes(0x08), 3);
    const power = (high << 16) | (middle << 8) | low;
    assert.ok(Math.abs(power - 4_718_592) < 500, `${power}`);
  });

  it('says who it is, and what it holds after power-on and after a reset by configuration bit 15', () => {
    const model = chip();
    assert.deepEqual([word(model, 0x3e), word(model, 0x3f)], [0x5449, 0x2381]);
    assert.deepEqual([word(model, 0x00), word(model, 0x01), word(model, 0x02)], [0x0000, 0xfb68, 0x1000]);
    model.transfer(bytes(2, 0x40, 0x00), 0);
    assert.equal(word(model, 2), 0x4000);
    model.transfer(bytes(0, 0x80, 0x00), 0);
    assert.equal(word(model, 2), 0x1000);
  });

  it('has a quarter of the range with ADCRANGE, and saturates there', () => {
    const model = chip();
    model.transfer(bytes(0, 0x00, 0x10), 0);
    assert.equal(word(model, 0x04), 0x7fff); // 97.2 mV, the range is 40.96
  });
});

describe('hot-swap controllers', () => {
  const pins = { supplyV: () => 50, currentA: () => 4, temperatureC: () => 40 };
  const wordOf = (chip: HotSwapModel, command: number) => {
    const data = chip.transfer(bytes(command), 2);
    return ((data?.[1] ?? 0) << 8) | (data?.[0] ?? 0);
  };

  it('LTC4287: 102.4 V are 32768, the shunt’s 32 mV are 32768, temperature in kelvin', () => {
    const chip = new HotSwapModel('ltc4287', 2000, pins);
    assert.equal(wordOf(chip, 0x88), Math.round((50 / 102.4) * 32_768)); // 16000
    assert.equal(wordOf(chip, 0x8c), Math.round(((4 * 0.002) / 0.032) * 32_768)); // 8192
    assert.equal(wordOf(chip, 0x97), 4000); // 200 W · 2000 µΩ / 100
    assert.equal(wordOf(chip, 0x8d), 313);
    assert.equal(wordOf(chip, 0xf2) & 2, 2); // MFR_CONFIG1: the wide range
    assert.equal(wordOf(chip, 0x79), 0); // STATUS_WORD: nothing wrong
    assert.equal(wordOf(chip, 0x90), 0xffff); // no fan
  });

  it('LTC4287: is four times as fine in the range of 25.6 V, where 50 V are too much', () => {
    const chip = new HotSwapModel('ltc4287', 2000, { ...pins, supplyV: () => 12 });
    chip.transfer(bytes(0xf2, 0x00, 0x00), 0);
    assert.equal(wordOf(chip, 0x88), Math.round((12 / 25.6) * 32_768)); // 15360
    chip.reset();
    assert.equal(wordOf(chip, 0x88), 3840);
  });

  it('MP5023: 1/32 V, 1/16 A, 1 W and 1/2 °C a bit', () => {
    const chip = new HotSwapModel('mp5023', 1000, { ...pins, supplyV: () => 12.5 });
    assert.deepEqual(
      [0x88, 0x8c, 0x97, 0x8d].map((command) => wordOf(chip, command)),
      [400, 64, 50, 80],
    );
  });
});

describe('an INA219', () => {
  // SBOS448 section 8.5: 20 mV across 2 mΩ, 11.98 V, calibration 5000h → shunt 07D0h, bus 5D98h (+ ready), current 2710h, power 1766h
  it('shows the worked example of its data sheet', () => {
    const chip = new Ina2xxModel(
      'ina219',
      0.002,
      () => 11.98,
      () => 10,
    );
    chip.transfer(bytes(5, 0x50, 0x00), 0);
    assert.equal(hex(chip.transfer(bytes(1), 2)), '07d0');
    assert.equal(hex(chip.transfer(bytes(2), 2)), '5d9a'); // 5D98h with CNVR
    assert.equal(hex(chip.transfer(bytes(4), 2)), '2710');
    assert.equal(hex(chip.transfer(bytes(3), 2)), '1766');
  });

  it('clips at the range its gain sets', () => {
    const chip = new Ina2xxModel(
      'ina219',
      0.1,
      () => 12,
      () => 10,
    ); // 1 V across the shunt
    assert.equal(hex(chip.transfer(bytes(1), 2)), '7d00'); // ±320 mV after power-up
    chip.transfer(bytes(0, 0x07, 0xff), 0);
    assert.equal(hex(chip.transfer(bytes(1), 2)), '0fa0'); // ±40 mV
  });
});

describe('an I/O expander', () => {
  const pca9555 = () => {
    const wires = Array.from({ length: 16 }, (_, index) => new Wire(`p${index}`));
    const layout = expanderLayouts['pca9555'];
    assert.ok(layout !== undefined);
    const chip = new ExpanderModel(layout, (index) => wires[index] as Wire);
    return { chip, wires };
  };

  it('reads its pins, both ports of a pair in turn, inverted where polarity says so', () => {
    const { chip, wires } = pca9555();
    wires[0]?.setOutside(0);
    wires[9]?.setOutside(0);
    assert.equal(hex(chip.transfer(bytes(0), 3)), 'fefdfe');
    chip.transfer(bytes(4, 0x01), 0);
    assert.equal(hex(chip.transfer(bytes(0), 1)), 'ff');
  });

  it('drives a pin only once it is configured as an output', () => {
    const { chip, wires } = pca9555();
    chip.transfer(bytes(3, 0xfb), 0); // output latch of port 1: pin 10 low
    assert.equal(wires[10]?.level, 1);
    chip.transfer(bytes(7, 0xfb), 0);
    assert.equal(wires[10]?.level, 0);
    chip.reset();
    assert.equal(wires[10]?.level, 1);
  });

  it('steps through the banks of a PCA9506 only with bit 7 of the command', () => {
    const layout = expanderLayouts['pca9506'];
    assert.ok(layout !== undefined);
    const chip = new ExpanderModel(layout, (index) => new Wire(`p${index}`, index < 8 ? 0 : 1));
    assert.equal(hex(chip.transfer(bytes(0x00), 3)), '000000');
    assert.equal(hex(chip.transfer(bytes(0x80), 6)), '00ffffffff00');
    assert.equal(hex(chip.transfer(bytes(0x08), 1)), '00'); // outputs are 0 after power-up, PCA9505/06 table 7
    assert.equal(chip.transfer(bytes(0x06), 1), null);
  });
});

describe('a PCA9552', () => {
  it('pulls a pin low for selector 00 and lets it go for 01', () => {
    const wires = Array.from({ length: 16 }, (_, index) => new Wire(`p${index}`));
    const chip = new Pca9552Model((index) => wires[index] as Wire);
    assert.equal(hex(chip.transfer(bytes(0x16), 4)), '55555555');
    chip.transfer(bytes(0x07, 0x54), 0); // LS1: pin 4 on
    assert.equal(wires[4]?.level, 0);
    assert.equal(hex(chip.transfer(bytes(0x10), 2)), 'efff');
    chip.transfer(bytes(0x07, 0x55), 0);
    assert.equal(wires[4]?.level, 1);
  });
});

describe('a 24Cxx', () => {
  const geometryOf = (name: string) => {
    const geometry = eepromGeometry(name);
    assert.ok(geometry !== null);
    return geometry;
  };

  it('takes one address byte up to 16 Kbit and two above', () => {
    assert.deepEqual(eepromGeometry('24c02'), { sizeBytes: 256, pageBytes: 8, addressBytes: 1 });
    assert.deepEqual(eepromGeometry('AT24C64'), { sizeBytes: 8192, pageBytes: 32, addressBytes: 2 });
    assert.equal(eepromGeometry('tmp75'), null);
  });

  it('reads on from its pointer and wraps at the end', () => {
    const content = Uint8Array.from({ length: 256 }, (_, index) => index);
    const chip = new EepromModel(geometryOf('24c02'), content);
    assert.equal(hex(chip.transfer(bytes(0xfe), 2, at(0))), 'feff');
    assert.equal(hex(chip.transfer(bytes(), 2, at(0))), '0001');
  });

  it('wraps a write inside its page and is silent for 5 ms afterwards', () => {
    const chip = new EepromModel(geometryOf('24c02'), new Uint8Array(256));
    chip.transfer(bytes(0x0e, 1, 2, 3, 4), 0, at(0)); // 0Eh, 0Fh, then 08h, 09h
    assert.equal(chip.transfer(bytes(0x08), 8, at(4.9)), null);
    assert.equal(hex(chip.transfer(bytes(0x08), 8, at(5))), '0304000000000102');
  });
});

describe('a PCA9548', () => {
  it('opens the channels of the last byte written and says which', () => {
    const chip = new MuxModel(8);
    chip.transfer(bytes(0x05), 0);
    assert.deepEqual([chip.isOpen(0), chip.isOpen(1), chip.isOpen(2)], [true, false, true]);
    assert.equal(hex(chip.transfer(bytes(), 1)), '05');
    chip.reset();
    assert.equal(chip.isOpen(0), false);
  });
});

describe('fans behind hwmon files', () => {
  it('take a PWM byte and show a speed of two bytes', () => {
    const chip = new HwmonFanModel((tachometer) => (tachometer === 2 ? () => 7920.4 : null));
    chip.transfer(bytes(0x03, 0x80), 0);
    assert.equal(chip.ratio(3), 128 / 255);
    assert.equal(hex(chip.transfer(bytes(0x03), 1)), '80');
    assert.equal(hex(chip.transfer(bytes(0x24), 2)), '1ef0'); // fan2_input, 7920
    assert.equal(chip.transfer(bytes(0x22), 2), null); // no fan1
  });
});
