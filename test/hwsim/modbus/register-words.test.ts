import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeNumber, encodeText, type NumberRegister } from '../../../hwsim/modbus/register-words.ts';
import { modbusRegisterSchema } from '../../../src/protocols/modbus/register-map.ts';

function words(type: NumberRegister['type'], value: number, more: object = {}): number[] {
  const register = modbusRegisterSchema.parse({ name: 'x', at: 0, type, ...more });
  return register.type === 'string' || register.type === 'flags' ? [] : encodeNumber(register, { value });
}

describe('a number in registers', () => {
  it('has sign, width, order of words and scale', () => {
    assert.deepEqual(words('u16', 1234), [1234]);
    assert.deepEqual(words('i16', -1), [0xffff]);
    assert.deepEqual(words('u32', 0x0001_86a0), [0x0001, 0x86a0]);
    assert.deepEqual(words('u32', 0x0001_86a0, { wordOrder: 'little' }), [0x86a0, 0x0001]);
    assert.deepEqual(words('i32', -2), [0xffff, 0xfffe]);
    assert.deepEqual(words('u64', 2 ** 40 + 5), [0, 0x0100, 0, 5]);
    assert.deepEqual(words('i16', 25.5, { scale: 1 / 128 }), [3264]);
    // 25.02 °C in 0.1 K: 298.17 K → 2981.7, the nearest is 2982
    assert.deepEqual(words('u16', 25.02, { scale: 0.1, offset: -273.15 }), [2982]);
  });

  it('as a float is IEEE 754: 1.0 = 3F80 0000, -118.625 = C2ED 4000', () => {
    assert.deepEqual(words('f32', 1), [0x3f80, 0x0000]);
    assert.deepEqual(words('f32', -118.625), [0xc2ed, 0x4000]);
  });

  it('that does not fit shows as the nearest that does', () => {
    assert.deepEqual(words('u16', -3), [0]);
    assert.deepEqual(words('u16', 70_000), [0xffff]);
    assert.deepEqual(words('i16', -40_000), [0x8000]);
    assert.deepEqual(words('i32', 3e9), [0x7fff, 0xffff]);
  });

  it('that cannot be measured is a failure of the device', () => {
    assert.throws(() => words('u16', Number.NaN), /x cannot be measured/);
  });
});

describe('a text in registers', () => {
  it('has two characters in each, the first in the high byte, NUL behind its end', () => {
    assert.deepEqual(encodeText('PSU', 3), [0x5053, 0x5500, 0]);
    assert.deepEqual(encodeText('longer', 2), [0x6c6f, 0x6e67]);
  });
});
