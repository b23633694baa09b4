import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gpioNumber } from '../../src/buses/gpio-number.ts';
import { channelBusNumber } from '../../src/buses/mux-channel.ts';
import { temporaryFolder, writeFiles } from './temporary-folder.ts';

describe('Linux’ number of a mux channel', () => {
  it('is that of the bus its channel link points to', (t) => {
    const sysfs = temporaryFolder(t);
    mkdirSync(join(sysfs, '14-0074'));
    symlinkSync('../../i2c-30', join(sysfs, '14-0074', 'channel-0'));
    symlinkSync('../../i2c-31', join(sysfs, '14-0074', 'channel-1'));
    assert.equal(channelBusNumber(sysfs, 14, 0x74, 0), 30);
    assert.equal(channelBusNumber(sysfs, 14, 0x74, 1), 31);
  });

  it('cannot be told while no driver is bound, and the message says what to do', (t) => {
    const sysfs = temporaryFolder(t);
    assert.throws(() => channelBusNumber(sysfs, 1, 0x70, 2), /1-0070\/channel-2 is not there; bind the mux's driver/);
  });
});

describe('Linux’ number of a GPIO line', () => {
  const files = {
    'gpiochip780/label': '1e780000.gpio\n',
    'gpiochip780/base': '780\n',
    'gpiochip780/ngpio': '208\n',
    'gpiochip512/label': '1e780800.gpio\n',
    'gpiochip512/base': '512\n',
    'gpiochip512/ngpio': '36\n',
    export: '',
  };

  it('is the controller’s base and the line: H2 of the AST2600 is 780 + 58', (t) => {
    const root = temporaryFolder(t);
    writeFiles(root, files);
    assert.equal(gpioNumber(root, '1e780000.gpio', 58), 838);
    assert.equal(gpioNumber(root, '1e780800.gpio', 35), 547);
  });

  it('is the line itself where the board counts as Linux does', (t) => {
    assert.equal(gpioNumber(temporaryFolder(t), 'linux', 17), 17);
  });

  it('is refused beyond the controller’s lines and for controllers that are not there', (t) => {
    const root = temporaryFolder(t);
    writeFiles(root, files);
    assert.throws(() => gpioNumber(root, '1e780800.gpio', 36), /has lines 0 to 35, not 36/);
    assert.throws(() => gpioNumber(root, 'pca9555', 0), /no controller labelled pca9555; it has .*1e780000.gpio/);
  });
});
