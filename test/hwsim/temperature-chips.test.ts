// LM75 and TMP421 families against the tables of their data sheets.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Lm75Model } from '../../hwsim/chips/lm75.ts';
import { Tmp421Model } from '../../hwsim/chips/tmp421.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const read = (chip: { transfer(w: Uint8Array, n: number): Uint8Array }, pointer: number, length = 2) =>
  Buffer.from(chip.transfer(bytes(pointer), length)).toString('hex');

describe('an LM75', () => {
  // SNIS153 table 1: +125 °C 0FAh, +25 °C 032h, +0.5 °C 001h, 0 °C 000h, −0.5 °C 1FFh, −25 °C 1CEh, −55 °C 192h, 9 bits left-justified
  for (const [celsius, nineBits] of [
    [125, 0x0fa],
    [25, 0x032],
    [0.5, 0x001],
    [0, 0x000],
    [-0.5, 0x1ff],
    [-25, 0x1ce],
    [-55, 0x192],
  ] as const) {
    it(`shows ${celsius} °C as the data sheet's table says`, () => {
      const word = (nineBits << 7).toString(16).padStart(4, '0');
      assert.equal(read(new Lm75Model('lm75', () => celsius), 0), word);
    });
  }

  it('powers up with 75 °C hysteresis and 80 °C limit and keeps what is written', () => {
    const chip = new Lm75Model('lm75', () => 20);
    assert.equal(read(chip, 2), '4b00');
    assert.equal(read(chip, 3), '5000');
    chip.transfer(bytes(3, 0x37, 0x80), 0); // 55.5 °C
    assert.equal(read(chip, 3), '3780');
    chip.reset();
    assert.equal(read(chip, 3), '5000');
  });

  it('reads on from the register that was addressed last', () => {
    const chip = new Lm75Model('lm75', () => 25);
    chip.transfer(bytes(2), 0);
    assert.equal(Buffer.from(chip.transfer(bytes(), 2)).toString('hex'), '4b00');
  });
});

describe('a TMP75', () => {
  it('converts with 9 bits after power-up and with 12 when told to', () => {
    const chip = new Lm75Model('tmp75', () => 25.3125);
    assert.equal(read(chip, 0), '1980'); // 25.5 °C: 51 × 0.5 K
    chip.transfer(bytes(1, 0x60), 0);
    assert.equal(read(chip, 0), '1950'); // SBOS288 table 5: 0.0625 K a step; 25.3125 = 405 × 0.0625, 195h
  });

  it('keeps its last conversion in shut-down until a one-shot', () => {
    let celsius = 30;
    const chip = new Lm75Model('tmp75', () => celsius);
    chip.transfer(bytes(1, 0x61), 0);
    celsius = 40;
    assert.equal(read(chip, 0), '1e00');
    chip.transfer(bytes(1, 0xe1), 0);
    assert.equal(read(chip, 0), '2800');
  });
});

describe('a TMP112', () => {
  it('shows the 12-bit values of SBOS473 table 8', () => {
    for (const [celsius, word] of [
      [127.9375, '7ff0'],
      [80, '5000'],
      [0.25, '0040'],
      [-0.25, 'ffc0'],
      [-55, 'c900'],
    ] as const) {
      assert.equal(read(new Lm75Model('tmp112', () => celsius), 0), word);
    }
  });

  it('powers up with configuration 60A0h and shows 13 bits in extended mode', () => {
    const chip = new Lm75Model('tmp112', () => 150);
    assert.equal(read(chip, 1), '60a0');
    chip.transfer(bytes(1, 0x60, 0xb0), 0);
    assert.equal(read(chip, 0), '4b01'); // table 9: 150 °C = 0 1001 0110 0000, EM bit set
  });
});

describe('a TMP421', () => {
  const chip = () => new Tmp421Model('tmp421', [() => 25, () => 71.4375]);

  it('says who it is', () => {
    assert.equal(read(chip(), 0xfe, 1), '55');
    assert.equal(read(chip(), 0xff, 1), '21');
    assert.equal(read(new Tmp421Model('tmp423', []), 0xff, 1), '23');
  });

  it('shows local and remote temperature, high byte and 1/16 K', () => {
    const tmp = chip();
    assert.equal(read(tmp, 0x00, 1) + read(tmp, 0x10, 1), '1900');
    assert.equal(read(tmp, 0x01, 1) + read(tmp, 0x11, 1), '4770'); // 71 °C and 7/16
  });

  it('gives both bytes in one read of two', () => {
    assert.equal(read(chip(), 0x01, 2), '4770');
  });

  it('adds 64 K in the extended range', () => {
    const tmp = new Tmp421Model('tmp421', [() => 0, () => 150]);
    tmp.transfer(bytes(0x09, 0x04), 0);
    assert.equal(read(tmp, 0x00, 2), '4000'); // SBOS398 table 2: 0 °C = 40h, 150 °C = D6h
    assert.equal(read(tmp, 0x01, 2), 'd600');
  });

  it('marks a remote channel without a diode as open', () => {
    const tmp = new Tmp421Model('tmp422', [() => 25, () => 30]);
    assert.equal(read(tmp, 0x12, 1), '01');
    assert.equal(read(tmp, 0x11, 1), '00');
  });
});
