import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { modbusLine } from '../../src/buses/modbus.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { Reading } from '../../src/core/reading.ts';
import { ModbusDevice } from '../../src/guardian/modbus/device.ts';
import type { Expected } from '../../src/sensing/polled-device.ts';
import type { LogEntry } from '../../src/sensing/event-log.ts';
import { FakeLine } from '../buses/fake-wire.ts';
import { sampleMap } from '../protocols/modbus/sample-map.ts';

const UNIT = 0x0c;
const map = sampleMap({
  timeoutMs: 200,
  probe: { at: 0 },
  registers: [
    { name: 'model', at: 0, type: 'string', length: 2, fru: 'model' },
    { name: 'coolant', at: 100, type: 'i16', scale: 0.1, unit: 'C', channel: 'temp1', absent: [-32_768] },
    { name: 'pump', at: 101, type: 'u16', unit: 'rpm', channel: 'fan1' },
    { name: 'board', at: 110, type: 'i16', unit: 'C', channel: 'temp2', pollS: 10 },
    { name: 'unused', at: 112, type: 'i16', unit: 'C', channel: 'temp3' },
    {
      name: 'alarms',
      at: 105,
      type: 'flags',
      bits: [
        { bit: 0, name: 'filter-dirty' },
        { bit: 4, name: 'leak', severity: 'critical' },
      ],
    },
  ],
  actuators: [
    { pwm: 1, at: 200, fullScale: 100, prepare: [{ at: 300, value: 0x0202 }] },
    { pwm: 2, at: 201, fullScale: 100, prepare: [{ at: 300, value: 0x0204 }] },
  ],
});

class Rig {
  readonly clock = new VirtualClock(10_000);
  readonly wire = new FakeLine(this.clock);
  readonly line = modbusLine('cdu', this.wire.open, { clock: this.clock, baud: 19_200 });
  readonly unit = this.wire.unit(UNIT);
  readonly device: ModbusDevice;
  readonly events: LogEntry[] = [];
  expected: Expected = 'present';

  constructor(outputs: readonly number[] = [1], channels: readonly string[] = ['temp1', 'temp2', 'fan1']) {
    const nowMs = () => this.clock.nowMs();
    const parts = { id: 'rpu', slot: null, unit: UNIT, map, link: this.line, channels, outputs, nowMs };
    this.device = new ModbusDevice(parts);
    this.set({ 0: 0x4142, 1: 0x4300, 100: 402, 101: 2950, 110: 31 });
  }

  set(registers: Readonly<Record<number, number>>): void {
    for (const [at, value] of Object.entries(registers)) this.unit.registers.set(Number(at), value);
  }

  /** As the guardian's ticks, one a second: what is due is started, nobody waits. */
  async seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) {
      this.device.poll(this.expected);
      await this.clock.advanceAsync(1000);
      this.device.readings(this.expected);
      this.events.push(...this.device.takeEvents());
    }
  }

  reading(channel: string): Reading | undefined {
    return this.device.readings(this.expected).get(channel);
  }

  codes(): string[] {
    return this.events.map(({ code }) => code);
  }

  /** Requests since the log was last emptied. */
  requests(): string[] {
    const requests = this.wire.log.filter((entry) => /^(read|write)/.test(entry));
    this.wire.log.length = 0;
    return requests;
  }

  async setDuty(pwm: number, ratio: number) {
    const { chip } = this.device;
    assert.ok(chip.kind === 'fan');
    const result = chip.setDuty(pwm, ratio);
    await this.clock.advanceAsync(900);
    return result;
  }
}

describe('a Modbus device', () => {
  it('has no readings before it was read, and says so', () => {
    const reading = new Rig().reading('temp1');
    assert.ok(reading?.kind === 'none' && reading.reason === 'timeout' && reading.detail.includes('not been read yet'));
  });

  it('gives what was read last, with the time it was read', async () => {
    const rig = new Rig();
    await rig.seconds(1);
    const coolant = rig.reading('temp1');
    const pump = rig.reading('fan1');
    assert.ok(coolant?.kind === 'value' && Math.abs(coolant.value - 40.2) < 1e-9);
    assert.ok(pump?.kind === 'value' && pump.value === 2950);
    // opened at 10 s: probe, texts, then temp1 and fan1 with the alarms in one read, each 20 ms and 2 ms of silence between
    assert.ok(coolant.atMs > 10_060 && coolant.atMs < 10_100, `${coolant.atMs}`);
  });

  it('is asked only for what somebody uses, near registers together', async () => {
    const rig = new Rig();
    await rig.seconds(1);
    // probe, model, 100–105 (temp1, fan1, alarms), 110 (every 10 s)
    assert.equal(rig.requests().length, 4);
    await rig.seconds(1);
    assert.equal(rig.requests().length, 1);
  });

  it('reads a register no more often than its map says, and its reading keeps its age', async () => {
    const rig = new Rig();
    await rig.seconds(1);
    const first = rig.reading('temp2');
    rig.set({ 110: 35 });
    await rig.seconds(9);
    assert.deepEqual(rig.reading('temp2'), first);
    await rig.seconds(1);
    const second = rig.reading('temp2');
    assert.ok(second?.kind === 'value' && second.value === 35 && first?.kind === 'value');
    assert.ok(second.atMs - first.atMs >= 9900);
  });

  it('gives no value that is older than it may be', async () => {
    const rig = new Rig();
    await rig.seconds(2);
    rig.unit.mode = 'silent';
    await rig.seconds(3);
    assert.equal(rig.reading('temp1')?.kind, 'value'); // 3 s old, and says so
    await rig.seconds(4);
    const coolant = rig.reading('temp1');
    assert.ok(coolant?.kind === 'none' && coolant.reason === 'timeout', JSON.stringify(coolant));
    assert.match(coolant.detail, /^unit 0x0c on cdu: no answer within 200 ms/);
    assert.equal(rig.reading('temp2')?.kind, 'value'); // every 10 s: not late before 15 s
    await rig.seconds(10);
    assert.equal(rig.reading('temp2')?.kind, 'none');
  });

  it('says that there is no sensor where the register says so', async () => {
    const rig = new Rig();
    rig.set({ 100: 0x8000 });
    await rig.seconds(1);
    const coolant = rig.reading('temp1');
    assert.ok(coolant?.kind === 'none' && coolant.reason === 'absent');
  });

  it('tells once that it was found, with its inventory', async () => {
    const rig = new Rig();
    await rig.seconds(5);
    assert.deepEqual(rig.codes(), ['modbus-device-found']);
    const [found] = rig.events;
    assert.equal(found?.text, 'rpu (unit 0x0c on cdu) is there at 19200 baud: Sample ABC');
    assert.deepEqual(found?.data, {
      device: 'rpu',
      bus: 'cdu',
      unit: UNIT,
      baud: 19_200,
      inventory: { model: 'ABC' },
    });
    assert.deepEqual(rig.device.inventory(), { model: 'ABC' });
  });

  it('that vanishes is told once, and asked less and less often, until it is back', async () => {
    const rig = new Rig();
    await rig.seconds(2);
    rig.requests();
    rig.unit.mode = 'silent';
    await rig.seconds(3);
    assert.deepEqual(rig.codes(), ['modbus-device-found', 'modbus-device-lost']);
    assert.equal(rig.events[1]?.severity, 'critical'); // it turns pumps
    rig.requests();
    await rig.seconds(120);
    // after 1, 2, 4, 8, 16 s, then every 30 s
    const asked = rig.requests().length;
    assert.ok(asked >= 7 && asked <= 9, `${asked}`);
    rig.unit.mode = 'well';
    await rig.seconds(31);
    assert.deepEqual(rig.codes(), ['modbus-device-found', 'modbus-device-lost', 'modbus-device-back']);
    assert.equal(rig.reading('temp1')?.kind, 'value');
    rig.requests();
    await rig.seconds(10);
    assert.ok(rig.requests().length >= 10);
  });

  it('that garbles its answers is not believed', async () => {
    const rig = new Rig();
    rig.unit.mode = 'garbled';
    await rig.seconds(4);
    const coolant = rig.reading('temp1');
    assert.ok(coolant?.kind === 'none' && coolant.reason === 'fault' && coolant.detail.includes('CRC'));
    assert.deepEqual(rig.codes(), ['modbus-device-lost']);
  });

  it('that refuses its registers is there, and each of them is a fault that is asked for again after a minute', async () => {
    const rig = new Rig();
    rig.unit.mode = 'refuses';
    await rig.seconds(2);
    const coolant = rig.reading('temp1');
    assert.ok(coolant?.kind === 'none' && coolant.reason === 'fault' && coolant.detail.includes('no such register'));
    rig.requests();
    await rig.seconds(55);
    assert.equal(rig.requests().length, 0);
    rig.unit.mode = 'well';
    await rig.seconds(6);
    assert.equal(rig.reading('temp1')?.kind, 'value');
    assert.deepEqual(rig.codes(), ['modbus-device-found']);
  });

  it('of a sled that is not there is left alone, absent and without events', async () => {
    const rig = new Rig();
    rig.expected = 'absent';
    await rig.seconds(5);
    assert.deepEqual(rig.requests(), []);
    const coolant = rig.reading('temp1');
    assert.ok(coolant?.kind === 'none' && coolant.reason === 'absent');
    rig.expected = 'present';
    await rig.seconds(2);
    rig.expected = 'absent';
    rig.unit.mode = 'silent';
    await rig.seconds(10);
    rig.unit.mode = 'well';
    rig.expected = 'present';
    await rig.seconds(2);
    assert.deepEqual(rig.codes(), ['modbus-device-found', 'modbus-device-found']);
  });
});

describe('the alarms of a Modbus device', () => {
  it('are events when they appear and when they have ended', async () => {
    const rig = new Rig();
    await rig.seconds(2);
    rig.set({ 105: 0x10 });
    await rig.seconds(30);
    rig.set({ 105: 0 });
    await rig.seconds(30);
    const told = rig.events.map(({ severity, code, text }) => `${severity} ${code}: ${text}`);
    assert.deepEqual(told.slice(1), ['critical leak: rpu says leak', 'info leak-ended: rpu no longer says leak']);
  });

  it('that flicker are one alarm', async () => {
    const rig = new Rig();
    await rig.seconds(2);
    for (let second = 0; second < 60; second++) {
      rig.set({ 105: second % 2 });
      await rig.seconds(1);
    }
    assert.deepEqual(rig.codes().slice(1), ['filter-dirty']);
  });

  it('do not end because nobody can read them', async () => {
    const rig = new Rig();
    rig.set({ 105: 1 });
    await rig.seconds(2);
    rig.unit.mode = 'silent';
    await rig.seconds(60);
    assert.ok(!rig.codes().includes('filter-dirty-ended'));
  });
});

describe('the speeds of a Modbus device', () => {
  it('come after what prepares for them, and need no reading before', async () => {
    const rig = new Rig();
    assert.deepEqual(await rig.setDuty(1, 1), { kind: 'ok' });
    assert.deepEqual([rig.unit.registers.get(300), rig.unit.registers.get(200)], [0x0202, 100]);
    assert.deepEqual(rig.requests(), ['write 12 @19200', 'write 12 @19200']);
  });

  it('of several outputs are prepared for together', async () => {
    const rig = new Rig([1, 2]);
    await Promise.all([rig.setDuty(1, 0.5), rig.setDuty(2, 0.25)]);
    assert.equal(rig.unit.registers.get(300), 0x0206);
    assert.deepEqual([rig.unit.registers.get(200), rig.unit.registers.get(201)], [50, 25]);
    assert.equal(rig.requests().length, 3);
  });

  it('are written when they change and every five seconds, not with each tick', async () => {
    const rig = new Rig();
    await rig.setDuty(1, 0.5);
    rig.requests();
    for (let tick = 0; tick < 20; tick++) {
      assert.deepEqual(await rig.setDuty(1, 0.5), { kind: 'ok' });
      await rig.clock.advanceAsync(100);
    }
    assert.equal(rig.requests().length, 3); // after 5.9, 10.9 and 15.9 s
    await rig.setDuty(1, 0.6);
    assert.equal(rig.unit.registers.get(200), 60);
  });

  it('are prepared for again after a minute: the device may have been reset unnoticed', async () => {
    const rig = new Rig();
    await rig.setDuty(1, 0.5);
    rig.set({ 300: 0, 200: 0 });
    await rig.clock.advanceAsync(60_000);
    await rig.setDuty(1, 0.5);
    assert.deepEqual([rig.unit.registers.get(300), rig.unit.registers.get(200)], [0x0202, 50]);
  });

  it('are not sent to a device that is away, and sent at once when it is back, prepared for', async () => {
    const rig = new Rig();
    await rig.seconds(2);
    await rig.setDuty(1, 0.5);
    rig.unit.mode = 'silent';
    await rig.seconds(4);
    rig.requests();
    const refused = await rig.setDuty(1, 0.5);
    assert.ok(refused.kind === 'failed' && refused.reason === 'timeout' && refused.detail.includes('does not answer'));
    assert.deepEqual(rig.requests(), []);
    rig.set({ 300: 0, 200: 0 });
    rig.unit.mode = 'well';
    await rig.seconds(10);
    await rig.setDuty(1, 0.5);
    assert.deepEqual([rig.unit.registers.get(300), rig.unit.registers.get(200)], [0x0202, 50]);
  });

  it('that are no ratio, or of no output, are refused', async () => {
    const rig = new Rig();
    const [notANumber, noOutput] = [await rig.setDuty(1, Number.NaN), await rig.setDuty(7, 1)];
    assert.ok(notANumber.kind === 'failed' && notANumber.detail === 'NaN is no ratio');
    assert.ok(noOutput.kind === 'failed' && noOutput.detail === 'there is no output 7');
    assert.deepEqual(rig.requests(), []);
  });

  it('are noticed to go nowhere although nothing is read of the device', async () => {
    const rig = new Rig([1], []);
    rig.unit.mode = 'silent';
    await rig.seconds(4);
    assert.deepEqual(rig.codes(), ['modbus-device-lost']);
  });
});
