// `chip list`: readable at 100 columns, complete, and the same facts as JSON.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChipAbilities } from '../../src/chips/chip-abilities.ts';
import { channelsText, chipListText } from '../../src/cli/chip-list.ts';
import { listedChips } from '../../src/cli/listed-chips.ts';
import { cellsOf } from '../../src/surfaces/console/cells.ts';
import { runColdslot } from './coldslot.ts';

const SENSOR: ChipAbilities = {
  name: 'one',
  kind: 'sensor',
  channels: [{ channel: 'temp1', unit: 'C' }],
  outputs: 0,
  watchdogS: [],
  pec: false,
  conditions: false,
  decode: true,
  identity: false,
  shunt: false,
};

describe('the list of chips', () => {
  it('fits 100 columns and has every chip once', () => {
    const all = listedChips();
    const text = chipListText(all);
    for (const line of text.split('\n')) assert.ok(cellsOf(line) <= 100, line);
    const listed = text.split('\n\nconditions')[0] ?? '';
    const names = listed
      .split('\n')
      .filter((line) => !/^[A-Z]/.test(line))
      .flatMap((line) => (line.split(' | ')[0] ?? '').split(' '))
      .filter((name) => name !== '' && name !== '|');
    assert.deepEqual(names.toSorted(), all.map(({ name }) => name).toSorted());
  });

  it('has chips that can do the same in one row, in the order of their names', () => {
    const fan: ChipAbilities = { ...SENSOR, name: 'fans', kind: 'fan', outputs: 1, watchdogS: [5], decode: false };
    const text = chipListText([{ ...SENSOR, name: 'two' }, SENSOR, { ...SENSOR, name: 'other', shunt: true }, fan]);
    assert.deepEqual(text.split('\n').slice(0, 6), [
      'Sensors',
      'one two | temp1 °C | decode',
      'other   | temp1 °C | decode, shunt',
      '',
      'Fan controllers',
      'fans | temp1 °C | 1 output, watchdog 5 s',
    ]);
  });

  it('wraps what is long', () => {
    const chips = Array.from({ length: 12 }, (_, i) => ({ ...SENSOR, name: `chip-${10 + i}` }));
    const rows = chipListText(chips).split('\n').slice(1, 4);
    assert.deepEqual(rows, [
      'chip-10 chip-11 chip-12 chip-13 chip-14 | temp1 °C | decode',
      'chip-15 chip-16 chip-17 chip-18 chip-19',
      'chip-20 chip-21',
    ]);
  });

  it('writes channels as ranges, by unit', () => {
    const channels = [
      ...['in0', 'in1', 'in2', 'in5'].map((channel) => ({ channel, unit: 'V' }) as const),
      { channel: 'curr2', unit: 'A' } as const,
      { channel: 'fan1', unit: 'rpm' } as const,
      { channel: 'fan2', unit: 'rpm' } as const,
    ];
    assert.deepEqual(channelsText(channels), ['in0-2 in5 V', 'curr2 A', 'fan1-2 rpm']);
  });

  it('is JSON for programs', async () => {
    const { status, out } = await runColdslot(['chip', 'list', '--json']);
    assert.equal(status, 0);
    const chips = JSON.parse(out) as readonly ChipAbilities[];
    assert.deepEqual(
      chips.find(({ name }) => name === 'lm5066i'),
      {
        name: 'lm5066i',
        kind: 'sensor',
        channels: [
          { channel: 'in1', unit: 'V', label: 'vin' },
          { channel: 'in2', unit: 'V', label: 'vmon' },
          { channel: 'in3', unit: 'V', label: 'vout1' },
          { channel: 'curr1', unit: 'A', label: 'iin' },
          { channel: 'power1', unit: 'W', label: 'pin' },
          { channel: 'temp1', unit: 'C' },
        ],
        outputs: 0,
        watchdogS: [],
        pec: true,
        conditions: true,
        decode: false,
        identity: false,
        shunt: true,
      },
    );
  });
});
