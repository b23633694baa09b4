import { describe, it, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openKernelChip } from '../../src/buses/kernel-chip.ts';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

/** A device's folder as Linux shows it; files below it by path. */
function deviceFolder(t: TestContext, name: string, driver: string | null, files: Readonly<Record<string, string>>) {
  const root = temporaryFolder(t);
  const folder = join(root, 'devices', name);
  mkdirSync(folder, { recursive: true });
  if (driver !== null) symlinkSync(`../../../bus/i2c/drivers/${driver}`, join(folder, 'driver'));
  writeFiles(folder, files);
  return folder;
}

const nowMs = () => 55;
const value = (number: number) => ({ kind: 'value', value: number, atMs: 55 });

function opened(folder: string) {
  return openKernelChip('mb-u73', () => folder, nowMs);
}

describe('a chip that a kernel driver owns', () => {
  it('is read in °C, V, A, W and rpm from thousandths, millionths of W and rpm', async (t) => {
    const chip = opened(
      deviceFolder(t, '12-004c', 'tmp421', {
        'hwmon/hwmon7/name': 'tmp421\n',
        'hwmon/hwmon7/temp1_input': '-40062\n',
        'hwmon/hwmon7/in1_input': '12150\n',
        'hwmon/hwmon7/curr1_input': '-250\n',
        'hwmon/hwmon7/power1_input': '87500000\n',
        'hwmon/hwmon7/fan12_input': '7920\n',
      }),
    );
    assert.deepEqual(await chip.read('temp1'), value(-40.062));
    assert.deepEqual(await chip.read('in1'), value(12.15));
    assert.deepEqual(await chip.read('curr1'), value(-0.25));
    assert.deepEqual(await chip.read('power1'), value(87.5));
    assert.deepEqual(await chip.read('fan12'), value(7920));
  });

  it('has no value of an input that the driver marks as at fault, but keeps the speed of a fan', async (t) => {
    const folder = deviceFolder(t, '12-004c', 'tmp421', {
      'hwmon/hwmon0/temp2_input': '-128000\n',
      'hwmon/hwmon0/temp2_fault': '1\n',
      'hwmon/hwmon0/temp1_input': '31000\n',
      'hwmon/hwmon0/temp1_fault': '0\n',
      'hwmon/hwmon0/fan1_input': '0\n',
      'hwmon/hwmon0/fan1_fault': '1\n',
    });
    const chip = opened(folder);
    const open = await chip.read('temp2');
    assert.equal(open.kind === 'none' && open.reason, 'fault');
    assert.match(open.kind === 'none' ? open.detail : '', /^mb-u73 temp2_fault: /);
    assert.deepEqual(await chip.read('temp1'), value(31));
    assert.deepEqual(await chip.read('fan1'), value(0));
    assert.equal(await chip.faulty('fan1'), true);
    assert.equal(await chip.faulty('fan2'), false);
  });

  it('whose file holds no number is implausible', async (t) => {
    const chip = opened(deviceFolder(t, '1-0048', 'lm75', { 'hwmon/hwmon0/temp1_input': '31.5\n' }));
    const reading = await chip.read('temp1');
    assert.equal(reading.kind === 'none' && reading.reason, 'implausible');
  });

  // errno → reason: Documentation/hwmon and drivers/hwmon: ENODATA no valid value, EAGAIN not converted yet, ENXIO no acknowledge
  const failures = [
    ['ENODATA', 'fault', /the driver has no value/],
    ['EAGAIN', 'timeout', /the chip has no value yet/],
    ['ETIMEDOUT', 'timeout', /ETIMEDOUT/],
    ['ENXIO', 'fault', /the chip does not answer/],
    ['EREMOTEIO', 'fault', /the chip does not answer/],
    ['EIO', 'fault', /the transfer failed/],
    ['ENODEV', 'fault', /the driver has lost the chip/],
  ] as const;
  for (const [code, reason, words] of failures) {
    it(`that answers ${code} is ${reason}, never absent`, async (t) => {
      const folder = deviceFolder(t, '1-0048', 'lm75', { 'hwmon/hwmon0/temp1_input': '31000' });
      const chip = openKernelChip(
        'air',
        () => folder,
        nowMs,
        () => {
          throw Object.assign(new Error(`${code}: read`), { code });
        },
      );
      const reading = await chip.read('temp1');
      assert.equal(reading.kind === 'none' && reading.reason, reason);
      assert.match(reading.kind === 'none' ? reading.detail : '', words);
    });
  }

  it('that no driver has says what is missing', async (t) => {
    const detailOf = async (folder: string) => {
      const reading = await opened(folder).read('temp1');
      assert.equal(reading.kind === 'none' && reading.reason, 'fault');
      return reading.kind === 'none' ? reading.detail : '';
    };
    const unbound = deviceFolder(t, '12-004c', null, { name: 'tmp421\n' });
    assert.match(await detailOf(unbound), /no kernel driver is bound to 12-004c/);
    assert.match(await detailOf(join(unbound, '../12-004d')), /Linux knows no device 12-004d; .*new_device/);
    const other = deviceFolder(t, '12-0050', 'at24', {});
    assert.match(await detailOf(other), /the kernel driver at24 of 12-0050 shows no hwmon values/);
  });

  it('is found again after its driver was bound anew', async (t) => {
    const folder = deviceFolder(t, '12-004c', 'tmp421', { 'hwmon/hwmon7/temp1_input': '31000' });
    const chip = opened(folder);
    assert.equal((await chip.read('temp1')).kind, 'value');
    renameSync(join(folder, 'hwmon/hwmon7'), join(folder, 'hwmon/hwmon9'));
    assert.equal((await chip.read('temp1')).kind, 'none'); // notices
    assert.deepEqual(await chip.read('temp1'), value(31)); // and looks again
  });

  it('takes duties of 0 to 255 by hand control', async (t) => {
    const folder = deviceFolder(t, '14-0020', 'max31790', {
      'hwmon/hwmon3/pwm2': '255\n',
      'hwmon/hwmon3/pwm2_enable': '2\n',
    });
    const chip = opened(folder);
    assert.equal(await chip.setPwm(2, 0.6), 'ok'); // 0.6 · 255 = 153
    assert.equal(readFileSync(join(folder, 'hwmon/hwmon3/pwm2'), 'utf8'), '153');
    assert.equal(readFileSync(join(folder, 'hwmon/hwmon3/pwm2_enable'), 'utf8'), '1');
    assert.deepEqual(await chip.pwmRatio(2), value(0.6));
    rmSync(folder, { recursive: true });
    const refused = await chip.setPwm(2, 0.6);
    assert.match(refused === 'ok' ? '' : refused.error, /^mb-u73 pwm2: ENOENT/);
  });

  it('is told the shunt of the board where its driver can be told', async (t) => {
    const folder = deviceFolder(t, '0-0045', 'ina2xx', { 'hwmon/hwmon1/shunt_resistor': '10000\n' });
    assert.equal(await opened(folder).setShunt(2000), 'ok');
    assert.equal(readFileSync(join(folder, 'hwmon/hwmon1/shunt_resistor'), 'utf8'), '2000');
    const fixed = deviceFolder(t, '0-0046', 'adm1275', { 'hwmon/hwmon1/name': 'adm1278\n' });
    assert.equal(await opened(fixed).setShunt(500), 'ok');
  });

  it('that is an EEPROM gives the bytes asked for, or says why not', async (t) => {
    const folder = deviceFolder(t, '0-0054', 'at24', {});
    writeFileSync(
      join(folder, 'eeprom'),
      Uint8Array.from({ length: 256 }, (_, index) => index),
    );
    const chip = opened(folder);
    assert.deepEqual(await chip.readBytes(16, 3), { kind: 'ok', data: Uint8Array.of(16, 17, 18) });
    const beyond = await chip.readBytes(254, 8);
    assert.match(beyond.kind === 'failed' ? beyond.detail : '', /2 of 8 bytes from 254 came back/);
    const none = await opened(deviceFolder(t, '0-0055', null, {})).readBytes(0, 8);
    assert.match(none.kind === 'failed' ? none.detail : '', /no kernel driver is bound to 0-0055/);
  });
});
