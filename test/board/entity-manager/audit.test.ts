// Real configurations (openbmc/entity-manager), counted here for themselves.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditConfigurations } from '../../../src/board/entity-manager/audit.ts';
import { importBoard } from '../../../src/board/entity-manager/import.ts';
import { knownChips } from '../known-chips.ts';

const folder = join(process.env['COLDSLOT_SHARED'] ?? '../shared', 'data/boards');
const skip = existsSync(folder) ? false : `${folder} is not there (set COLDSLOT_SHARED)`;
const sources =
  skip === false
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
    : [];

/** Objects in any `Exposes` that have a Bus and an Address. These files have no comments. */
function addressedTypes(value: unknown, isEntry = false): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => addressedTypes(one, isEntry));
  if (typeof value !== 'object' || value === null) return [];
  if (isEntry) return 'Bus' in value && 'Address' in value && 'Type' in value ? [String(value.Type)] : [];
  return Object.entries(value).flatMap(([key, one]) => addressedTypes(one, key === 'Exposes'));
}

describe('the audit of published configurations', () => {
  it('counts every entry with a bus and an address, and each is imported or listed by its type', { skip }, () => {
    for (const source of sources) {
      const types = addressedTypes(JSON.parse(source.text));
      const audit = auditConfigurations([source], knownChips());
      assert.equal(audit.addressed, types.length, source.file);
      const unsupported = Object.values(audit.unsupported).reduce((sum, count) => sum + count, 0);
      assert.equal(audit.imported + unsupported, audit.addressed, source.file);
      for (const [type, count] of Object.entries(audit.unsupported)) {
        assert.equal(count, types.filter((one) => one === type).length, `${source.file}: ${type}`);
      }
    }
  });

  it('sums up over files, with the keys that are promised', { skip }, () => {
    const audit = auditConfigurations(sources, knownChips());
    assert.deepEqual(Object.keys(audit), ['files', 'addressed', 'imported', 'unsupported']);
    assert.equal(audit.files, sources.length);
    assert.equal(audit.addressed, sources.flatMap(({ text }) => addressedTypes(JSON.parse(text))).length);
    assert.equal(audit.unsupported['TMP75'], undefined);
    assert.ok(audit.imported > 0);
  });

  it(
    'is kept by the import: all entries are in the board, unsupported, in conflict or waiting for a value',
    { skip },
    () => {
      const given = new Map([
        ['bus', '30'],
        ['address', '80'],
      ]);
      for (const source of sources) {
        const result = importBoard([source], given, knownChips());
        const unsupported = Object.values(result.unsupported).reduce((sum, count) => sum + count, 0);
        assert.deepEqual(result.needed, {}, source.file);
        assert.equal(result.imported + unsupported + result.conflicts.length, result.addressed, source.file);
      }
    },
  );

  it('finds Yosemite V4’s fan board: twelve rotors on six outputs', { skip }, () => {
    const fanBoard = sources.filter(({ file }) => file.startsWith('yosemite4_fanboard'));
    const { board } = importBoard(fanBoard, new Map([['bus', '31']]), knownChips());
    assert.equal(board.airMovers.length, 6);
    assert.ok(board.airMovers.every(({ tachometers }) => tachometers?.length === 2));
    assert.ok(board.devices.some(({ hwmon }) => hwmon?.device === '31-0020'));
  });
});
