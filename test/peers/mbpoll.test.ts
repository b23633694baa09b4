// mbpoll (libmodbus) asks and commands the simulator's Modbus devices: over TCP, and as RTU over a pair of pseudo
// terminals. The plant stands still unless a test lets time pass, so what is true stays true while mbpoll looks.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Chassis } from '../../hwsim/chassis.ts';
import { ModbusHost } from '../../hwsim/modbus/modbus-host.ts';
import { realClock } from '../../src/core/clock.ts';
import { seededRandom } from '../../src/core/random.ts';
import { startChild, until, type Child } from '../hwsim/child-process.ts';
import { liquidChassis } from '../hwsim/modbus/liquid-chassis.ts';
import { RunningChassis } from '../simulation/running-chassis.ts';
import { programPath, skipWithout } from './installed.ts';

const PUMPING_UNIT = 12;
const POWER_SUPPLY = 200;
const BATTERY = 64;
// register numbers of the pumping unit, as rackmon has them
const CONTROL = 37_904;
const MANUAL_PUMPS = 0x0202;
const PUMP1_DUTY = 41_987;
const PUMP1_RPM = 36_874;
/** mbpoll's own, s: a device that does not answer within. */
const TIMEOUT_S = '0.5';

/** Options that say where the device is: a port of this machine, or a terminal. */
type Place = { readonly port: number } | { readonly terminal: string };

interface Polled {
  /** By register number, unsigned. */
  readonly values: ReadonlyMap<number, number>;
  readonly text: string;
}

/** One look, or with `values` one write, by numbers on the wire (-0). */
async function mbpoll(
  place: Place,
  unit: number,
  at: number,
  count = 1,
  values: readonly number[] = [],
): Promise<Polled> {
  const range = values.length > 0 ? [] : ['-c', String(count)];
  const line = 'port' in place ? ['-m', 'tcp', '-p', String(place.port)] : ['-m', 'rtu', '-b', '19200', '-P', 'none'];
  const where = 'port' in place ? '127.0.0.1' : place.terminal;
  const options = ['-0', '-1', '-o', TIMEOUT_S, '-a', String(unit), '-r', String(at), ...range, ...line];
  const child = startChild(programPath('mbpoll'), [...options, where, ...values.map(String)]);
  await child.ended;
  const text = child.text();
  const rows = [...text.matchAll(/^\[(\d+)\]:\s+(\d+)/gm)];
  return { values: new Map(rows.map((row) => [Number(row[1]), Number(row[2])])), text };
}

function near(actual: number | undefined, expected: number, tolerance: number, what: string): void {
  assert.ok(actual !== undefined, `${what} was not shown`);
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual} is not within ${tolerance} of ${expected}`);
}

/** What all sleds, fans and pumps draw, W. */
function drawnW(chassis: Chassis): number {
  const { slots, fans } = chassis.truth();
  return [...slots.values(), ...fans.values()].reduce((sum, { powerW }) => sum + powerW, 0);
}

describe('mbpoll', { skip: skipWithout('mbpoll') }, () => {
  let chassis: Chassis;
  let host: ModbusHost;

  beforeEach(() => {
    ({ chassis } = liquidChassis());
    chassis.advance(1);
    const shelf = chassis.modbus;
    host = new ModbusHost({ shelf, clock: realClock(), speed: 1, random: seededRandom(3), log: () => {} });
  });

  afterEach(() => host.close());

  async function servedOnTcp(bus: string): Promise<{ port: number }> {
    const address = await host.serve(bus, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    return { port: Number(new URL(address).port) };
  }

  /** Pump duties are written, time passes, speeds are read. */
  async function commandsPumps(place: Place): Promise<void> {
    const duties = await mbpoll(place, PUMPING_UNIT, PUMP1_DUTY, 1, [80, 60, 40]);
    assert.match(duties.text, /Written 3 references/);
    const control = await mbpoll(place, PUMPING_UNIT, CONTROL, 1, [MANUAL_PUMPS]);
    assert.match(control.text, /Written 1 references/);
    chassis.advance(30);
    const { values } = await mbpoll(place, PUMPING_UNIT, PUMP1_RPM, 4);
    // 5,200 rpm at full duty; the tachometers are good for 4 rpm and 0.2 %
    near(values.get(PUMP1_RPM), 4160, 45, 'pump 1');
    near(values.get(PUMP1_RPM + 1), 3120, 40, 'pump 2');
    near(values.get(PUMP1_RPM + 2), 2080, 35, 'pump 3');
    assert.equal(values.get(PUMP1_RPM + 3), 0, 'there is no pump 4');
    const { fans } = chassis.truth();
    for (const pump of [1, 2, 3])
      near(values.get(PUMP1_RPM + pump - 1), fans.get(`pump${pump}`)?.rpm[0] ?? 0, 45, 'truth');
    const kept = await mbpoll(place, PUMPING_UNIT, PUMP1_DUTY, 3);
    assert.deepEqual([...kept.values.values()], [80, 60, 40]);
  }

  describe('over TCP', () => {
    it('reads what is true', async () => {
      const coolant = await mbpoll(await servedOnTcp('coolant'), PUMPING_UNIT, 36_864, 3);
      const { liquid } = chassis.truth();
      near(coolant.values.get(36_864), (liquid?.flowM3s ?? 0) * 600_000, 0.6, 'flow in 0.1 l/min');
      near(coolant.values.get(36_865), (liquid?.supplyC ?? 0) * 10, 18, 'coolant that goes out in 0.1 °C');
      near(coolant.values.get(36_866), (liquid?.returnC ?? 0) * 10, 18, 'coolant that comes in');
      const shelf = await servedOnTcp('shelf');
      const supply = await mbpoll(shelf, POWER_SUPPLY, 79, 9);
      near(supply.values.get(79), 50 * 1024, 256, 'output in 1/1024 V');
      near(supply.values.get(82), drawnW(chassis) * 8, drawnW(chassis) * 8 * 0.02, 'output in 1/8 W');
      const battery = await mbpoll(shelf, BATTERY, 126, 3);
      assert.equal(battery.values.get(126), 100, 'charge in %');
      near(battery.values.get(128), 44_550, 300, 'pack in mV');
    });

    it('counts registers from 1 when it is not told otherwise', async () => {
      const { port } = await servedOnTcp('shelf');
      const place = ['-a', String(BATTERY), '-p', String(port), '-1', '-c', '1', '127.0.0.1'];
      const child = startChild(programPath('mbpoll'), ['-r', '127', ...place]);
      await child.ended;
      assert.match(child.text(), /^\[127\]:\s+100$/m);
    });

    it('reads the same registers as input registers', async () => {
      const { port } = await servedOnTcp('shelf');
      const place = ['-a', String(BATTERY), '-p', String(port), '-0', '-1', '-t', '3', '-r', '126', '127.0.0.1'];
      const child = startChild(programPath('mbpoll'), place);
      await child.ended;
      assert.match(child.text(), /^\[126\]:\s+100$/m);
    });

    it('sets the pumps, and sees them follow', async () => commandsPumps(await servedOnTcp('coolant')));

    it('shows each exception by its name', async () => {
      const coolant = await servedOnTcp('coolant');
      const failed = async (unit: number, at: number, values: readonly number[] = []) =>
        (await mbpoll(coolant, unit, at, 1, values)).text;
      assert.match(await failed(PUMPING_UNIT, 3), /Read output \(holding\) register failed: Illegal data address/);
      assert.match(
        await failed(PUMPING_UNIT, PUMP1_RPM, [1]),
        /Write output \(holding\) register failed: Illegal data address/,
      );
      assert.match(await failed(PUMPING_UNIT, PUMP1_DUTY, [101]), /failed: Illegal data value/);
      assert.match(await failed(PUMPING_UNIT + 1, 36_864), /failed: Target device failed to respond/);
      const place = ['-0', '-1', '-t', '0', '-a', String(PUMPING_UNIT), '-p', String(coolant.port), '127.0.0.1'];
      const coils = startChild(programPath('mbpoll'), place);
      await coils.ended;
      assert.match(coils.text(), /failed: Illegal function/);
    });

    it('waits in vain for a device that is gone, and finds it when it is back', async () => {
      const shelf = await servedOnTcp('shelf');
      chassis.faults.silenceDevice('psu0');
      assert.match((await mbpoll(shelf, POWER_SUPPLY, 82)).text, /failed: Connection timed out/);
      assert.equal((await mbpoll(shelf, BATTERY, 126)).values.get(126), 100, 'others are there');
      chassis.faults.heal('psu0');
      near((await mbpoll(shelf, POWER_SUPPLY, 82)).values.get(82), drawnW(chassis) * 8, drawnW(chassis) * 0.16, 'back');
    });

    it('is one of many: eight at once, beside clients that send garbage, half a request, or leave early', async () => {
      const shelf = await servedOnTcp('shelf');
      const strangers: Socket[] = [];
      const stranger = async (bytes: Buffer) => {
        const socket = connect(shelf.port, '127.0.0.1');
        socket.on('error', () => {});
        strangers.push(socket);
        await once(socket, 'connect');
        socket.write(bytes);
        return socket;
      };
      const request = Buffer.from('0001000000064003007e0001', 'hex');
      await stranger(request.subarray(0, 10));
      await stranger(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
      (await stranger(request)).destroy();
      const polled = await Promise.all(Array.from({ length: 8 }, () => mbpoll(shelf, BATTERY, 126, 2)));
      for (const { values } of polled)
        assert.deepEqual(
          [...values],
          [
            [126, 100],
            [127, 99],
          ],
        );
      for (const socket of strangers) socket.destroy();
    });
  });

  describe('over a serial line', { skip: skipWithout('socat') }, () => {
    let directory = '';
    let socat: Child;
    let terminal = '';

    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'mbpoll-'));
      const ends = [join(directory, 'devices'), join(directory, 'master')] as const;
      const [devices, master] = ends;
      socat = startChild(
        programPath('socat'),
        ends.map((end) => `pty,raw,echo=0,link=${end}`),
      );
      await until('socat’s terminals', () => existsSync(devices) && existsSync(master));
      terminal = master;
    });

    afterEach(async () => {
      await host.close();
      await socat.kill('SIGTERM');
      rmSync(directory, { recursive: true, force: true });
    });

    const serve = (bus: string) => host.serve(bus, { kind: 'serial', path: join(directory, 'devices') });

    it('reads what is true of each device on the line', async () => {
      await serve('shelf');
      const supply = await mbpoll({ terminal }, POWER_SUPPLY, 79, 9);
      near(supply.values.get(82), drawnW(chassis) * 8, drawnW(chassis) * 8 * 0.02, 'output in 1/8 W');
      const cells = await mbpoll({ terminal }, BATTERY, 109, 11);
      assert.equal(cells.values.size, 11);
      for (const [at, milliVolts] of cells.values) near(milliVolts, 4050, 60, `cell at ${at} in mV`);
      assert.equal((await mbpoll({ terminal }, BATTERY, 126)).values.get(126), 100);
    });

    it('sets the pumps, and sees them follow', async () => {
      await serve('coolant');
      await commandsPumps({ terminal });
    });

    it('shows exceptions, and silence where no device has the address', async () => {
      await serve('coolant');
      assert.match((await mbpoll({ terminal }, PUMPING_UNIT, 3)).text, /failed: Illegal data address/);
      assert.match((await mbpoll({ terminal }, PUMPING_UNIT + 1, 36_864)).text, /failed: Connection timed out/);
    });

    it('sees that a checksum is wrong when the line is disturbed, and nothing when it hangs', async () => {
      await serve('shelf');
      chassis.faults.disturbLine('shelf', 1);
      assert.match((await mbpoll({ terminal }, BATTERY, 126)).text, /failed: Invalid CRC/);
      chassis.faults.heal('shelf');
      chassis.faults.hangBus('shelf');
      assert.match((await mbpoll({ terminal }, BATTERY, 126)).text, /failed: Connection timed out/);
      chassis.faults.heal('shelf');
      assert.equal((await mbpoll({ terminal }, BATTERY, 126)).values.get(126), 100);
    });

    it('gets its answer after garbage and half a request were on the line', async () => {
      await serve('shelf');
      for (const bytes of ['\\x40\\x03\\x00', '\\xff\\x00garbage', '\\x00'.repeat(300)]) {
        const noise = startChild('/bin/sh', ['-c', `printf '${bytes}' > ${terminal}`]);
        await noise.ended;
        // a silence ends what was sent; the line's gap is 10 ms
        await new Promise((resolve) => void setTimeout(resolve, 60));
        assert.equal((await mbpoll({ terminal }, BATTERY, 126)).values.get(126), 100, bytes.slice(0, 20));
      }
    });
  });

  it('finds the default chassis’ power supply at the address that scripts/start writes down', async () => {
    await RunningChassis.during(['--speed', '10'], async ({ endpoints }) => {
      const place = { port: Number(new URL(endpoints.modbus ?? '').port) };
      const { values } = await mbpoll(place, POWER_SUPPLY, 82, 1);
      // eight sleds that idle at 66 to 72 W each, and their work
      assert.ok((values.get(82) ?? 0) / 8 > 550, `${values.get(82)}`);
      assert.equal((await mbpoll(place, POWER_SUPPLY, 84)).values.get(84), 50, 'Hz');
    });
  });
});
