import { describe, it, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openHwmon } from '../../src/buses/hwmon.ts';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

/** /sys as Bletchley's kernel shows it: two PWM fans and the tachometers. */
function sysfs(t: TestContext) {
  const root = temporaryFolder(t);
  for (const fan of ['pwm-fan0', 'pwm-fan1']) mkdirSync(join(root, 'devices', fan), { recursive: true });
  writeFiles(root, {
    'class/hwmon0/name': 'pwmfan\n',
    'class/hwmon0/pwm1': '255\n',
    'class/hwmon0/pwm1_enable': '2\n',
    'class/hwmon1/name': 'pwmfan\n',
    'class/hwmon1/pwm1': '255\n',
    'class/hwmon2/name': 'aspeed_tach\n',
    'class/hwmon2/fan1_input': '7920\n',
    'class/hwmon2/fan2_input': 'what\n',
    'class/hwmon2/temp1_input': '-1500\n',
  });
  symlinkSync('../../devices/pwm-fan0', join(root, 'class/hwmon0/device'));
  symlinkSync('../../devices/pwm-fan1', join(root, 'class/hwmon1/device'));
  return join(root, 'class');
}

const nowMs = () => 77;

describe('hwmon files', () => {
  it('set a PWM of 0 to 255, by hand control, on the fan the board names', async (t) => {
    const root = sysfs(t);
    const fan = openHwmon('fan0-pwm', root, { name: 'pwmfan', device: 'pwm-fan0' }, nowMs);
    assert.equal(await fan.setPwm(1, 0.4), 'ok'); // 0.4 · 255 = 102
    assert.equal(readFileSync(join(root, 'hwmon0/pwm1'), 'utf8'), '102');
    assert.equal(readFileSync(join(root, 'hwmon0/pwm1_enable'), 'utf8'), '1');
    assert.equal(readFileSync(join(root, 'hwmon1/pwm1'), 'utf8'), '255\n');
    assert.deepEqual(await fan.pwmRatio(1), { kind: 'value', value: 0.4, atMs: 77 });
  });

  it('never set more than full or less than off', async (t) => {
    const root = sysfs(t);
    const fan = openHwmon('fan1-pwm', root, { name: 'pwmfan', device: 'pwm-fan1' }, nowMs);
    await fan.setPwm(1, 1.7);
    assert.equal(readFileSync(join(root, 'hwmon1/pwm1'), 'utf8'), '255');
    await fan.setPwm(1, -1);
    assert.equal(readFileSync(join(root, 'hwmon1/pwm1'), 'utf8'), '0');
  });

  it('give speeds in rpm and temperatures in °C', async (t) => {
    const tach = openHwmon('fan-tach', sysfs(t), { name: 'aspeed_tach' }, nowMs);
    assert.deepEqual(await tach.fanRpm(1), { kind: 'value', value: 7920, atMs: 77 });
    assert.deepEqual(await tach.temperatureC(1), { kind: 'value', value: -1.5, atMs: 77 });
  });

  it('that hold no number are implausible, those that are missing absent', async (t) => {
    const tach = openHwmon('fan-tach', sysfs(t), { name: 'aspeed_tach' }, nowMs);
    const odd = await tach.fanRpm(2);
    assert.equal(odd.kind === 'none' && odd.reason, 'implausible');
    const missing = await tach.fanRpm(3);
    assert.equal(missing.kind === 'none' && missing.reason, 'absent');
    assert.match(missing.kind === 'none' ? missing.detail : '', /^fan-tach fan3_input: ENOENT/);
  });

  it('of a device that is not there: the refusal names those that are', async (t) => {
    const fan = openHwmon('x', sysfs(t), { name: 'pwmfan', device: 'pwm-fan7' }, nowMs);
    const answer = await fan.setPwm(1, 0.5);
    assert.match(
      answer === 'ok' ? '' : answer.error,
      /no hwmon device pwmfan of pwm-fan7; there are pwmfan, pwmfan, aspeed_tach/,
    );
  });

  it('of two devices of one name: refused instead of guessed', async (t) => {
    const answer = await openHwmon('x', sysfs(t), { name: 'pwmfan' }, nowMs).setPwm(1, 0.5);
    assert.match(answer === 'ok' ? '' : answer.error, /2 hwmon devices are pwmfan; name the kernel's device/);
  });

  it('are found again after the driver was bound anew under another number', async (t) => {
    const root = sysfs(t);
    const tach = openHwmon('fan-tach', root, { name: 'aspeed_tach' }, nowMs);
    await tach.fanRpm(1);
    renameSync(join(root, 'hwmon2'), join(root, 'hwmon5'));
    assert.equal((await tach.fanRpm(1)).kind, 'none'); // notices
    assert.equal((await tach.fanRpm(1)).kind, 'value'); // and looks again
  });

  it('that cannot be written are an error, not an exception', async (t) => {
    const root = sysfs(t);
    const fan = openHwmon('fan1-pwm', root, { name: 'pwmfan', device: 'pwm-fan1' }, nowMs);
    rmSync(join(root, 'hwmon1/pwm1'));
    mkdirSync(join(root, 'hwmon1/pwm1')); // root may write any file; nobody may write a folder
    chmodSync(join(root, 'hwmon1/pwm1'), 0o500);
    const answer = await fan.setPwm(1, 0.5);
    assert.match(answer === 'ok' ? '' : answer.error, /^fan1-pwm pwm1: EISDIR/);
  });
});
