// The fan controller against its data sheet (19-6540) and the values Linux shows for the same registers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Max31790Model } from '../../hwsim/chips/max31790.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

function controller(rpm = 3840) {
  const chip = new Max31790Model((tachometer) => (tachometer <= 7 ? () => rpm : null), 0.5);
  const write = (plantS: number, ...values: number[]) => chip.transfer(bytes(...values), 0, { plantS, busMs: 0 });
  const read = (plantS: number, register: number, length: number) =>
    Buffer.from(chip.transfer(bytes(register), length, { plantS, busMs: 0 })).toString('hex');
  return { chip, write, read };
}

describe('a MAX31790', () => {
  it('powers up with the values of its register table', () => {
    const { read } = controller();
    assert.equal(read(0, 0x00, 1), '20');
    assert.equal(read(0, 0x08, 1), '4c');
    assert.equal(read(0, 0x12, 3), '3f3f45');
    assert.equal(read(0, 0x50, 2), '3c00');
  });

  it('counts 8192 Hz over SR tachometer periods', () => {
    // Linux shows 3840 rpm for count 2000h >> 5 = 256 at SR = 4: 60 · 4 · 8192 / (2 · 256) = 3840
    const { read, write } = controller(3840);
    write(0, 0x02, 0x08);
    assert.equal(read(0, 0x18, 2), '2000');
    write(0, 0x08, 0x2c); // SR = 2 halves it
    assert.equal(read(0, 0x18, 2), '1000');
  });

  it('shows the highest count for a standing fan and for an input that is not enabled', () => {
    assert.equal(controller(3840).read(0, 0x18, 2), 'ffe0');
    const standing = controller(0);
    standing.write(0, 0x02, 0x08);
    assert.equal(standing.read(0, 0x18, 2), 'ffe0');
  });

  it('measures a seventh tachometer on PWM pin 1 when the pin is made an input', () => {
    const { read, write } = controller(3840);
    write(0, 0x02, 0x08);
    assert.equal(read(0, 0x24, 2), 'ffe0');
    write(0, 0x02, 0x09);
    assert.equal(read(0, 0x24, 2), '2000');
  });

  it('ramps the duty by one step in 7.8 ms after power-up, and at once when told to', () => {
    const { chip, read, write } = controller();
    write(0, 0x40, 0xff, 0x80); // 511
    chip.tick(1); // 128 steps above 256 of 511 (0.5 · 511 rounds to 256)
    assert.equal(read(1, 0x30, 2), 'c000'); // 384 << 7
    chip.tick(2);
    assert.equal(chip.ratio(1), 1);
    write(2, 0x08, 0x40); // rate of change 000
    write(2, 0x40, 0x40, 0x00); // 128
    chip.tick(2);
    assert.equal(read(2, 0x30, 2), '4000');
  });

  it('takes all fans to full speed when nobody talks to it for the watchdog’s time, and returns when somebody does', () => {
    const { chip, read, write } = controller();
    write(0, 0x08, 0x40);
    write(0, 0x40, 0x20, 0x00); // 64 of 511
    write(0, 0x00, 0x22); // watchdog 5 s
    chip.tick(4.9);
    assert.equal(chip.ratio(1), 64 / 511);
    chip.tick(5);
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map((fan) => chip.ratio(fan)),
      [1, 1, 1, 1, 1, 1],
    );
    assert.equal(read(6, 0x00, 1), '23'); // the status bit tells of it, once
    assert.equal(read(6, 0x00, 1), '22');
    chip.tick(6.1);
    assert.equal(chip.ratio(1), 64 / 511);
  });

  it('leaves the fans alone when the watchdog is not armed', () => {
    const { chip, write } = controller();
    write(0, 0x40, 0x80, 0x00);
    chip.tick(3600);
    assert.equal(chip.ratio(1), 256 / 511);
  });

  it('reports a fan that stays slower than its target count, until the target is written again', () => {
    // power-up target 3C00h >> 5 = 480: 60 · 4 · 8192 / (2 · 480) = 2048 rpm, as fan1_min of Linux
    const { chip, read, write } = controller(2000);
    write(0, 0x02, 0x08);
    chip.tick(1);
    assert.equal(read(1, 0x11, 1), '00'); // fault queue: two seconds
    chip.tick(2.5);
    assert.equal(read(2.5, 0x11, 1), '01');
    write(2.5, 0x50, 0x60, 0x00); // 768: 1280 rpm
    chip.tick(10);
    assert.equal(read(10, 0x11, 1), '00');
  });

  it('drives every fan at full speed after a failure when the options say so', () => {
    const { chip, write } = controller(0);
    write(0, 0x02, 0x08);
    write(0, 0x14, 0x4d);
    chip.tick(3);
    assert.equal(chip.ratio(2), 256 / 511); // the fault is seen in this tick, acted on in the next
    chip.tick(3.1);
    assert.equal(chip.ratio(2), 1);
  });
});
