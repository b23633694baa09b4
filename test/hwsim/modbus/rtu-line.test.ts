import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { withCrc, withoutCrc } from '../../../hwsim/modbus/crc16.ts';
import { ModbusBus, type ModbusFaults } from '../../../hwsim/modbus/modbus-bus.ts';
import type { RegisterFile } from '../../../hwsim/modbus/pdu.ts';
import { gapMs, RtuLine } from '../../../hwsim/modbus/rtu-line.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { VirtualClock } from '../../../src/core/virtual-clock.ts';

const BAUD = 19_200;
const READ_TWO = Uint8Array.of(7, 3, 0, 0, 0, 2);

/** Two devices of three registers, units 7 and 9, on a line with a virtual clock. */
function line(faults: Partial<ModbusFaults> = {}) {
  const clock = new VirtualClock();
  const registers = { a: [10, 20, 30], b: [1, 2, 3] };
  const file = (values: number[]): RegisterFile => ({
    read: (address, count) => (address + count <= values.length ? values.slice(address, address + count) : null),
    write: (address, written) => {
      if (address + written.length > values.length) return 2;
      written.forEach((value, i) => (values[address + i] = value));
      return null;
    },
  });
  const bus = new ModbusBus({
    id: 'shelf',
    baud: BAUD,
    units: new Map([
      [7, { id: 'a', registers: file(registers.a) }],
      [9, { id: 'b', registers: file(registers.b) }],
    ]),
    faults: { isHung: () => false, isSilent: () => false, noiseOf: () => 0, ...faults },
    random: seededRandom(1),
    clock,
  });
  const sent: { atMs: number; hex: string }[] = [];
  const send = (bytes: Uint8Array) => void sent.push({ atMs: clock.nowMs(), hex: Buffer.from(bytes).toString('hex') });
  return { clock, registers, sent, rtu: new RtuLine({ bus, baud: BAUD, send }) };
}

const framed = (bytes: Uint8Array) => Buffer.from(withCrc(bytes)).toString('hex');

describe('the gap between frames', () => {
  it('is 3.5 characters of 11 bits: 2.005 ms at 19,200 baud, and 1.75 ms at any higher (V1.02, 2.5.1.1)', () => {
    assert.ok(Math.abs(gapMs(19_200) - 2.005) < 0.001);
    assert.ok(Math.abs(gapMs(9600) - 4.01) < 0.001);
    assert.equal(gapMs(115_200), 1.75);
  });
});

describe('devices on a serial line', () => {
  it('answer a frame after the gap, in the time that both frames take on the wire', () => {
    const { clock, rtu, sent } = line();
    rtu.receive(withCrc(READ_TWO));
    clock.advance(2);
    assert.equal(sent.length, 0);
    clock.advance(50);
    // gap 2.005 + 1 to think + request of 8 and answer of 9 characters at 11 bits: 17·11/19.2 = 9.740 ms
    assert.equal(sent.length, 1);
    assert.ok(Math.abs((sent[0]?.atMs ?? 0) - 12.745) < 0.01, `${sent[0]?.atMs} ms`);
    assert.equal(sent[0]?.hex, framed(Uint8Array.of(7, 3, 4, 0, 10, 0, 20)));
  });

  it('take a frame that comes in pieces, and none with a gap in it', () => {
    const { clock, rtu, sent } = line();
    const frame = withCrc(READ_TWO);
    for (const byte of frame) {
      rtu.receive(Uint8Array.of(byte));
      clock.advance(1.5);
    }
    clock.advance(50);
    assert.equal(sent.length, 1);
    rtu.receive(frame.subarray(0, 4));
    clock.advance(3);
    rtu.receive(frame.subarray(4));
    clock.advance(50);
    assert.equal(sent.length, 1);
  });

  it('say nothing to a wrong checksum, an address of nobody, noise of any length', () => {
    const { clock, rtu, sent } = line();
    const wrong = withCrc(READ_TWO);
    wrong[7] = (wrong[7] ?? 0) ^ 1;
    for (const frame of [wrong, withCrc(Uint8Array.of(8, 3, 0, 0, 0, 1)), new Uint8Array(5000).fill(0x55)]) {
      rtu.receive(frame);
      clock.advance(100);
    }
    assert.deepEqual(sent, []);
    rtu.receive(withCrc(READ_TWO));
    clock.advance(100);
    assert.equal(sent.length, 1, 'and answer the next');
  });

  it('all do what a broadcast writes, and none answers; a broadcast read does nothing', () => {
    const { clock, rtu, sent, registers } = line();
    rtu.receive(withCrc(Uint8Array.of(0, 6, 0, 1, 0, 99)));
    clock.advance(100);
    rtu.receive(withCrc(Uint8Array.of(0, 3, 0, 1, 0, 1)));
    clock.advance(100);
    assert.deepEqual(sent, []);
    assert.deepEqual(registers, { a: [10, 99, 30], b: [1, 99, 3] });
  });

  it('are silent when they are gone, and all of them when the line hangs', () => {
    const gone = line({ isSilent: (device) => device === 'a' });
    gone.rtu.receive(withCrc(READ_TWO));
    gone.clock.advance(100);
    assert.deepEqual(gone.sent, []);
    gone.rtu.receive(withCrc(Uint8Array.of(9, 3, 0, 0, 0, 1)));
    gone.clock.advance(100);
    assert.deepEqual(
      gone.sent.map(({ hex }) => hex),
      [framed(Uint8Array.of(9, 3, 2, 0, 1))],
    );
    const hung = line({ isHung: () => true });
    for (const unit of [0, 7, 9]) {
      hung.rtu.receive(withCrc(Uint8Array.of(unit, 6, 0, 0, 0, 5)));
      hung.clock.advance(100);
    }
    assert.deepEqual(hung.sent, []);
    assert.deepEqual(hung.registers.a, [10, 20, 30]);
  });

  it('have that part of their answers damaged that was asked for', () => {
    const { clock, rtu, sent } = line({ noiseOf: () => 0.3 });
    for (let i = 0; i < 1000; i++) {
      rtu.receive(withCrc(READ_TWO));
      clock.advance(100);
    }
    const damaged = sent.filter(({ hex }) => withoutCrc(Buffer.from(hex, 'hex')) === null).length;
    // binomial: 300 ± 4·√(1000·0.3·0.7) = 300 ± 58
    assert.equal(sent.length, 1000);
    assert.ok(damaged > 242 && damaged < 358, `${damaged} of 1000`);
  });

  it('never answer what was not a whole request to one of them', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 2, maxLength: 12 }).map(withCrc),
      fc
        .tuple(fc.constantFrom(7, 9), fc.constantFrom(3, 4, 6, 16), fc.uint8Array({ maxLength: 8 }))
        .map(([unit, code, rest]) => withCrc(Uint8Array.of(unit, code, ...rest))),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, fc.nat(5)), { maxLength: 12 }), (pieces) => {
        const { clock, rtu, sent } = line();
        let frame: number[] = [];
        let asked = 0;
        const ends = () => {
          const request = frame.length <= 256 ? withoutCrc(Uint8Array.from(frame)) : null;
          if (request !== null && request.length > 1 && (request[0] === 7 || request[0] === 9)) asked++;
          frame = [];
        };
        for (const [piece, pauseMs] of pieces) {
          rtu.receive(piece);
          frame.push(...piece);
          clock.advance(pauseMs);
          if (pauseMs > gapMs(BAUD)) ends();
        }
        clock.advance(5000);
        ends();
        assert.equal(sent.length, asked);
        for (const { hex } of sent) assert.match(hex, /^0[79]/);
      }),
    );
  });
});
