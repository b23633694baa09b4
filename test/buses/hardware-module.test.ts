import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { ColdslotError, describeError } from '../../src/core/errors.ts';
import { loadHardwareModule } from '../../src/buses/hardware-module.ts';

describe('a native package', () => {
  it('that is not installed is named, with what needs it and how to get it', async () => {
    const missing = () =>
      Promise.reject(
        Object.assign(new Error("Cannot find package 'i2c-bus'\nimported from …"), { code: 'ERR_MODULE_NOT_FOUND' }),
      );
    await assert.rejects(loadHardwareModule('i2c-bus', missing), (error) => {
      assert.ok(error instanceof ColdslotError);
      const text = describeError(error);
      assert.match(text, /^package i2c-bus: cannot be loaded, and a real board needs it for its I2C buses/);
      assert.match(text, /C\+\+ compiler, make and python3 .*npm rebuild i2c-bus, or npm ci$/);
      assert.doesNotMatch(text, /\n/);
      return true;
    });
  });

  it('is what CommonJS exported, however it was imported', async () => {
    const exports = { openSync: 1 };
    assert.equal(await loadHardwareModule('i2c-bus', () => Promise.resolve({ default: exports })), exports);
    assert.equal(await loadHardwareModule('onoff', () => Promise.resolve(exports)), exports);
  });
});
