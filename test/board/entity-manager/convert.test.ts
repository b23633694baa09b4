import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { channelOfLabel } from '../../../src/board/entity-manager/channel-label.ts';
import type { Conversion } from '../../../src/board/entity-manager/conversion.ts';
import { convert } from '../../../src/board/entity-manager/convert.ts';
import { knownChips } from '../known-chips.ts';

const context = { catalogue: knownChips(), connectors: new Map() };

function converted(fields: Record<string, unknown>): Conversion {
  return convert({ type: String(fields['Type']), name: String(fields['Name']), fields }, context);
}

function device(fields: Record<string, unknown>) {
  const result = converted({ Bus: 3, Address: '0x4c', Name: 'D', ...fields });
  assert.ok(result.kind === 'device', result.kind);
  return result;
}

const threshold = (Direction: string, Severity: number, Value: number, more = {}) => ({
  Direction,
  Severity,
  Value,
  ...more,
});

describe('an entry with a bus and an address', () => {
  it('becomes the chip of its type there; bus and address may be text or numbers', () => {
    const { place, chip } = device({ Type: 'TMP75', Bus: '18', Address: 0x48 });
    assert.deepEqual({ place, chip }, { place: { bus: 18, address: 0x48 }, chip: 'tmp75' });
    assert.equal(device({ Type: 'EEPROM_24C64' }).chip, '24c64');
    assert.equal(device({ Type: 'TMP1075' }).chip, 'tmp75');
  });

  it('is unsupported without a driver, or at what is no 7-bit address', () => {
    assert.equal(converted({ Type: 'MAX5970', Name: 'M', Bus: 1, Address: '0x3a' }).kind, 'unsupported');
    for (const Address of ['0xEB', '0x1fe', 'x', ['0x20', '0x21']]) {
      assert.equal(converted({ Type: 'TMP75', Name: 'T', Bus: 1, Address }).kind, 'unsupported');
    }
    assert.equal(converted({ Type: 'constructor', Name: 'C', Bus: 1, Address: '0x20' }).kind, 'unsupported');
  });

  it('has a sensor for each temperature it names', () => {
    const { channels } = device({ Type: 'TMP421', Name: 'Inlet', Name1: 'NIC' });
    assert.deepEqual(
      channels.map(({ channel, name }) => [channel, name]),
      [
        ['temp1', 'Inlet'],
        ['temp2', 'NIC'],
      ],
    );
    const only = device({ Type: 'TMP421', Name: 'Inlet', Name1: 'NIC', Labels: ['temp2'] });
    assert.deepEqual(
      only.channels.map(({ channel, name }) => [channel, name]),
      [['temp2', 'NIC']],
    );
  });

  it('has thresholds as limits: severity 0 warns, 1 is critical, 4 shuts down', () => {
    const { channels, lost } = device({
      Type: 'TMP75',
      Thresholds: [
        threshold('greater than', 0, 40, { Hysteresis: 3 }),
        threshold('greater than', 1, 45, { Hysteresis: 3 }),
        threshold('greater than', 4, 150),
        threshold('less than', 0, 5),
        threshold('less than', 1, 0),
        threshold('less than', 4, -10),
        threshold('greater than', 3, 99),
      ],
    });
    assert.deepEqual(channels[0]?.limits, {
      warningHigh: 40,
      criticalHigh: 45,
      powerDownHigh: 150,
      warningLow: 5,
      criticalLow: 0,
    });
    assert.equal(channels[0]?.hysteresis, 3);
    assert.deepEqual(lost, ['Thresholds: less than, severity 4', 'Thresholds: greater than, severity 3']);
  });

  it('gives a threshold with a label or an index to its reading', () => {
    const power = device({
      Type: 'INA230',
      Labels: ['in1', 'curr1'],
      in1_Name: 'VOLT',
      curr1_Name: 'AMP',
      Thresholds: [
        threshold('greater than', 1, 13, { Label: 'in1' }),
        threshold('greater than', 1, 5.24, { Label: 'curr1' }),
        threshold('less than', 1, 1),
      ],
    });
    assert.deepEqual(
      power.channels.map(({ name, limits }) => [name, limits]),
      [
        ['VOLT', { criticalHigh: 13 }],
        ['AMP', { criticalHigh: 5.24 }],
      ],
    );
    assert.deepEqual(power.lost, ['Thresholds: for no reading that was taken']);
    const two = device({
      Type: 'TMP421',
      Name1: 'E',
      Thresholds: [threshold('greater than', 1, 70), threshold('greater than', 1, 90, { Index: 2 })],
    });
    assert.deepEqual(
      two.channels.map(({ limits }) => limits.criticalHigh),
      [70, 90],
    );
  });

  it('lists what it says and a board has no place for', () => {
    assert.deepEqual(device({ Type: 'INA230', Labels: ['in1', 'vcap'], in1_Scale: 1041, PollRate: 5 }).lost, [
      'Labels: vcap of a ina230',
      'in1_Scale',
      'PollRate',
    ]);
  });

  it('becomes a mux with the channels that have names', () => {
    const mux = converted({ Type: 'PCA9545Mux', Name: 'M', Bus: 2, Address: '0x72', ChannelNames: ['A', '', 'C', ''] });
    assert.ok(mux.kind === 'mux');
    assert.deepEqual(
      [mux.chip, mux.channels],
      [
        'pca9546',
        [
          { channel: 0, name: 'A' },
          { channel: 2, name: 'C' },
        ],
      ],
    );
  });
});

describe('a label', () => {
  it('is PMBus’ quantity in Linux’ order of channels', () => {
    const hotSwap = ['in1', 'in2', 'curr1', 'power1', 'temp1']; // adm1275.c for an ADM1278: vin, vout1, iout1, pin
    assert.deepEqual(
      ['vin', 'vout1', 'iout1', 'pin', 'temp1', 'maxpin'].map((label) => channelOfLabel(label, 'adm1278', hotSwap)),
      ['in1', 'in2', 'curr1', 'power1', 'temp1', null],
    );
    const converter = ['in1', 'in2', 'in3', 'curr1', 'curr2', 'curr3', 'power1', 'power2'];
    assert.deepEqual(
      ['vin', 'vout1', 'vout2', 'iin', 'iout1', 'iout2', 'pout1'].map((label) =>
        channelOfLabel(label, 'pmbus', converter),
      ),
      ['in1', 'in2', 'in3', 'curr1', 'curr2', 'curr3', 'power2'],
    );
  });

  it('of an INA233 is its one voltage pin, whether named as input or output', () => {
    const channels = ['in1', 'in2', 'curr1', 'power1'];
    assert.deepEqual(
      ['vin', 'vout1', 'vmon', 'iout1', 'pout1'].map((label) => channelOfLabel(label, 'ina233', channels)),
      ['in1', 'in1', 'in2', 'curr1', 'power1'],
    );
  });

  it('is the channel itself, or IIO’s name of it', () => {
    assert.equal(channelOfLabel('in1', 'ina230', ['in0', 'in1']), 'in1');
    assert.equal(channelOfLabel('power1_input', 'x', ['power1']), 'power1');
    assert.equal(channelOfLabel('in_voltage3', 'max11617', ['in0', 'in1', 'in2', 'in3']), 'in3');
    assert.equal(channelOfLabel('in9', 'ina230', ['in0', 'in1']), null);
  });

  it('is what Linux calls the channel, where that is known of the chip, and then nothing is guessed', () => {
    // pmbus_core on an XDPE11280: two pages that have all quantities; on an MP2929 only page 1 has an input current
    const labels = {
      vin1: 'in1',
      vin2: 'in2',
      vout1: 'in3',
      vout2: 'in4',
      iin2: 'curr1',
      iout1: 'curr2',
      pin: 'power1',
    };
    const channels = [...Object.values(labels), 'temp1'];
    const channelsOf = (...names: string[]) => names.map((name) => channelOfLabel(name, 'any', channels, labels));
    assert.deepEqual(channelsOf('vin2', 'vout1', 'iin2', 'pin', 'temp1'), ['in2', 'in3', 'curr1', 'power1', 'temp1']);
    assert.deepEqual(channelsOf('vin', 'pin1', 'iout'), ['in1', 'power1', 'curr2']); // the first one's number left out or added
    assert.deepEqual(channelsOf('vout3', 'iin1', 'maxiout1', 'vmon'), [null, null, null, null]);
  });
});
