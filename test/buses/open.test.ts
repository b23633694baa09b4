import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ColdslotError } from '../../src/core/errors.ts';
import { loadBoard } from '../../src/board/load.ts';
import { openBuses } from '../../src/buses/open.ts';
import { boardFile, knownChips } from '../board/known-chips.ts';
import { TestBusServer } from './test-bus-server.ts';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

const sim8 = loadBoard(boardFile('sim-8'), knownChips());
const bletchley = loadBoard(boardFile('bletchley'), knownChips());
const nowMs = () => 0;

/** i2c-bus and onoff that note which buses and lines are opened. */
function fakeModules() {
  const opened: string[] = [];
  const i2c = {
    openSync: (number: number) => {
      opened.push(`i2c-${number}`);
      return { readByteSync: () => 0x42, closeSync: () => opened.push(`close i2c-${number}`) };
    },
  };
  class Gpio {
    constructor(number: number) {
      opened.push(`gpio${number}`);
    }
    readSync = () => 1;
    watch = () => {};
    unwatchAll = () => {};
  }
  const importModule = (name: string): Promise<unknown> => Promise.resolve(name === 'i2c-bus' ? i2c : { Gpio });
  return { opened, importModule };
}

describe('the buses of a board', () => {
  it('are real ones without a simulator: number from the board, of mux channels from sysfs', async (t) => {
    const sysRoot = temporaryFolder(t);
    mkdirSync(join(sysRoot, 'bus/i2c/devices/0-0070'), { recursive: true });
    symlinkSync('../../i2c-12', join(sysRoot, 'bus/i2c/devices/0-0070/channel-1'));
    const { opened, importModule } = fakeModules();
    const buses = await openBuses(sim8, { nowMs, sysRoot, importModule });
    for (const id of ['chassis', 'sled7', 'sled2']) {
      const answer = await buses.bus(id).transfer(0x20, Uint8Array.of(0), 1);
      assert.deepEqual(answer, { kind: 'ok', data: Uint8Array.of(0x42) });
    }
    assert.equal(buses.bus('chassis'), buses.bus('chassis'));
    buses.close();
    assert.deepEqual(opened, ['i2c-0', 'i2c-3', 'i2c-12', 'close i2c-0', 'close i2c-3', 'close i2c-12']);
  });

  it('answer io for a mux channel whose driver is not bound, instead of stopping the start', async (t) => {
    const buses = await openBuses(sim8, {
      nowMs,
      sysRoot: temporaryFolder(t),
      importModule: fakeModules().importModule,
    });
    const answer = await buses.bus('sled1').transfer(0x4c, Uint8Array.of(0), 1);
    assert.match(
      answer.kind === 'error' ? `${answer.error} ${answer.detail}` : '',
      /^io sled1 0x4c: .*channel-0 is not there/,
    );
  });

  it('have GPIO lines and hwmon fans where the board has them', async (t) => {
    const sysRoot = temporaryFolder(t);
    writeFiles(sysRoot, {
      'class/gpio/gpiochip780/label': '1e780000.gpio',
      'class/gpio/gpiochip780/base': '780',
      'class/gpio/gpiochip780/ngpio': '208',
      'class/gpio/gpio838/direction': 'in',
      'class/hwmon/hwmon4/name': 'aspeed_tach',
      'class/hwmon/hwmon4/fan1_input': '5230',
    });
    const { opened, importModule } = fakeModules();
    const buses = await openBuses(bletchley, { nowMs, sysRoot, importModule });
    assert.deepEqual(await buses.line('gpio0', 58).read(), { kind: 'value', value: 1, atMs: 0 });
    assert.deepEqual(await buses.hwmon('fan-tach').fanRpm(1), { kind: 'value', value: 5230, atMs: 0 });
    assert.deepEqual(opened, ['gpio838']);
  });

  it('have the kernel’s side of a chip, behind a mux as well, and the driver that owns an address', async (t) => {
    const sysRoot = temporaryFolder(t);
    writeFiles(sysRoot, { 'bus/i2c/devices/12-004c/hwmon/hwmon3/temp1_input': '41500' });
    mkdirSync(join(sysRoot, 'bus/i2c/devices/0-0070'));
    symlinkSync('../../i2c-12', join(sysRoot, 'bus/i2c/devices/0-0070/channel-1'));
    symlinkSync('../../../bus/i2c/drivers/lm75', join(sysRoot, 'bus/i2c/devices/12-004c/driver'));
    const devices = sim8.devices.map((device) => (device.bus === 'sled2' ? { ...device, address: '0x4c' } : device));
    const buses = await openBuses({ ...sim8, devices }, { nowMs, sysRoot, importModule: fakeModules().importModule });
    const chip = buses.kernelChip('sled2-thermal');
    assert.deepEqual(await chip?.read('temp1'), { kind: 'value', value: 41.5, atMs: 0 });
    assert.equal(buses.driverAt('sled2', 0x4c), 'lm75');
    assert.equal(buses.driverAt('sled2', 0x4d), null);
    assert.equal(buses.driverAt('sled3', 0x4c), null); // its mux channel is not there
    const unreachable = await buses.kernelChip('sled3-thermal')?.read('temp1');
    assert.match(unreachable?.kind === 'none' ? unreachable.detail : '', /channel-2 is not there/);
  });

  it('need no native package in the simulator, where lines are <bus>:<line>', async (t) => {
    const server = new TestBusServer(join(temporaryFolder(t), 'bus'), (request) =>
      request.op === 't' ? { id: request.id, d: '1ef0'.slice(0, 2 * request.n) } : { id: request.id, level: 0 },
    );
    await server.start();
    t.after(() => server.stop());
    const importModule = () => Promise.reject(new Error('must not be asked for'));
    const buses = await openBuses(bletchley, { nowMs, simSocket: server.path, importModule });
    t.after(() => buses.close());
    assert.equal(buses.kernelChip('sled1-thermal'), null); // its chips answer on the bus
    await buses.line('gpio0', 58).read();
    await buses.bus('sled1').transfer(0x4f, Uint8Array.of(0), 1);
    assert.deepEqual(await buses.hwmon('fan-tach').fanRpm(2), { kind: 'value', value: 7920, atMs: 0 });
    assert.deepEqual(server.requests, [
      { id: 1, op: 'r', line: 'gpio0:58' },
      { id: 2, op: 't', bus: 'sled1', a: 0x4f, w: '00', n: 1 },
      { id: 3, op: 't', bus: 'hwmon', a: 0x18, w: '24', n: 2 },
    ]);
  });

  it('that the board has not are refused by name', async () => {
    const buses = await openBuses(sim8, { nowMs, importModule: fakeModules().importModule });
    const notFound = (error: unknown) => error instanceof ColdslotError && error.code === 'not-found';
    assert.throws(() => buses.bus('sled9'), notFound);
    assert.throws(() => buses.line('gpio0', 1), notFound);
    assert.throws(() => buses.hwmon('fans'), notFound);
  });

  it('of a real board are refused when a native package is missing', async () => {
    const importModule = () => Promise.reject(new Error("Cannot find package 'i2c-bus'"));
    await assert.rejects(
      openBuses(sim8, { nowMs, importModule }),
      /a real board needs it for its (?:I2C|Modbus) buses/,
    );
  });

  describe('on Modbus', () => {
    const buses = [
      { id: 'rack', kind: 'modbus-rtu', path: '/dev/ttyUSB7', baud: 9600 },
      { id: 'cdu', kind: 'modbus-tcp', host: '192.0.2.1', port: 502 },
    ] as const;
    const board = { buses, muxes: [], devices: [] };

    /** modbus-serial that notes which ports are made; none of them can be opened. */
    function fakeModbus() {
      const made: unknown[] = [];
      const port = () => ({ on: () => {}, isOpen: false });
      const Client = Object.assign(
        class {
          isOpen = false;
          on() {}
          open(done: (error: Error) => void) {
            done(new Error('not here'));
          }
          close(done: () => void) {
            done();
          }
          destroy(done: () => void) {
            done();
          }
        },
        {
          TcpPort: function TcpPort(host: string, options: object) {
            made.push(['tcp', host, options]);
            return port();
          },
          RTUBufferedPort: function RTUBufferedPort(path: string, options: object) {
            made.push(['serial', path, options]);
            return port();
          },
        },
      );
      const imported: string[] = [];
      const importModule = (name: string): Promise<unknown> => {
        imported.push(name);
        return Promise.resolve(Client);
      };
      return { made, imported, importModule };
    }

    it('are opened where the board says, when they are first needed, at the line’s baud', async () => {
      const { made, imported, importModule } = fakeModbus();
      const opened = await openBuses(board, { nowMs, importModule });
      assert.deepEqual([imported, made], [['modbus-serial'], []]);
      const rack = await opened.modbus('rack').readHolding(1, 0, 1);
      await opened.modbus('cdu').readHolding(1, 0, 1);
      opened.close();
      const options = { baudRate: 9600, parity: 'even', dataBits: 8, stopBits: 1 };
      assert.deepEqual(made, [
        ['serial', '/dev/ttyUSB7', options],
        ['tcp', '192.0.2.1', { port: 502 }],
      ]);
      assert.equal(rack.kind === 'error' ? rack.detail : '', 'rack is not open: serial:/dev/ttyUSB7: not here');
    });

    it('load no package for boards without them', async () => {
      const { imported, importModule } = fakeModbus();
      const opened = await openBuses({ buses: [], muxes: [], devices: [] }, { nowMs, importModule });
      assert.deepEqual(imported, []);
      assert.throws(() => opened.modbus('rack'), /is no Modbus bus of the board; it has none/);
    });

    it('are elsewhere when told, and nowhere in a simulation that does not serve them', async (t) => {
      const server = new TestBusServer(join(temporaryFolder(t), 'bus'), ({ id }) => ({ id, level: 0 }));
      await server.start();
      t.after(() => server.stop());
      const { made, importModule } = fakeModbus();
      const modbus = new Map([['rack', { kind: 'tcp', host: '127.0.0.1', port: 1502 } as const]]);
      const opened = await openBuses(board, { nowMs, importModule, simSocket: server.path, modbus });
      await opened.modbus('rack').readHolding(1, 0, 1);
      const cdu = await opened.modbus('cdu').readHolding(1, 0, 1);
      opened.close();
      assert.deepEqual(made, [['tcp', '127.0.0.1', { port: 1502 }]]);
      assert.match(cdu.kind === 'error' ? cdu.detail : '', /the simulation does not serve this bus/);
    });

    it('of a name that the board does not have cannot be elsewhere', async () => {
      const modbus = new Map([['other', { kind: 'tcp', host: '127.0.0.1', port: 1502 } as const]]);
      await assert.rejects(openBuses(board, { nowMs, modbus }), /is no Modbus bus of the board; it has rack, cdu/);
    });
  });
});
