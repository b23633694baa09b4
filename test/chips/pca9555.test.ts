import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Level } from '../../src/chips/chip.ts';
import { byteChip, open } from './probe-bus.ts';

function pins(count: number, high: readonly number[]): readonly Level[] {
  return Array.from({ length: count }, (_, pin) => (high.includes(pin) ? 1 : 0));
}

describe('PCA9555 family', () => {
  it('reads all pins in one transfer, whatever the number of ports', async () => {
    // input registers from the data sheets: 00h on; PCA9506 and TCA6424 ask for auto-increment with 80h
    const cases: readonly [string, string, number, Record<number, number>, number, readonly number[]][] = [
      ['pca9536', '00', 1, { 0: 0xf9 }, 4, [0, 3]],
      ['pca9534', '00', 1, { 0: 0x81 }, 8, [0, 7]],
      ['pca9555', '00', 2, { 0: 0x02, 1: 0x80 }, 16, [1, 15]],
      ['tca6424', '80', 3, { 0x80: 0x01, 0x82: 0x80 }, 24, [0, 23]],
      ['pca9506', '80', 5, { 0x80: 0x04, 0x84: 0x80 }, 40, [2, 39]],
    ];
    for (const [name, write, readLength, registers, count, high] of cases) {
      const bus = byteChip(0x20, registers);
      const chip = open('expander', name, bus, 0x20);
      assert.equal(chip.pinCount, count);
      assert.deepEqual(await chip.readPins(), { kind: 'ok', levels: pins(count, high) }, name);
      assert.deepEqual(bus.transfers, [{ address: 0x20, write, readLength }], name);
    }
  });

  it('changes one output and leaves its neighbours', async () => {
    const bus = byteChip(0x20, { 0x02: 0xf0, 0x03: 0x0f });
    const chip = open('expander', 'pca9535', bus, 0x20);
    await chip.writePin(0, 1);
    await chip.writePin(15, 1);
    await chip.writePin(4, 0);
    assert.deepEqual(bus.writes(), ['02f1', '038f', '02e1']);
  });

  it('sets the level before it makes the pin an output', async () => {
    const bus = byteChip(0x22, { 0x0b: 0x00, 0x1b: 0xff });
    await open('expander', 'pca9506', bus, 0x22).setOutput(25, 1); // port 3, bit 1
    assert.deepEqual(bus.writes(), ['0b02', '1bfd']);
  });

  it('does not make an output of a pin whose level could not be set', async () => {
    const bus = byteChip(0x20, { 0x02: 0, 0x06: 0xff });
    bus.fail = ({ write }) => (write === '0201' ? 'nack' : null);
    const result = await open('expander', 'pca9539', bus, 0x20).setOutput(0, 1);
    assert.equal(result.kind, 'failed');
    assert.deepEqual(bus.writes(), ['0201']);
  });

  it('does not lose one of two changes asked for at once', async () => {
    const bus = byteChip(0x20, { 0x02: 0x00 });
    const chip = open('expander', 'pca9555', bus, 0x20);
    await Promise.all([chip.writePin(0, 1), chip.writePin(1, 1), chip.writePin(2, 1)]);
    assert.deepEqual(bus.writes(), ['0201', '0203', '0207']);
  });

  it('goes on after a change that failed', async () => {
    const bus = byteChip(0x20, { 0x02: 0x00 });
    const chip = open('expander', 'pca9555', bus, 0x20);
    let broken = true;
    bus.fail = () => (broken ? 'timeout' : null);
    const failed = await chip.writePin(0, 1);
    assert.equal(failed.kind === 'failed' && failed.reason, 'timeout');
    broken = false;
    assert.deepEqual(await chip.writePin(0, 1), { kind: 'ok' });
  });

  it('makes inputs, takes polarity inversion back, refuses pins it does not have', async () => {
    const bus = byteChip(0x20, { 0x03: 0x00 });
    const chip = open('expander', 'pca9538', bus, 0x20);
    await chip.setInput(7);
    await chip.configure();
    assert.deepEqual(bus.writes(), ['0380', '0200']);
    const result = await chip.writePin(8, 1);
    assert.ok(result.kind === 'failed');
    assert.match(result.detail, /pca9538 at 0x20 on i2c3: no pin 8, it has 0 to 7/);
  });
});

describe('PCA9552', () => {
  it('reads pins and LEDs', async () => {
    // control register: bit 4 = auto-increment; LS0 = 06h, two bits a pin: on, off, blink 0, blink 1
    const bus = byteChip(0x67, { 0x10: 0x01, 0x11: 0x80, 0x16: 0b11_10_01_00, 0x17: 0x55, 0x18: 0x55, 0x19: 0x15 });
    const chip = open('led', 'pca9552', bus, 0x67);
    assert.deepEqual(await chip.readPins(), { kind: 'ok', levels: pins(16, [0, 15]) });
    const leds = await chip.readLeds();
    assert.deepEqual(leds.kind === 'ok' && leds.leds.slice(0, 5), ['on', 'off', 'blink0', 'blink1', 'off']);
    assert.equal(leds.kind === 'ok' && leds.leds[15], 'on');
    assert.deepEqual(
      bus.transfers.map(({ write, readLength }) => [write, readLength]),
      [
        ['10', 2],
        ['16', 4],
      ],
    );
  });

  it('sets one LED, or the level of one pin, in its select register', async () => {
    const bus = byteChip(0x67, { 0x06: 0x55, 0x09: 0x55 });
    const chip = open('led', 'pca9552', bus, 0x67);
    await chip.setLed(1, 'on');
    await chip.setLed(15, 'blink1');
    await chip.writePin(1, 1);
    await chip.writePin(0, 0);
    assert.deepEqual(bus.writes(), ['0651', '09d5', '0655', '0654']);
    assert.equal((await chip.setLed(16, 'on')).kind, 'failed');
  });
});
