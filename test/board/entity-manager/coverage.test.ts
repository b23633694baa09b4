// How much of entity-manager's own configurations our chips cover. The whole set is openbmc/entity-manager's folder
// `configurations`, given as COLDSLOT_ENTITY_MANAGER; without it, the few files that the tests share.
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditConfigurations } from '../../../src/board/entity-manager/audit.ts';
import type { SourceText } from '../../../src/board/entity-manager/configuration.ts';
import { total } from '../../../src/board/entity-manager/counts.ts';
import { chipCatalogue } from '../../../src/board/chip-catalogue.ts';
import { knownChips } from '../../../src/chips/registry.ts';

const given = process.env['COLDSLOT_ENTITY_MANAGER'];
const folder = given ?? join(process.env['COLDSLOT_SHARED'] ?? '../shared', 'data/boards');
const skip = existsSync(folder)
  ? false
  : `${folder} is not there; set COLDSLOT_ENTITY_MANAGER to entity-manager's folder of configurations`;

/** Fewer is no whole set: it had 354 files with 2,878 entries when this was written, and only grows. */
const WHOLE_SET = { files: 300, addressed: 2500 };
const WANTED_SHARE = 0.85;

function sourcesIn(path: string): readonly SourceText[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry): readonly SourceText[] => {
    const file = join(path, entry.name);
    if (entry.isDirectory()) return sourcesIn(file);
    return entry.name.endsWith('.json') ? [{ file, text: readFileSync(file, 'utf8') }] : [];
  });
}

describe("entity-manager's own configurations", () => {
  it('import for the most part: what has a bus address becomes a part of a board', { skip }, (test) => {
    const audit = auditConfigurations(sourcesIn(folder), chipCatalogue(knownChips()));
    const share = audit.imported / audit.addressed;
    const isWhole = audit.files >= WHOLE_SET.files && audit.addressed >= WHOLE_SET.addressed;
    const percent = (100 * share).toFixed(1);
    test.diagnostic(`${audit.imported} of ${audit.addressed} entries in ${audit.files} files: ${percent} %`);
    const left = Object.entries(audit.unsupported).toSorted(([, a], [, b]) => b - a);
    test.diagnostic(`left out: ${left.map(([type, count]) => `${type} ${count}`).join(', ') || 'none'}`);
    if (!isWhole) test.diagnostic('not the whole set: set COLDSLOT_ENTITY_MANAGER to have the share judged');
    assert.ok(audit.addressed > 0, `no entries with a bus and an address in ${folder}`);
    assert.equal(audit.imported + total(audit.unsupported), audit.addressed);
    if (isWhole) assert.ok(share >= WANTED_SHARE, `only ${percent} % import`);
  });
});
