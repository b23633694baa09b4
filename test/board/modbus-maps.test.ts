import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mapFolders, mapsOf, ownMaps } from '../../src/board/modbus/map-folder.ts';
import { parseMap } from '../../src/board/modbus/parse-map.ts';
import { boardOf, loadBoard } from '../../src/board/load.ts';
import { modbusMapSchemaText } from '../../src/board/schema-text.ts';
import { describeError } from '../../src/core/errors.ts';
import { registerCount } from '../../src/protocols/modbus/numbers.ts';
import type { ModbusMap } from '../../src/protocols/modbus/register-map.ts';
import { temporaryFolder } from '../buses/temporary-folder.ts';
import { knownChips } from './known-chips.ts';
import { liquidBoard, type LiquidBoard } from './liquid-board.ts';

const NAMES = ['orv3-bbu', 'orv3-psu', 'orv3-rpu'];
const facts = join(process.env['COLDSLOT_SHARED'] ?? '../shared', 'data/modbus');

interface Fact {
  readonly begin: number;
  readonly length: number;
  readonly format: 'STRING' | 'INTEGER' | 'FLOAT' | 'FLAGS';
  readonly name: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly sign?: boolean;
  readonly flags?: readonly (readonly [number, string])[];
}

function own(id: string): ModbusMap {
  const map = ownMaps().find(id);
  assert.ok(map);
  return map;
}

function refusal(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    return describeError(error);
  }
  throw new Error('it was accepted');
}

function refusalAfter(edit: (board: LiquidBoard) => void): string {
  const board = liquidBoard();
  edit(board);
  return refusal(() => boardOf('boards/x.json', JSON.stringify(board), knownChips()));
}

describe('the Modbus maps that come with coldslot', () => {
  it('are those of a power supply, a battery unit and a pumping unit, and say where they are from', () => {
    assert.deepEqual(ownMaps().ids().toSorted(), NAMES);
    for (const id of NAMES) assert.ok((own(id).source ?? '').length > 40);
  });

  it('have an up-to-date schema beside them (node --import tsx scripts/board-schema.ts writes it)', () => {
    assert.equal(readFileSync('boards/modbus-map.schema.json', 'utf8'), modbusMapSchemaText());
  });

  const skip = existsSync(facts) ? false : `the published maps are not at ${facts}`;
  for (const id of NAMES) {
    it(`${id} has places, widths, scales, signs and flags as published`, { skip }, () => {
      const published = JSON.parse(readFileSync(join(facts, `${id.replace('-', '_')}.json`), 'utf8')) as {
        readonly registers: readonly Fact[];
      };
      const byPlace = new Map(published.registers.map((fact) => [fact.begin, fact]));
      for (const register of own(id).registers) {
        const fact = byPlace.get(register.at);
        const where = `${id} ${register.name} at ${register.at}`;
        assert.ok(fact, where);
        assert.equal(registerCount(register), fact.length, where);
        if (register.type === 'string') assert.equal(fact.format, 'STRING', where);
        else if (register.type === 'flags') {
          const bits = new Set(fact.flags?.map(([bit]) => bit));
          assert.ok(
            register.bits.every(({ bit }) => bits.has(bit)),
            where,
          );
        } else if (fact.format === 'FLOAT') {
          const scale = ((fact.scale ?? 1) / 2 ** (fact.precision ?? 0)) * (register.unit === 'Pa' ? 1000 : 1); // kPa
          assert.ok(Math.abs(register.scale - scale) < 1e-12, where);
        }
        // the pumping unit's temperatures are signed here, its source says why
        const signed = register.type === 'i16' || register.type === 'i32';
        if ('unit' in register && register.unit !== 'C') assert.equal(signed, fact.sign ?? false, where);
      }
    });
  }

  it('have the speeds of pumps and fans of the pumping unit', () => {
    assert.deepEqual(
      own('orv3-rpu').actuators.map(({ pwm, at }) => [pwm, at]),
      [
        [1, 41_987],
        [2, 41_988],
        [3, 41_989],
        [4, 37_891],
        [5, 37_892],
        [6, 41_986],
      ],
    );
  });
});

describe('a Modbus map', () => {
  const good = { format: 'coldslot-modbus-map/1', id: 'own', name: 'Own', probe: { at: 0 } };
  const temperature = { name: 'inlet', at: 3, type: 'i16', unit: 'C', channel: 'temp1' };
  const parse = (parts: object) => parseMap('own.json', JSON.stringify({ ...good, ...parts }), 'own');

  for (const [what, parts, message] of [
    [
      'a wrong type',
      { registers: [{ ...temperature, type: 'i8' }] },
      /^own\.json at \$\.registers\[0\]\.type: expected/,
    ],
    [
      'an overlap',
      { registers: [temperature, { name: 'b', at: 3, type: 'u16' }] },
      /^own\.json at \$\.registers\[1\]\.at: expected registers of its own, inlet has some of them/,
    ],
    ['another id than its file', { id: 'other', registers: [temperature] }, /^own\.json at \$\.id: expected "own"/],
    ['no registers', { registers: [] }, /^own\.json at \$\.registers: expected a list of at least 1/],
  ] as const) {
    it(`with ${what} is refused with file and place`, () => {
      assert.match(
        refusal(() => parse(parts)),
        message,
      );
    });
  }

  it('beside the board goes before coldslot’s own', (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'modbus'));
    const file = join(folder, 'board.json');
    writeFileSync(file, JSON.stringify(liquidBoard()));
    const rpu = JSON.parse(readFileSync('boards/modbus/orv3-rpu.json', 'utf8')) as object;
    const board = loadBoard(file, knownChips());
    assert.match(mapsOf(file, board, mapFolders(file)).get('orv3-rpu')?.name ?? '', /^Open Rack V3 liquid/);
    writeFileSync(join(folder, 'modbus/orv3-rpu.json'), JSON.stringify({ ...rpu, name: 'Ours' }));
    assert.equal(mapsOf(file, board, mapFolders(file)).get('orv3-rpu')?.name, 'Ours');
    writeFileSync(join(folder, 'modbus/orv3-rpu.json'), JSON.stringify({ ...rpu, probe: {} }));
    assert.match(
      refusal(() => loadBoard(file, knownChips())),
      /modbus\/orv3-rpu\.json at \$\.probe\.at: expected a number/,
    );
  });
});

describe('a board with Modbus devices', () => {
  it('is right with a map that has its channels and outputs', () => {
    assert.equal(boardOf('boards/x.json', JSON.stringify(liquidBoard()), knownChips()).devices[0]?.chip, 'orv3-rpu');
  });

  for (const [what, edit, message] of [
    [
      'a map that is nowhere',
      (b) => Object.assign(b.devices[0] ?? {}, { chip: 'orv3-none' }),
      /^boards\/x\.json at \$\.devices\[0\]\.chip: expected the id of a Modbus map, there is no orv3-none\.json in \S*boards\/modbus; known: orv3-bbu, orv3-psu, orv3-rpu/,
    ],
    [
      'a map whose name leads elsewhere',
      (b) => Object.assign(b.devices[0] ?? {}, { chip: '../../package' }),
      /\$\.devices\[0\]\.chip: expected the id of a Modbus map/,
    ],
    [
      'a unit that cannot be',
      (b) => Object.assign(b.devices[0] ?? {}, { address: '0xf8' }),
      /\$\.devices\[0\]\.address: expected a Modbus unit of 0x01 to 0xf7, found 0xf8/,
    ],
    [
      'a broadcast for a unit',
      (b) => Object.assign(b.devices[0] ?? {}, { address: '0x00' }),
      /expected a Modbus unit of 0x01 to 0xf7, found 0x00/,
    ],
    [
      'two devices at one unit',
      (b) => b.devices.push({ id: 'psu', chip: 'orv3-psu', bus: 'cdu', address: '0x0C' }),
      /\$\.devices\[1\]\.address: expected an address of its own, device rpu has 0x0c on bus cdu/,
    ],
    [
      'a channel that the map does not have',
      (b) => Object.assign(b.devices[0] ?? {}, { channels: [{ channel: 'temp99', sensor: 'coolant' }] }),
      /\$\.devices\[0\]\.channels\[0\]\.channel: expected a channel of a orv3-rpu/,
    ],
    [
      'an output that the map does not have',
      (b) => Object.assign((b['airMovers'] as { pwm: object }[])[0]?.pwm ?? {}, { channel: 9 }),
      /\$\.airMovers\[0\]\.pwm\.channel: expected a pwm of 1 to 6 of a orv3-rpu, found 9/,
    ],
    [
      'a sensor that the map has read too seldom',
      (b) => {
        const limits = { criticalHigh: 60 };
        const channels = [{ channel: 'temp9', sensor: 'coolant', limits, timeoutS: 8 }];
        Object.assign(b.devices[0] ?? {}, { channels });
      },
      /\$\.devices\[0\]\.channels\[0\]\.timeoutS: expected more than the 10 s after which the map of orv3-rpu/,
    ],
    [
      'a kernel driver for it',
      (b) => Object.assign(b.devices[0] ?? {}, { via: 'hwmon' }),
      /\$\.devices\[0\]\.via: expected no "via" on a Modbus bus/,
    ],
    [
      'a map on an I2C bus',
      (b) => Object.assign(b.buses, [{ id: 'cdu', kind: 'i2c', number: 1 }]),
      /\$\.devices\[0\]\.chip: expected a known chip, found orv3-rpu: no driver knows it/,
    ],
    [
      'a chip of I2C on a Modbus bus',
      (b) => Object.assign(b.devices[0] ?? {}, { chip: 'tmp105' }),
      /expected the id of a Modbus map, there is no tmp105\.json/,
    ],
  ] as readonly [string, (board: LiquidBoard) => void, RegExp][]) {
    it(`is refused with ${what}`, () => {
      assert.match(refusalAfter(edit), message);
    });
  }
});
