// The guardian started from a start-up snapshot, as installed: it does what the bundle does, and where the snapshot cannot
// be used the bundle does it.
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { frameSchema } from '../../src/protocols/guardian-link.ts';
import { InstalledGuardian, isFromSnapshot, linesUntil } from './installed-guardian.ts';

/** MAX31790 data sheet: target duty cycle of PWM output 1, 9 bits left-aligned in 40h and 41h; 511 is 100 %. */
const FAN_CHIP = 0x2f;
const TARGET_DUTY_1 = '40';
const FULL_SPEED = 'ff80';

describe('the guardian from a start-up snapshot', { timeout: 600_000 }, () => {
  let installed: InstalledGuardian;

  beforeEach(async () => {
    installed = new InstalledGuardian();
    await installed.startBuses();
  });

  afterEach(() => installed.end());

  it('brings the fans to full speed, tells what it reads, ends when told, and does so again the next time', async () => {
    // node warns of its modules that cannot be in a snapshot; older ones then fail
    assert.equal(await installed.makeSnapshot(), '');
    const madeMs = Number(process.hrtime.bigint()) / 1e6;
    const madeAt = Date.now();
    for (const _time of ['first', 'second']) {
      const guardian = await installed.start();
      assert.ok(isFromSnapshot(guardian.pid));
      assert.equal(await installed.chipBytes(FAN_CHIP, TARGET_DUTY_1, 2), FULL_SPEED);

      const lines = await linesUntil(installed.socket, /"type":"frame"/);
      assert.match(lines[0] ?? '', /"type":"hello".*"board":"sim-8"/);
      const frame = frameSchema.parse(JSON.parse(lines.at(-1) ?? ''));
      assert.equal(frame.sensors['slot1_cpu']?.reading.kind, 'value');
      assert.ok(frame.atMs > madeMs, `${frame.atMs} ms is before ${madeMs}`); // clocks are not those of the snapshot
      assert.ok(Number(/"time":(\d+)/.exec(guardian.text())?.[1]) >= madeAt);

      assert.equal(await guardian.kill('SIGTERM'), 0);
      assert.equal(existsSync(installed.socket), false);
    }
  });

  it('takes the native packages from beside the program, when it runs', async () => {
    await installed.makeSnapshot();
    installed.addPackage(
      'i2c-bus',
      `process.stderr.write('i2c-bus is here\\n');
       exports.openSync = () => { throw Object.assign(new Error('no such bus'), { code: 'ENOENT' }); };`,
    );
    const modbusSerial = createRequire(import.meta.url).resolve('modbus-serial');
    installed.addPackage('modbus-serial', `module.exports = require(${JSON.stringify(modbusSerial)});`);
    const guardian = installed.run(['--board', 'sim-8.json', '--socket', installed.socket]);
    await guardian.shows(/\{"ready":true\}/);
    assert.ok(isFromSnapshot(guardian.pid));
    assert.match(guardian.text(), /i2c-bus is here/);
    assert.match(guardian.text(), /only 0 of 3 fans took the first command/);
  });

  it('asks for real-time priority, by a program that it starts', async () => {
    await installed.makeSnapshot();
    const guardian = await installed.start({}, ['--realtime']);
    assert.ok(isFromSnapshot(guardian.pid));
    await guardian.shows(/real-time priority/); // or why there is none
  });

  const damages: readonly (readonly [string, (installed: InstalledGuardian) => void])[] = [
    ['another bundle', ({ directory }) => appendFileSync(`${directory}/guardian.cjs`, '\n// newer\n')],
    ['one byte changed', ({ blob }) => writeFileSync(blob, oneByteChanged(readFileSync(blob)))],
    ['the end missing', ({ blob }) => truncateSync(blob, 1_000_000)],
    ['no file', ({ blob }) => writeFileSync(blob, '')],
    ['another node', (one) => one.useNode(`#!/bin/sh\nexec '${process.execPath}' "$@"\n`)],
  ];
  for (const [what, damage] of damages) {
    it(`is not used where it does not fit: ${what}`, async () => {
      await installed.makeSnapshot();
      damage(installed);
      const guardian = await installed.start();
      assert.equal(isFromSnapshot(guardian.pid), false);
      assert.match(guardian.text(), /guardian\.blob is damaged, or made for another node.* snapshot$/m);
      assert.equal(await guardian.kill('SIGTERM'), 0);
    });
  }

  it('is not used under options of V8 that it was not made with', async () => {
    await installed.makeSnapshot();
    const guardian = await installed.start({ NODE_OPTIONS: '--max-old-space-size=64' });
    assert.equal(isFromSnapshot(guardian.pid), false);
  });

  it('is tried once when node refuses it, and from then on the bundle runs', async () => {
    // refuses as node does when a processor has other features than the one it was made on
    const refusal = `case "$*" in *--build-snapshot*|*--version*) ;; *--snapshot-blob*) exit 1 ;; esac`;
    installed.useNode(`#!/bin/sh\n${refusal}\nexec '${process.execPath}' "$@"\n`);
    await installed.makeSnapshot();
    assert.equal(await installed.run(['--board', 'sim-8.json', '--socket', installed.socket]).ended, 1);
    const guardian = await installed.start();
    assert.match(guardian.text(), /guardian\.blob did not come up the last time/);
    assert.equal(await guardian.kill('SIGTERM'), 0);
    await installed.makeSnapshot(); // a new one gets its try
    assert.equal(await installed.run(['--board', 'sim-8.json', '--socket', installed.socket]).ended, 1);
  });

  it('runs without one, and says nothing of it', async () => {
    const guardian = await installed.start();
    assert.equal(isFromSnapshot(guardian.pid), false);
    assert.doesNotMatch(guardian.text(), /blob/);
  });

  it('is not made when the board that it is to know cannot be run', async () => {
    const child = installed.run(['snapshot', 'no-such-board.json']);
    assert.equal(await child.ended, 1);
    assert.match(child.text(), /no-such-board\.json/);
    assert.equal(existsSync(installed.blob), false);
  });
});

function oneByteChanged(bytes: Buffer): Buffer {
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  return bytes;
}
