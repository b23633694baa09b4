import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ColdslotError, describeError } from '../../src/core/errors.ts';
import { chipKinds, knownChips, openChip } from '../../src/chips/registry.ts';
import { byteChip } from './probe-bus.ts';

describe('the chip registry', () => {
  it('opens every chip it knows as the kind it says, without sending anything', () => {
    const bus = byteChip(0x40, {});
    for (const { name, kind, channels, outputs } of knownChips()) {
      const chip = openChip(name, bus, 0x40, { tachometers: [12] });
      assert.equal(chip.kind, kind, name);
      assert.equal(chip.name, name);
      assert.deepEqual([chip.busId, chip.address], ['i2c3', 0x40]);
      if ('channels' in chip)
        assert.deepEqual(
          chip.channels.map((info) => info.channel),
          channels,
          name,
        );
      if ('pinCount' in chip) assert.equal(chip.pinCount, outputs, name);
      if ('pwmCount' in chip) assert.equal(chip.pwmCount, outputs, name);
    }
    assert.deepEqual(bus.transfers, []);
  });

  it('lets only PMBus devices have packet error codes', () => {
    const names = new Set(knownChips().flatMap(({ name, pec }) => (pec ? [name] : [])));
    for (const name of ['pmbus', 'adm1278', 'mp5023', 'max31785']) assert.ok(names.has(name), name);
    for (const name of ['lm75', 'max31790', '24c64', 'ina230']) assert.ok(!names.has(name), name);
  });

  it('knows the chips of the boards', () => {
    const needed = [
      'lm75',
      'lm75a',
      'tmp75',
      'tmp105',
      'tmp112',
      'tmp175',
      'ds75',
      'tmp421',
      'tmp422',
      'tmp423',
    ].concat(
      ['max31790', 'ina219', 'ina220', 'ina226', 'ina230', 'ina231', 'pca9555', 'pca9535', 'pca9539', 'pca9506'],
      ['pca9534', 'pca9536', 'pca9538', 'tca6424', 'pca9552', '24c02', '24c64', '24c256', 'pca9546', 'pca9548'],
      ['tmp401', 'tmp411', 'tmp431', 'tmp432', 'tmp435', 'lm90', 'adm1032', 'adt7461', 'nct1008', 'max6657', 'tmp451'],
      ['tmp461', 'tmp464', 'tmp468', 'emc1403', 'emc1413', 'emc1414', 'emc1424', 'jc42', 'spd5118', 'max31730'],
      ['tmp108', 'adt7470', 'nct7802', 'emc2301', 'emc2302', 'emc2303', 'emc2305', 'max6639'],
    );
    needed.push('pmbus', 'adm1272', 'adm1278', 'adm1281', 'mp5023', 'mp5990', 'ltc4287', 'max31785');
    needed.push('ina237', 'ina238', 'ina260', 'ina3221', 'adc128d818', 'ads7830', 'ina233', 'nvme');
    for (const name of needed) assert.ok(chipKinds.has(name), name);
  });

  it('refuses an unknown chip and lists the known ones', () => {
    assert.throws(
      () => openChip('tmp999', byteChip(0x40, {}), 0x40),
      (error) => {
        assert.ok(error instanceof ColdslotError && error.code === 'bad-input');
        assert.match(describeError(error), /^chip "tmp999": no driver knows it; known: .*max31790.*tmp421/);
        return true;
      },
    );
  });
});
