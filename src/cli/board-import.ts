// coldslot board import: a board file to be completed, from entity-manager's configurations; or with --audit only how
// much of them could be taken.
import { writeFileSync } from 'node:fs';
import { chipCatalogue } from '../board/chip-catalogue.ts';
import { auditConfigurations } from '../board/entity-manager/audit.ts';
import { importBoard } from '../board/entity-manager/import.ts';
import { knownChips } from '../chips/registry.ts';
import { ColdslotError } from '../core/errors.ts';
import { integerOf, usage } from './arguments.ts';
import { auditText, importText } from './board-import-text.ts';
import { command, type CommandInput } from './command.ts';
import type { Output } from './output.ts';
import { readText } from './text-file.ts';

const HIGHEST_BUS = 1023;

export const importCommand = command(
  'board import --entity-manager F… [--fru K=V…] [--bus N] [--output F] [--audit]',
  'a board file to complete, from entity-manager’s configurations',
  importFiles,
);

function importFiles({ lists, values, flags }: CommandInput): Output {
  const sources = (lists.get('--entity-manager') ?? []).map((file) => ({ file, text: readText(file) }));
  const catalogue = chipCatalogue(knownChips());
  const output = values.get('--output');
  if (flags.has('--audit')) {
    if (output !== undefined) throw usage('--output', 'does not go with --audit, which writes nothing');
    const audit = auditConfigurations(sources, catalogue);
    return { json: audit, text: auditText(audit) };
  }
  const imported = importBoard(sources, givenValues(lists.get('--fru') ?? [], values.get('--bus')), catalogue);
  if (output !== undefined) writeNew(output, `${JSON.stringify(imported.board, null, 2)}\n`);
  return { json: imported, text: importText(imported, output) };
}

/** Names count without regard to case, as entity-manager looks them up. */
function givenValues(pairs: readonly string[], bus: string | undefined): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, Math.max(equals, 0)).replace(/^\$/, '').toLowerCase();
    if (name === '') throw usage('--fru', `expected NAME=VALUE, not '${pair}'`);
    if (given.has(name)) throw usage('--fru', `${name} is given twice`);
    given.set(name, pair.slice(equals + 1));
  }
  if (bus === undefined) return given;
  if (given.has('bus')) throw usage('--bus', 'is given with --fru as well');
  return given.set('bus', String(integerOf('--bus', bus, 0, HIGHEST_BUS)));
}

/** A board that somebody completed by hand is never written over. */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    const exists = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const message = exists
      ? 'is there already, and is not written over'
      : `cannot be written: ${(cause as Error).message}`;
    throw new ColdslotError('failed', file, message, 'give another file with --output', { cause });
  }
}
