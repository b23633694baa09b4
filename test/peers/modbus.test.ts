import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { openBuses, type BusSet } from '../../src/buses/open.ts';
import type { ModbusPlace } from '../../src/buses/modbus-place.ts';
import type { ModbusBus } from '../../src/buses/modbus.ts';
import { realClock } from '../../src/core/clock.ts';
import type { LogEntry } from '../../src/sensing/event-log.ts';
import { ModbusDevice } from '../../src/guardian/modbus/device.ts';
import { bbuRegisters, ownMap, PATIENT_MS, psuRegisters, rpuRegisters } from './modbus-devices.ts';
import { ptyPair, Pymodbus, skipWithoutPymodbus, type PtyPair, type Units } from './pymodbus.ts';

const PSU = 0xc8;
const BBU = 0x40;
const RPU = 0x0c;
/** Every type of number, of both word orders: 1.5 as f32 is 0x3FC0_0000, −2 as i32 0xFFFF_FFFE. */
const TYPES = 0x30;
const units: Units = {
  [PSU]: psuRegisters,
  [BBU]: bbuRegisters,
  [RPU]: rpuRegisters,
  [TYPES]: { 0: 0xffff, 1: 0xffff, 2: 1, 3: 2, 4: 0xfffe, 5: 0xffff, 6: 0x3fc0, 7: 0, 8: 0, 9: 1, 10: 0, 11: 5 },
};
/** Waits of devices and lines run ten times as fast as real time, their answers do not. */
const clock = realClock(10);

async function openLine(place: ModbusPlace): Promise<{ readonly buses: BusSet; readonly link: ModbusBus }> {
  const board = {
    buses: [{ id: 'rack', kind: 'modbus-rtu', path: '/none', baud: 19_200 } as const],
    muxes: [],
    devices: [],
  };
  const buses = await openBuses(board, { nowMs: () => clock.nowMs(), modbus: new Map([['rack', place]]) });
  const link = buses.modbus('rack');
  link.describe(TYPES, { bauds: [], parity: 'even', timeoutMs: PATIENT_MS });
  return { buses, link };
}

class Watched {
  readonly device: ModbusDevice;
  readonly events: LogEntry[] = [];

  constructor(link: ModbusBus, map: string, unit: number, channels: string, outputs: readonly number[] = []) {
    const nowMs = () => clock.nowMs();
    const parts = { id: map, slot: null, unit, map: ownMap(map), link, channels: channels.split(' '), outputs, nowMs };
    this.device = new ModbusDevice(parts);
  }

  /** Polls until it is so; what it says, with values only. */
  async until(what: string, holds: (values: Readonly<Record<string, number>>) => boolean) {
    for (const endMs = performance.now() + 60_000; performance.now() < endMs; await delay(20)) {
      this.device.poll('present');
      this.events.push(...this.device.takeEvents());
      const values = this.#values();
      if (holds(values)) return values;
    }
    throw new Error(`${what} did not come; ${JSON.stringify([this.#values(), this.events])}`);
  }

  codes(): string[] {
    return this.events.map(({ code }) => code);
  }

  #values(): Readonly<Record<string, number>> {
    const readings = [...this.device.readings('present')];
    return Object.fromEntries(readings.flatMap(([name, one]) => (one.kind === 'value' ? [[name, one.value]] : [])));
  }
}

/** The same tests over TCP and over a pair of ptys. */
function talksToPymodbus(start: (served: Units) => Promise<{ server: Pymodbus; place: ModbusPlace }>): void {
  let server: Pymodbus;
  let opened: { readonly buses: BusSet; readonly link: ModbusBus };
  let restart: () => Promise<Pymodbus>;

  before(async () => {
    const started = await start(units);
    ({ server } = started);
    opened = await openLine(started.place);
    restart = () =>
      started.place.kind === 'tcp' ? Pymodbus.tcp(units, server.port) : started_serial(started.place.path);
  });
  after(async () => {
    opened.buses.close();
    await server.end();
  });
  const started_serial = (path: string) => Pymodbus.serial(units, path.replace(/ours$/, 'theirs'));

  it('reads a power supply: fixed point, signs, inventory', async () => {
    const psu = new Watched(opened.link, 'orv3-psu', PSU, 'temp1 temp2 fan1 fan2 in1 in2 curr2 power2');
    const values = await psu.until('all readings', (some) => Object.keys(some).length === 8);
    const wanted = { temp1: 25, temp2: 52.5, fan1: 9000, fan2: 8900, in1: 230, in2: 51, curr2: 50, power2: 2550 };
    assert.deepEqual(values, wanted);
    assert.deepEqual(psu.device.inventory(), { model: 'TESTPSU-3000', serial: 'SN0001' });
    assert.deepEqual(psu.codes(), ['modbus-device-found']);
  });

  it('reads a battery unit: tenths of a kelvin, a current that flows out', async () => {
    const bbu = new Watched(opened.link, 'orv3-bbu', BBU, 'temp1 temp5 in1 in3 curr1 fan1');
    const { temp5, ...values } = await bbu.until('all readings', (some) => Object.keys(some).length === 6);
    assert.deepEqual(values, { temp1: 27, in1: 42.9, in3: 3.9, curr1: -12.5, fan1: 4200 });
    assert.ok(Math.abs((temp5 ?? 0) - 24.95) < 1e-9);
  });

  it('reads a pumping unit, coolant below zero too', async () => {
    const rpu = new Watched(opened.link, 'orv3-rpu', RPU, 'temp1 temp2 power1 fan1 fan3');
    const values = await rpu.until('all readings', (some) => Object.keys(some).length === 5);
    assert.deepEqual(
      Object.entries(values).map(([name, value]) => [name, Math.round(value * 10) / 10]),
      [
        ['temp1', -0.1],
        ['temp2', 40.2],
        ['power1', 812.3],
        ['fan1', 2950],
        ['fan3', 2970],
      ],
    );
  });

  it('sets speeds after taking over control, and only when they change', async () => {
    const rpu = new Watched(opened.link, 'orv3-rpu', RPU, 'fan1 fan2', [1, 2]);
    const chip = rpu.device.chip;
    assert.ok(chip.kind === 'fan');
    const before = server.writes().length;
    for (const ratio of [1, 1, 0.5]) assert.deepEqual(await chip.setDuty(1, ratio), { kind: 'ok' });
    assert.deepEqual(await chip.setDuty(2, 0.25), { kind: 'ok' });
    assert.deepEqual(await chip.readDuty(1), { kind: 'ok', ratio: 0.5 });
    assert.deepEqual(await server.writesAfter(before, 4), [
      [RPU, 37_904, 0x0202], // manual control, of the pumps
      [RPU, 41_987, 100],
      [RPU, 41_987, 50],
      [RPU, 41_988, 25],
    ]);
  });

  it('reads whole registers as they are', async () => {
    const answer = await opened.link.readHolding(TYPES, 0, 12);
    assert.deepEqual(answer, { kind: 'ok', registers: [0xffff, 0xffff, 1, 2, 0xfffe, 0xffff, 0x3fc0, 0, 0, 1, 0, 5] });
  });

  it('writes several registers in one request', async () => {
    const before = server.writes().length;
    assert.equal((await opened.link.writeHolding(TYPES, 2, [7, 8])).kind, 'ok');
    assert.deepEqual(await server.writesAfter(before, 1), [[TYPES, 2, 7, 8]]);
    const answer = await opened.link.readHolding(TYPES, 2, 2);
    assert.deepEqual(answer, { kind: 'ok', registers: [7, 8] });
  });

  it('is told of registers that the device does not have', async () => {
    const answer = await opened.link.readHolding(TYPES, 500, 2);
    assert.ok(answer.kind === 'error' && answer.error === 'exception' && answer.code === 2, JSON.stringify(answer));
    assert.match(answer.detail, /^unit 0x30 on rack: .*Illegal data address/);
  });

  it('takes a unit that is not there for silent, and goes on with the others', async () => {
    const [nobody, somebody] = await Promise.all([
      opened.link.readHolding(0x77, 0, 1),
      opened.link.readHolding(TYPES, 11, 1),
    ]);
    assert.ok(nobody.kind === 'error' && nobody.error === 'timeout', JSON.stringify(nobody));
    assert.deepEqual(somebody, { kind: 'ok', registers: [5] });
  });

  it('tells alarms that come and go', async () => {
    const rpu = new Watched(opened.link, 'orv3-rpu', RPU, 'temp1');
    await rpu.until('the device', (some) => 'temp1' in some);
    server.set(RPU, { 37_378: 1 << 4 });
    await rpu.until('the alarm', () => rpu.codes().includes('leak-inside-unit'));
    server.set(RPU, { 37_378: 0 });
    await rpu.until('its end', () => rpu.codes().includes('leak-inside-unit-ended'));
    const told = rpu.events.map(({ severity, code }) => `${severity} ${code}`);
    assert.deepEqual(told, ['info modbus-device-found', 'critical leak-inside-unit', 'info leak-inside-unit-ended']);
  });

  it('notices a server that dies, once, and takes it back when it returns, with control and speed', async () => {
    const rpu = new Watched(opened.link, 'orv3-rpu', RPU, 'temp2 fan1', [1]);
    const chip = rpu.device.chip;
    assert.ok(chip.kind === 'fan');
    await rpu.until('the device', (some) => 'temp2' in some);
    await chip.setDuty(1, 0.4);
    await server.end();
    await rpu.until('silence', (some) => rpu.codes().includes('modbus-device-lost') && !('temp2' in some));
    const refused = await chip.setDuty(1, 0.4);
    assert.ok(refused.kind === 'failed' && refused.reason === 'timeout');
    server = await restart();
    await rpu.until('its return', (some) => rpu.codes().includes('modbus-device-back') && 'temp2' in some);
    assert.deepEqual(rpu.codes(), ['modbus-device-found', 'modbus-device-lost', 'modbus-device-back']);
    assert.deepEqual(await chip.setDuty(1, 0.4), { kind: 'ok' });
    assert.deepEqual(await server.writesAfter(0, 2), [
      [RPU, 37_904, 0x0202],
      [RPU, 41_987, 40],
    ]);
  });
}

describe('our Modbus client and a pymodbus server over TCP', { skip: skipWithoutPymodbus() }, () => {
  talksToPymodbus(async (served) => {
    const server = await Pymodbus.tcp(served);
    return { server, place: { kind: 'tcp', host: '127.0.0.1', port: server.port } };
  });
});

describe('our Modbus client and a pymodbus server over a pair of ptys', { skip: skipWithoutPymodbus('socat') }, () => {
  let pair: PtyPair;
  after(() => pair.end());
  talksToPymodbus(async (served) => {
    pair = await ptyPair();
    const server = await Pymodbus.serial(served, pair.theirs);
    return { server, place: { kind: 'serial', path: pair.ours, baud: 19_200 } };
  });
});

describe('a serial adapter', { skip: skipWithoutPymodbus('socat') }, () => {
  it('that is pulled out in use harms nobody, and is used again when it is back', async (t) => {
    const first = await ptyPair();
    const served = await Pymodbus.serial(units, first.theirs);
    const { buses, link } = await openLine({ kind: 'serial', path: first.ours, baud: 19_200 });
    t.after(() => buses.close());
    const psu = new Watched(link, 'orv3-psu', PSU, 'temp1');
    await psu.until('a reading', (some) => some['temp1'] === 25);
    const underway = link.readHolding(PSU, 0, 1);
    await first.end(); // both ptys are gone: the port's file descriptor hangs up
    await served.end();
    assert.equal(typeof (await underway).kind, 'string');
    await psu.until('silence', (some) => psu.codes().includes('modbus-device-lost') && !('temp1' in some));
    const lost = psu.events.find(({ code }) => code === 'modbus-device-lost');
    assert.match(lost?.text ?? '', /does not answer: rack is not open: /);

    const second = await ptyPair(first.folder);
    const again = await Pymodbus.serial(units, second.theirs);
    await psu.until('its return', (some) => psu.codes().includes('modbus-device-back') && some['temp1'] === 25);
    await again.end();
    await second.end();
  });
});
