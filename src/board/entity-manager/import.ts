// entity-manager's configurations → a board file to be completed: what was taken, and by name and count what was not.
import type { ChipCatalogue } from '../chip-catalogue.ts';
import { readConfigurations, textIn, type Configuration, type Expose, type SourceText } from './configuration.ts';
import { isAddressed } from './conversion.ts';
import { connectorsIn, convert } from './convert.ts';
import { draftBoard, type BoardDraft, type Note, type Part } from './draft.ts';
import { boardName } from './names.ts';
import { judgeProbe, probeText } from './probe.ts';
import { resolveTemplates, type Given } from './template.ts';
import { withStandIns } from './stand-in.ts';
import { counted, type Counts } from './counts.ts';
import { missingIn } from './to-fill-in.ts';

const MAX_NAME = 80;
const MAX_SOURCE = 400;

export interface ImportedConfiguration {
  readonly file: string;
  readonly name: string;
  readonly probe: string;
  /** `assumed`: its probe asks for what was not given. */
  readonly taken: 'yes' | 'assumed' | 'no';
}

export interface BoardImport {
  readonly files: number;
  readonly configurations: readonly ImportedConfiguration[];
  /** Entries with a bus and an address, of the configurations that were taken. */
  readonly addressed: number;
  readonly imported: number;
  /** By type: no driver fits. */
  readonly unsupported: Counts;
  /** Entries whose templates need values: what to give, and for how many entries. */
  readonly needed: Counts;
  /** Entries at a bus and address that another entry has. */
  readonly conflicts: readonly string[];
  /** Entries without an address that have no place in a board, by type. */
  readonly elsewhere: Counts;
  /** Parts of entries that were taken, which have no place in a board. */
  readonly lost: Counts;
  /** What the board needs and entity-manager does not know, by JSON path. */
  readonly toFillIn: readonly Note[];
  readonly board: Readonly<Record<string, unknown>> & BoardDraft;
}

/** @throws ColdslotError `bad-input` for a file that is no configuration */
export function importBoard(sources: readonly SourceText[], given: Given, catalogue: ChipCatalogue): BoardImport {
  const all = sources.flatMap(readConfigurations);
  const judged = judgeConfigurations(all, given);
  const taken = judged.filter(({ verdict }) => verdict !== 'no').map(({ configuration }) => configuration);
  const collected = new Collected();
  for (const configuration of taken) collected.take(configuration, given, catalogue);
  const drafted = draftBoard(collected.parts, collected.cooling);
  const head = headOf(taken.length > 0 ? taken : all, sources);
  const board = { $schema: './board.schema.json', format: 'coldslot-board/1', ...head, ...drafted.board };
  return {
    files: sources.length,
    configurations: judged.map(({ configuration: { file, name, probe }, verdict }) => ({
      file,
      name,
      probe: probeText(probe),
      taken: verdict,
    })),
    addressed: collected.addressed,
    imported: collected.imported - drafted.conflicts.filter(({ isAddressed: counts }) => counts).length,
    unsupported: counted(collected.unsupported),
    needed: counted(collected.needed),
    conflicts: drafted.conflicts.map(({ text }) => text),
    elsewhere: counted(collected.elsewhere),
    lost: counted(drafted.lost),
    toFillIn: [...missingIn(board, catalogue), ...drafted.notes],
    board,
  };
}

function judgeConfigurations(all: readonly Configuration[], given: Given) {
  const names = new Set<string>();
  return all.map((configuration) => {
    const { kind } = given.size === 0 ? { kind: 'unknown' as const } : judgeProbe(configuration.probe, given, names);
    if (kind !== 'fails') names.add(configuration.name);
    const verdict = kind === 'holds' ? 'yes' : kind === 'fails' ? 'no' : 'assumed';
    return { configuration, verdict } as const;
  });
}

class Collected {
  addressed = 0;
  imported = 0;
  readonly parts: Part[] = [];
  readonly cooling: Expose[] = [];
  readonly unsupported: string[] = [];
  readonly needed: string[] = [];
  readonly elsewhere: string[] = [];

  take({ exposes }: Configuration, given: Given, catalogue: ChipCatalogue): void {
    const resolved = exposes.map((entry) => {
      const { fields, needs } = resolveTemplates(entry.fields, given);
      return { entry: { ...entry, name: textIn(fields, 'Name') ?? entry.name, fields }, needs };
    });
    const context = { catalogue, connectors: connectorsIn(resolved.map(({ entry }) => entry)) };
    for (const { entry, needs } of resolved) {
      if (isAddressed(entry)) this.addressed++;
      const converted = convert(withStandIns(entry), context);
      if (converted.kind === 'unsupported') (isAddressed(entry) ? this.unsupported : this.elsewhere).push(entry.type);
      else if (needs.length > 0) this.needed.push(needs.join(' and '));
      else if (converted.kind === 'cooling') this.cooling.push(entry);
      else if (converted.kind !== 'connector') {
        if (isAddressed(entry)) this.imported++;
        this.parts.push(converted);
      }
    }
  }
}

/** The chassis names itself; else the first board. An id is in lower case. */
function headOf(configurations: readonly Configuration[], sources: readonly SourceText[]) {
  const named = configurations.find(({ type }) => type === 'Chassis') ?? configurations[0];
  const name = (named?.name ?? 'Imported board').slice(0, MAX_NAME);
  const files = sources.map(({ file }) => file.replace(/^.*\//, '')).join(', ');
  const source = `openbmc/entity-manager: ${files}`.slice(0, MAX_SOURCE);
  return { id: boardName(name.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-')), name, source };
}
