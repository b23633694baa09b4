// What an import took and what not, for people. Places of the same kind share a line.
import type { Audit } from '../board/entity-manager/audit.ts';
import { total, type Counts } from '../board/entity-manager/counts.ts';
import type { BoardImport } from '../board/entity-manager/import.ts';

export function auditText({ files, addressed, imported, unsupported }: Audit): string {
  const share = addressed === 0 ? '' : ` (${((imported / addressed) * 100).toFixed(1)} %)`;
  return [
    `${files} ${files === 1 ? 'file' : 'files'}: ${imported} of ${addressed} entries with a bus and an address can be imported${share}`,
    ...section('no driver fits', unsupported),
  ].join('\n');
}

/** @param output the file the board was written to */
export function importText(imported: BoardImport, output: string | undefined): string {
  const { board } = imported;
  return [
    ...imported.configurations.map(({ name, taken, probe }) => `${takenWords[taken]} ${name}: ${probe}`),
    `${imported.imported} of ${imported.addressed} entries with a bus and an address are in the board: ` +
      `${board.devices.length} devices, ${board.muxes.length} muxes, ${board.airMovers.length} air movers, ${board.zones.length} zones`,
    ...section('no driver fits', imported.unsupported),
    ...neededSection(imported.needed),
    ...section('at an address that is taken', Object.fromEntries(imported.conflicts.map((text) => [text, 1]))),
    ...section('entries without an address that a board has no place for', imported.elsewhere),
    ...section('parts of entries that a board has no place for', imported.lost),
    ...fillSection(imported.toFillIn),
    output === undefined
      ? 'nothing was written; --output F writes the board file, --json prints it'
      : `written to ${output}; when it is complete: coldslot board check ${output}`,
  ].join('\n');
}

const takenWords = { yes: 'taken:', assumed: 'taken, its probe is for you to judge:', no: 'left out:' } as const;

/** The most frequent first. */
function section(title: string, counts: Counts): string[] {
  const rows = Object.entries(counts).toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  if (rows.length === 0) return [];
  return [`${title} (${total(counts)}):`, ...rows.map(([name, count]) => `  ${String(count).padStart(4)}  ${name}`)];
}

function neededSection(needed: Counts): string[] {
  if (Object.keys(needed).length === 0) return [];
  return section('entries that need values: give $bus with --bus N, others with --fru NAME=VALUE', needed);
}

function fillSection(places: BoardImport['toFillIn']): string[] {
  if (places.length === 0) return [];
  const byKind = new Map<string, { path: string; count: number }>();
  for (const { path, message } of places) {
    const key = `${path.replaceAll(/\[\d+\]/g, '[…]')}: ${message}`;
    const known = byKind.get(key);
    byKind.set(key, { path: known?.path ?? path, count: (known?.count ?? 0) + 1 });
  }
  return [
    `to fill in or look at (${places.length}; --json lists all):`,
    ...[...byKind].map(
      ([key, { path, count }]) => `        ${count === 1 ? key.replace(/^[^:]*/, path) : `${count} × ${key}`}`,
    ),
  ];
}
