// The guardian's smaller edges: command line, watchdog file, fans that the kernel drives, board → cooling.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HwmonFans } from '../../src/buses/hwmon.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { good, none } from '../../src/core/reading.ts';
import { readArguments } from '../../src/guardian/arguments.ts';
import { coolingConfigOf } from '../../src/guardian/cooling-config.ts';
import { openHwmonFan } from '../../src/guardian/hwmon-fan.ts';
import { openLinuxWatchdog } from '../../src/guardian/linux-watchdog.ts';
import { fakeBoard } from './fake-chassis.ts';

describe('the command line', () => {
  it('needs a board and a socket; the rest has defaults', () => {
    assert.deepEqual(readArguments(['--board', 'b.json', '--socket', 's']), {
      board: 'b.json',
      socket: 's',
      socketGroup: null,
      simBus: null,
      modbus: new Map(),
      speed: 1,
      realtime: false,
    });
  });

  it('takes another place for a Modbus bus, as often as it is given', () => {
    const { modbus } = readArguments(
      '--board b --socket s --modbus rack=tcp://127.0.0.1:1502 --modbus cdu=serial:/dev/pts/3'.split(' '),
    );
    assert.deepEqual(modbus.get('rack'), { kind: 'tcp', host: '127.0.0.1', port: 1502 });
    assert.deepEqual(modbus.get('cdu'), { kind: 'serial', path: '/dev/pts/3', baud: 19_200 });
  });

  for (const [args, subject] of [
    [['--board', 'b.json'], '--socket'],
    [['--board', 'b', '--socket', 's', '--modbus', 'tcp://127.0.0.1:1502'], '--modbus'],
    [['--board', 'b', '--socket', 's', '--modbus', 'rack=udp://127.0.0.1:1502'], 'Modbus place'],
    [['--socket', 's', '--board', ''], '--board'],
    [['--board', 'b', '--socket', 's', '--speed', '0'], '--speed'],
    [['--board', 'b', '--socket', 's', '--speed', 'fast'], '--speed'],
    [['--board', 'b', '--socket', 's', '--turbo'], 'guardian'],
  ] as const) {
    it(`refuses ${args.join(' ')} and names ${subject}`, () => {
      const isUsage = (error: unknown) =>
        error instanceof ColdslotError && error.code === 'usage' && error.subject === subject;
      assert.throws(() => readArguments(args), isUsage);
    });
  }
});

describe('the Linux watchdog', () => {
  it('gets a byte with each feed, and never the V that would disarm it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'coldslot-watchdog-'));
    try {
      const path = join(directory, 'watchdog');
      const watchdog = openLinuxWatchdog(path);
      assert.equal(readFileSync(path, 'utf8'), '');
      watchdog.feed();
      watchdog.feed();
      watchdog.close();
      assert.match(readFileSync(path, 'utf8'), /^[^V]{2}$/);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('a fan controller that the kernel drives', () => {
  const set: [number, number][] = [];
  const fans: HwmonFans = {
    id: 'pwm',
    setPwm: (channel, ratio) => {
      set.push([channel, ratio]);
      return Promise.resolve(channel === 1 ? 'ok' : { error: 'ENOENT' });
    },
    pwmRatio: () => Promise.resolve(good(0.4, 7)),
    fanRpm: (channel) => Promise.resolve(channel === 2 ? good(4200, 7) : none('absent', 7, 'no file')),
  };
  const chip = openHwmonFan(fans, { busId: 'hwmon', address: 0x10, pwmCount: 2, tachometers: [2, 3] });

  it('takes duties and gives the speeds of the tachometers in use', async () => {
    assert.deepEqual(await chip.setDuty(1, 0.4), { kind: 'ok' });
    assert.deepEqual(set, [[1, 0.4]]);
    assert.deepEqual(
      await chip.readAll(7),
      new Map([
        ['fan2', good(4200, 7)],
        ['fan3', none('absent', 7, 'no file')],
      ]),
    );
    assert.deepEqual(await chip.readDuty(1), { kind: 'ok', ratio: 0.4 });
  });

  it('says what failed', async () => {
    assert.deepEqual(await chip.setDuty(2, 1), { kind: 'failed', reason: 'fault', detail: 'ENOENT' });
    assert.equal((await chip.armWatchdog(10)).kind, 'failed');
  });
});

describe('what cooling is told of a board', () => {
  it('limits are the warning’s, power sensors those of the slots a zone serves, tables in rising order', () => {
    const board = fakeBoard();
    const [first] = board.slots;
    const [zone] = board.zones;
    assert.ok(first && zone);
    const steps = [
      { atC: 40, ratio: 0.6 },
      { atC: 30, ratio: 0.3 },
    ];
    const config = coolingConfigOf({
      ...board,
      slots: [{ ...first, sensors: { ...first.sensors, power: 'slot1-power' } }],
      zones: [{ ...zone, tables: [{ sensor: 'slot1-cpu', hysteresisK: 2, steps }] }],
    });
    assert.deepEqual(config.sensors.get('slot1-cpu'), {
      name: 'slot1-cpu',
      slot: 1,
      limitC: 80,
      criticalC: 90,
      powerDownC: 100,
      mustHave: true,
      maxRisePerS: 1,
      timeoutS: 10,
    });
    assert.deepEqual(config.zones[0]?.powerSensors, ['slot1-power']);
    assert.deepEqual(
      config.zones[0]?.tables[0]?.steps.map(({ atC }) => atC),
      [30, 40],
    );
    assert.deepEqual(config.fans[0], { id: 'fan0', minRatio: 0.2, fullRpm: [6000] });
  });
});
