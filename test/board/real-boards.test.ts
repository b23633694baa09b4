// Bletchley and Yosemite V4 against the descriptions their makers publish (openbmc/entity-manager).
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBoard } from '../../src/board/load.ts';
import type { Board } from '../../src/board/schema.ts';
import { boardFile, knownChips } from './known-chips.ts';

interface Expose {
  readonly Type: string;
  readonly Bus?: number | string;
  readonly Address?: string;
  readonly Connector?: { readonly Pwm: number; readonly Tachs: readonly number[] };
  readonly Thresholds?: readonly { readonly Direction: string; readonly Severity: number; readonly Value: number }[];
}

const folder = join(process.env['COLDSLOT_SHARED'] ?? '../shared', 'data/boards');
const skip = existsSync(folder) ? false : `${folder} is not there (set COLDSLOT_SHARED)`;

function exposes(file: string): readonly Expose[] {
  return (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { readonly Exposes: readonly Expose[] }).Exposes;
}

/** Linux' number of the bus or mux channel a device is on. */
function busNumber(board: Board, id: string): number | undefined {
  const bus = board.buses.find((one) => one.id === id);
  if (bus?.kind === 'i2c') return bus.number;
  return board.muxes.flatMap((mux) => mux.channels).find((channel) => channel.id === id)?.number;
}

function chipAt(board: Board, bus: number, address: number) {
  return board.devices.find((d) => busNumber(board, d.bus) === bus && Number.parseInt(d.address, 16) === address);
}

describe('Bletchley', () => {
  const board = loadBoard(boardFile('bletchley'), knownChips());
  const published = skip === false ? exposes('bletchley_baseboard.json') : [];

  it('has each published chip we drive at its bus and address', { skip }, () => {
    const ours = published.filter(({ Type, Bus }) => ['TMP421', 'INA230'].includes(Type) && typeof Bus === 'number');
    assert.equal(ours.length, 16); // ten thermometers, six power monitors
    for (const { Type, Bus, Address } of ours) {
      assert.equal(chipAt(board, Number(Bus), Number(Address))?.chip, Type.toLowerCase(), `${Type} ${Bus} ${Address}`);
    }
  });

  it('has the published critical limits', { skip }, () => {
    for (const entry of published.filter(({ Type }) => Type === 'TMP421')) {
      const critical = entry.Thresholds?.find((t) => t.Direction === 'greater than' && t.Severity === 1)?.Value;
      const channels = chipAt(board, Number(entry.Bus), Number(entry.Address))?.channels ?? [];
      assert.ok(channels.length > 0);
      for (const channel of channels) assert.equal(channel.limits.criticalHigh, critical);
    }
  });

  it('reads presence at GPIO H2 to H7, eight lines a bank: 7·8+2 = 58 to 63', () => {
    const lines = board.slots.map(({ presence }) =>
      presence !== undefined && 'bus' in presence ? presence.line : null,
    );
    assert.deepEqual(lines, [58, 59, 60, 61, 62, 63]);
    assert.ok(board.slots.every(({ presence }) => presence?.activeLow === true));
  });

  it('reads alerts at GPIO M0 to M5, active low: 12·8 = 96 to 101', () => {
    const lines = board.slots.map(({ alert }) => (alert !== undefined && 'bus' in alert ? alert.line : null));
    assert.deepEqual(lines, [96, 97, 98, 99, 100, 101]);
    assert.ok(board.slots.every(({ alert }) => alert?.activeLow === true));
  });
});

describe('the kernel’s part of the real boards', () => {
  // aspeed-bmc-facebook-bletchley.dts and aspeed-bmc-facebook-yosemite4.dts (torvalds/linux) bind drivers to these
  for (const [name, owned] of [
    ['bletchley', ['fru-6', 'fru-7', 'mb-u19', 'mb-u402', 'mb-u72', 'mb-u73']],
    ['yosemite-v4', ['fanboard0-fru', 'management-temp', 'medusa-temp1', 'nic3-thermal', 'spider-monitor4']],
  ] as const) {
    const board = loadBoard(boardFile(name), knownChips());
    const viaKernel = board.devices.filter(({ via, chip }) => via === 'hwmon' && chip !== 'hwmon-fan');

    it(`${name}: thermometers, monitors and EEPROMs of the chassis are the kernel drivers’`, () => {
      const ids = new Set(viaKernel.map(({ id }) => id));
      for (const id of owned) assert.ok(ids.has(id), id);
    });

    it(`${name}: sleds come and go, which kernel drivers do not follow: their chips are ours`, () => {
      assert.ok(viaKernel.every(({ slot }) => slot === undefined));
      assert.ok(board.devices.some(({ slot, via }) => slot !== undefined && via === 'i2c'));
    });
  }
});

describe('Yosemite V4', () => {
  const board = loadBoard(boardFile('yosemite-v4'), knownChips());

  it(
    'has twelve fans on the published outputs and tachometers, which count from 0 there and from 1 here',
    { skip },
    () => {
      const published = skip === false ? exposes('yosemite4_fanboard_fsc_max_adc_ti_led_nxp_ons_efuse_max.json') : [];
      const fans = published.filter(({ Type }) => Type === 'I2CFan');
      assert.equal(fans.length, 12); // rotors of one fan board; there are two
      for (const bus of [30, 31]) {
        for (const fan of fans) {
          const device = chipAt(board, bus, Number(fan.Address));
          const tach = (fan.Connector?.Tachs[0] ?? Number.NaN) + 1;
          const mover = board.airMovers.find(({ tachometers }) =>
            tachometers.some((t) => t.device === device?.id && t.channel === tach),
          );
          assert.deepEqual(mover?.pwm, { device: device?.id, channel: (fan.Connector?.Pwm ?? Number.NaN) + 1 });
        }
      }
    },
  );

  it('has the spider board’s thermometers and monitors', () => {
    assert.equal(chipAt(board, 14, 0x4e)?.chip, 'tmp75');
    assert.equal(chipAt(board, 14, 0x4f)?.channels[0]?.limits.criticalHigh, 60);
    for (const address of [0x40, 0x41, 0x42, 0x43, 0x44]) assert.equal(chipAt(board, 14, address)?.chip, 'ina230');
  });
});
