// What can be broken on the simulated buses, as whoever reads them sees it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBoardFile } from '../../hwsim/board-file.ts';
import { Chassis } from '../../hwsim/chassis.ts';
import { FaultDesk } from '../../hwsim/faults/fault-desk.ts';
import { defaultPlantFor } from '../../hwsim/plant/default-plant.ts';
import { Plant } from '../../hwsim/plant/plant.ts';
import { seededRandom } from '../../src/core/random.ts';
import { sampleBoard } from './sample-chassis.ts';

const DIE_ID = [0xff]; // TMP421: device id 21h

class Bench {
  readonly chassis: Chassis;
  readonly desk: FaultDesk;

  constructor() {
    const buses = sampleBoard.buses.map((bus) =>
      bus.id === 'aux'
        ? { ...bus, recovery: { scl: { bus: 'gpio0', line: 50 }, sda: { bus: 'gpio0', line: 51 } } }
        : bus,
    );
    const board = parseBoardFile(JSON.stringify({ ...sampleBoard, buses }), 'sample.json');
    const slots = board.slots.map(({ number, row, column }) => ({ slot: number, row, column }));
    const parameters = defaultPlantFor('sample', slots, [{ id: 'fan0', fullRpm: [12_000, 10_000] }]);
    const limits = new Map(board.slots.map(({ number }) => [number, 85]));
    const plant = new Plant({ parameters, limits, present: new Set([1, 2]) });
    this.chassis = new Chassis({ board, plant, random: seededRandom(7) });
    this.desk = new FaultDesk(this.chassis, () => undefined);
  }

  /** The bytes as hex, or the error. */
  async read(bus: string, address: number, pointer: readonly number[], length: number): Promise<string> {
    const answer = await this.chassis.bus(bus).transfer(address, Uint8Array.from(pointer), length);
    return answer.kind === 'ok' ? Buffer.from(answer.data).toString('hex') : answer.error;
  }

  level(line: number) {
    return this.chassis.lines.gpio(`gpio0:${line}`)?.level;
  }

  pulse(): void {
    for (const level of [0, 1] as const) this.chassis.lines.gpio('gpio0:50')?.drive(level);
  }
}

describe('a noisy bus', () => {
  it('flips one bit of what is read in the share it is told, and tells nobody', async () => {
    const bench = new Bench();
    bench.desk.apply({ kind: 'bus-noise', bus: 'slot1', share: 0.25, faults: ['corrupt'] });
    let flipped = 0;
    for (let n = 0; n < 1000; n++) {
      const wrong = Number.parseInt(await bench.read('slot1', 0x4f, DIE_ID, 1), 16) ^ 0x21;
      if (wrong === 0) continue;
      flipped++;
      assert.equal(wrong & (wrong - 1), 0, 'one bit');
    }
    assert.ok(flipped > 200 && flipped < 300, `${flipped} of 1000`); // 250 ± 4 σ of 14
    assert.deepEqual([...bench.chassis.faults.noise.counts()], [['corrupt', flipped]]);
    bench.desk.apply({ kind: 'heal', name: 'slot1' });
    assert.equal(await bench.read('slot1', 0x4f, DIE_ID, 1), '21');
  });

  for (const fault of ['nack', 'arbitration', 'pec'] as const) {
    it(`answers ${fault}, and leaves the other buses alone`, async () => {
      const bench = new Bench();
      bench.desk.apply({ kind: 'bus-noise', bus: 'slot1', share: 1, faults: [fault] });
      assert.equal(await bench.read('slot1', 0x4f, DIE_ID, 1), fault);
      assert.equal(await bench.read('slot2', 0x4f, DIE_ID, 1), '21');
    });
  }
});

describe('a bus held low', () => {
  it('times out until the clock has been pulsed often enough; its data line shows it', async () => {
    const bench = new Bench();
    assert.equal(bench.level(51), 1);
    bench.desk.apply({ kind: 'bus-held', bus: 'aux', pulses: 3 });
    assert.equal(bench.level(51), 0);
    assert.equal(await bench.read('aux', 0x48, [0], 2), 'timeout');
    bench.pulse();
    bench.pulse();
    assert.equal(bench.level(51), 0);
    bench.pulse();
    assert.equal(bench.level(51), 1);
    assert.notEqual(await bench.read('aux', 0x48, [0], 2), 'timeout');
  });
});

describe('a switch that is stuck', () => {
  it('leads every channel to the same chips, and says where it stands', async () => {
    const bench = new Bench();
    bench.desk.apply({ kind: 'sled-pull', slot: 2 });
    assert.equal(await bench.read('slot2', 0x4f, DIE_ID, 1), 'nack');
    bench.desk.apply({ kind: 'mux-stuck', mux: 'switch', channel: 0 });
    assert.equal(await bench.read('slot2', 0x4f, DIE_ID, 1), '21'); // of slot 1
    assert.equal(await bench.read('main', 0x70, [], 1), '01');
    bench.desk.apply({ kind: 'heal', name: 'switch' });
    assert.equal(await bench.read('slot2', 0x4f, DIE_ID, 1), 'nack');
  });
});

describe('a chip in another’s place', () => {
  it('answers as what it is, until the right one is back, reset', async () => {
    const bench = new Bench();
    await bench.read('slot1', 0x4f, [0x09, 0x04], 0);
    bench.desk.apply({ kind: 'chip-swapped', device: 's1-tmp', chip: 'tmp423' });
    assert.equal(await bench.read('slot1', 0x4f, DIE_ID, 1), '23');
    bench.desk.apply({ kind: 'heal', name: 's1-tmp' });
    assert.equal(await bench.read('slot1', 0x4f, DIE_ID, 1), '21');
    assert.equal(await bench.read('slot1', 0x4f, [0x09], 1), '00');
  });
});

describe('a slow device', () => {
  it('takes longer, and beyond SMBus’ limit is given up', async () => {
    const bench = new Bench();
    const transfer = (delayMs: number) => {
      bench.desk.apply({ kind: 'device-slow', device: 's1-tmp', delayMs });
      return bench.chassis.topology.execute('slot1', 0x4f, Uint8Array.from(DIE_ID), 1, { plantS: 0, busMs: 0 });
    };
    transfer(0); // the switch stands right from here on
    const plainMs = transfer(0).wireMs;
    const slow = transfer(10);
    assert.equal(slow.answer.kind, 'ok');
    assert.ok(Math.abs(slow.wireMs - plainMs - 10) < 1e-9);
    const { answer } = transfer(60);
    assert.equal(answer.kind === 'error' && answer.error, 'timeout');
  });
});

describe('a sled that is pulled in the middle of a transfer', () => {
  it('gives ones for the bytes that it no longer drives, and is gone', async () => {
    const bench = new Bench();
    const before = await bench.read('slot1', 0x45, [0x02], 2);
    bench.desk.apply({ kind: 'sled-unplug', slot: 1 });
    assert.equal(await bench.read('slot1', 0x45, [0x02], 2), `${before.slice(0, 2)}ff`);
    assert.equal(await bench.read('slot1', 0x45, [0x02], 2), 'nack');
    assert.equal(bench.chassis.bay(1).state, 'empty');
    bench.desk.apply({ kind: 'sled-push', slot: 1 });
    assert.equal(await bench.read('slot1', 0x4f, DIE_ID, 1), '21');
  });

  it('is not, when it was pushed before any transfer came', async () => {
    const bench = new Bench();
    bench.desk.apply({ kind: 'sled-unplug', slot: 1 });
    bench.desk.apply({ kind: 'sled-push', slot: 1 });
    assert.equal(await bench.read('slot1', 0x4f, DIE_ID, 1), '21');
    assert.equal(bench.chassis.bay(1).state, 'on');
  });
});
