import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runColdslot } from './coldslot.ts';

const scratch = mkdtempSync(join(tmpdir(), 'coldslot-import-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function fileOf(name: string, text: string): string {
  const file = join(scratch, name);
  writeFileSync(file, text);
  return file;
}

const fans = fileOf(
  'fans.json',
  `// fan board
  { "Name": "Fans", "Type": "Board", "Probe": "xyz.openbmc_project.FruDevice({'BOARD_PRODUCT_NAME': 'Fan.*'})",
    "Exposes": [
      { "Type": "TMP75", "Name": "Air $bus", "Bus": "$bus", "Address": "0x48" },
      { "Type": "HDC1080", "Name": "Efuse", "Bus": "$bus", "Address": "0x3a" } ] }`,
);
const base = fileOf(
  'base.json',
  '[{ "Name": "Base", "Type": "Board", "Exposes": [{ "Type": "EEPROM_24C64", "Name": "FRU", "Bus": 3, "Address": "0x50" }] }]',
);

describe('coldslot board import', { concurrency: 3 }, () => {
  it('audits several files, with exactly the keys that are promised', async () => {
    const { status, out } = await runColdslot(['board', 'import', '--entity-manager', fans, base, '--audit', '--json']);
    assert.equal(status, 0);
    assert.deepEqual(JSON.parse(out), { files: 2, addressed: 3, imported: 2, unsupported: { HDC1080: 1 } });
  });

  it('says in words what was taken and what is missing', async () => {
    const { status, out } = await runColdslot(['board', 'import', '--entity-manager', fans, base]);
    assert.equal(status, 0);
    assert.match(out, /1 of 3 entries with a bus and an address are in the board/);
    assert.match(out, /no driver fits \(1\):\n +1 {2}HDC1080/);
    assert.match(out, /give \$bus with --bus N.*\n +1 {2}\$bus/);
    assert.match(out, /\$\.slots: /);
  });

  it('writes the board with the values put in, and never over another file', async () => {
    const output = join(scratch, 'board.json');
    const args = [
      'board',
      'import',
      '--entity-manager',
      fans,
      '--fru',
      'BOARD_PRODUCT_NAME=Fan 2',
      '--bus',
      '17',
      '--output',
      output,
    ];
    const { status, out } = await runColdslot([...args, '--json']);
    const { board } = JSON.parse(out) as { board: { devices: { channels: { sensor: string }[] }[] } };
    assert.equal(status, 0);
    assert.equal(board.devices[0]?.channels[0]?.sensor, 'Air_17');
    assert.deepEqual(JSON.parse(readFileSync(output, 'utf8')), board);
    const again = await runColdslot(args);
    assert.deepEqual([again.status, again.out], [1, '']);
    assert.match(again.err, /is there already/);
  });

  it('refuses what is no JSON with file and line, and values without a name, with exit status 2', async () => {
    const bad = fileOf('bad.json', '{\n  "Exposes": [,]\n}');
    const wrong = await runColdslot(['board', 'import', '--entity-manager', fans, bad, '--audit']);
    assert.deepEqual([wrong.status, wrong.out], [2, '']);
    assert.ok(wrong.err.startsWith(`coldslot: ${bad}:2:15: not valid JSON`), wrong.err);
    const nameless = await runColdslot(['board', 'import', '--entity-manager', fans, '--fru', '=x']);
    assert.equal(nameless.status, 2);
    const without = await runColdslot(['board', 'import', '--audit']);
    assert.equal(without.status, 2);
    assert.match(without.err, /--entity-manager/);
  });
});
