import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import type { GpioLine } from '../../src/core/ports.ts';
import { good, none } from '../../src/core/reading.ts';
import { recovery } from '../../src/sensing/bus-recovery.ts';

/** The two wires of a bus, and a device that holds the data line until it has seen so many clock pulses. */
class Wires {
  readonly edges: string[] = [];
  readonly level = { scl: 1, sda: 1 };
  clockHeld = false;
  #left: number;

  constructor(pulses: number) {
    this.#left = pulses;
  }

  line(name: 'scl' | 'sda'): GpioLine {
    return {
      id: name,
      read: () => Promise.resolve(good(this.#levelOf(name), 0)),
      write: (level) => {
        if (name === 'scl' && level === 1 && this.level.scl === 0) this.#left--;
        this.level[name] = level;
        this.edges.push(`${name}${level}`);
        return Promise.resolve('ok');
      },
      watch: () => () => undefined,
    };
  }

  recover(nowMs = 0) {
    return recovery({ scl: this.line('scl'), sda: this.line('sda') })(nowMs);
  }

  #levelOf(name: 'scl' | 'sda'): number {
    if (name === 'scl') return this.clockHeld ? 0 : this.level.scl;
    return this.#left > 0 ? 0 : this.level.sda;
  }
}

const PULSE = ['scl0', 'scl1'];
const STOP = ['scl0', 'sda0', 'scl1', 'sda1'];

describe('recovery of a bus (UM10204, 3.1.16)', () => {
  it('pulses the clock until the data line is let go, then makes a STOP', async () => {
    const wires = new Wires(3);
    assert.deepEqual(await wires.recover(), { kind: 'released', pulses: 3 });
    assert.deepEqual(wires.edges, [...PULSE, ...PULSE, ...PULSE, ...STOP]);
  });

  it('gives up after nine pulses', async () => {
    const wires = new Wires(10);
    assert.equal((await wires.recover()).kind, 'held');
    assert.equal(wires.edges.length, 18);
  });

  it('drives nothing when nobody holds the bus, nor when the clock is held', async () => {
    const free = new Wires(0);
    assert.deepEqual(await free.recover(), { kind: 'free' });
    const stretched = new Wires(3);
    stretched.clockHeld = true;
    const pulsed = await stretched.recover();
    assert.match(pulsed.kind === 'held' ? pulsed.detail : '', /clock line is held low/);
    assert.deepEqual([...free.edges, ...stretched.edges], []);
  });

  it('is made once for all segments that hang on the bus', async () => {
    const wires = new Wires(12);
    const recover = recovery({ scl: wires.line('scl'), sda: wires.line('sda') });
    assert.equal((await recover(1000)).kind, 'held');
    assert.equal((await recover(1000)).kind, 'not-now');
    assert.deepEqual(await recover(2000), { kind: 'released', pulses: 3 });
  });

  it('that cannot read its lines says so', async () => {
    const line: GpioLine = {
      ...new Wires(0).line('scl'),
      read: () => Promise.resolve(none('fault', 0, 'no such line')),
    };
    const pulsed = await recovery({ scl: line, sda: line })(0);
    assert.match(pulsed.kind === 'held' ? pulsed.detail : '', /no such line/);
  });
});
