// A Modbus line in process, on virtual time: units that hear at one baud rate, and a port that can be pulled out.
import type { VirtualClock } from '../../src/core/virtual-clock.ts';
import { sleep } from '../../src/core/clock.ts';
import type { ModbusAnswer } from '../../src/core/ports.ts';
import type { LineSpeed, ModbusWire } from '../../src/buses/modbus-wire.ts';

export interface FakeUnit {
  /** Left out: any. */
  baud?: number;
  mode: 'well' | 'silent' | 'garbled' | 'refuses';
  readonly registers: Map<number, number>;
}

export class FakeLine {
  readonly clock: VirtualClock;
  readonly units = new Map<number, FakeUnit>();
  /** What was sent: `read 12 @19200`; openings: `open 19200 even`. */
  readonly log: string[] = [];
  plugged = true;
  /** On the wire at this moment; more than one is an error of the line. */
  underway = 0;
  most = 0;
  readonly answerMs: number;

  constructor(clock: VirtualClock, answerMs = 20) {
    this.clock = clock;
    this.answerMs = answerMs;
  }

  unit(address: number, parts: Partial<FakeUnit> = {}): FakeUnit {
    const unit: FakeUnit = { mode: 'well', registers: new Map(), ...parts };
    this.units.set(address, unit);
    return unit;
  }

  readonly open = (speed: LineSpeed): Promise<ModbusWire> => {
    this.log.push(`open ${speed.baud} ${speed.parity}`);
    if (!this.plugged) return Promise.reject(new Error('no such port'));
    let isOpen = true;
    return Promise.resolve({
      read: (unit, address, count, timeoutMs) =>
        this.#ask(`read ${unit}`, unit, speed, timeoutMs, ({ registers }) =>
          Array.from({ length: count }, (_, index) => registers.get(address + index) ?? 0),
        ),
      write: (unit, address, values, timeoutMs) =>
        this.#ask(`write ${unit}`, unit, speed, timeoutMs, ({ registers }) => {
          values.forEach((value, index) => registers.set(address + index, value));
          return [];
        }),
      open: () => isOpen && this.plugged,
      close: () => {
        isOpen = false;
        this.log.push('close');
        return Promise.resolve();
      },
    });
  };

  async #ask(
    what: string,
    address: number,
    speed: LineSpeed,
    timeoutMs: number,
    carryOut: (unit: FakeUnit) => readonly number[],
  ): Promise<ModbusAnswer> {
    this.log.push(`${what} @${speed.baud}`);
    this.most = Math.max(this.most, ++this.underway);
    const unit = this.units.get(address);
    const hears = unit !== undefined && unit.mode !== 'silent' && (unit.baud ?? speed.baud) === speed.baud;
    await sleep(this.clock, hears ? this.answerMs : timeoutMs);
    this.underway--;
    if (!this.plugged) return { kind: 'error', error: 'io', detail: 'the port is gone' };
    if (!hears) return { kind: 'error', error: 'timeout', detail: `no answer within ${timeoutMs} ms` };
    if (unit.mode === 'garbled') return { kind: 'error', error: 'crc', detail: 'CRC error' };
    if (unit.mode === 'refuses') return { kind: 'error', error: 'exception', detail: 'no such register', code: 2 };
    return { kind: 'ok', registers: carryOut(unit) };
  }
}
