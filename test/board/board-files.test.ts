import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadBoard } from '../../src/board/load.ts';
import { boardSchemaText } from '../../src/board/schema-text.ts';
import { boardSummaryText, summarizeBoard } from '../../src/board/summary.ts';
import { boardFile, boardNames, knownChips } from './known-chips.ts';

const load = (name: string) => loadBoard(boardFile(name), knownChips());

describe('the boards that come with coldslot', () => {
  for (const name of boardNames) {
    it(`${name} loads, and names its schema and its source`, () => {
      const board = load(name);
      assert.equal(board.$schema, './board.schema.json');
      assert.equal(board.id, name);
      assert.ok((board.source ?? '').length > 40);
    });
  }

  it('have an up-to-date board.schema.json beside them (node --import tsx scripts/board-schema.ts writes it)', () => {
    assert.equal(readFileSync('boards/board.schema.json', 'utf8'), boardSchemaText());
  });

  it('sim-8 has eight slots in two rows of four, numbered from 1', () => {
    const places = load('sim-8').slots.map(({ number, row, column }) => [number, row, column]);
    assert.deepEqual(places, [
      [1, 0, 0],
      [2, 0, 1],
      [3, 0, 2],
      [4, 0, 3],
      [5, 1, 0],
      [6, 1, 1],
      [7, 1, 2],
      [8, 1, 3],
    ]);
  });

  it('sim-8 has every kind of chip there is a driver for', () => {
    const { chips } = summarizeBoard(load('sim-8'));
    const wanted =
      'lm75 tmp75 tmp105 tmp112 ds75 tmp421 tmp422 tmp423 max31790 ina219 ina226 ina230 pca9555 pca9552 24c64 pca9548';
    for (const chip of wanted.split(' ')) assert.ok((chips[chip] ?? 0) > 0, `no ${chip}`);
  });

  it('sim-8: every slot gets air from more than one fan, and every CPU is a must-have', () => {
    const board = load('sim-8');
    const channels = board.devices.flatMap((device) => device.channels);
    const mustHave = new Set(channels.filter((channel) => channel.mustHave).map((channel) => channel.sensor));
    for (const slot of board.slots) {
      assert.ok(Object.values(slot.model.share).filter((share) => share > 0).length > 1);
      assert.ok(mustHave.has(slot.sensors.temperature));
    }
  });

  it('sim-8 hears every sled’s alert on a pin of its own, active low', () => {
    const pins = load('sim-8').slots.map(({ alert }) =>
      alert !== undefined && 'device' in alert && alert.activeLow ? [alert.device, alert.pin] : null,
    );
    assert.deepEqual(
      pins,
      [8, 9, 10, 11, 12, 13, 14, 15].map((pin) => ['presence', pin]),
    );
  });

  it('are told in a few lines', () => {
    const lines = boardSummaryText(load('bletchley')).split('\n');
    assert.equal(lines[0], 'Bletchley chassis controller, six sleds (bletchley)');
    assert.match(
      lines[1] ?? '',
      /^6 slots, 4 air movers with 8 tachometers in 1 zone, .* 13 buses, 0 muxes, 1 watchdog$/,
    );
    assert.match(lines[2] ?? '', /6 × ina230/);
  });
});
