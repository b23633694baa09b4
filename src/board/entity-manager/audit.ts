// How much of entity-manager's configurations could be imported: each entry for itself, templates as they stand.
import type { ChipCatalogue } from '../chip-catalogue.ts';
import { readConfigurations, type SourceText } from './configuration.ts';
import { isAddressed } from './conversion.ts';
import { connectorsIn, convert } from './convert.ts';
import { counted, total, type Counts } from './counts.ts';
import { withStandIns } from './stand-in.ts';

export interface Audit {
  readonly files: number;
  /** Entries of Exposes with a Bus and an Address. */
  readonly addressed: number;
  /** Those of them that become a part of a board. */
  readonly imported: number;
  /** The others, by type. */
  readonly unsupported: Counts;
}

/** @throws ColdslotError `bad-input` for a file that is no configuration */
export function auditConfigurations(sources: readonly SourceText[], catalogue: ChipCatalogue): Audit {
  const unsupported: string[] = [];
  let addressed = 0;
  for (const { exposes } of sources.flatMap(readConfigurations)) {
    const context = { catalogue, connectors: connectorsIn(exposes) };
    for (const entry of exposes.filter(isAddressed)) {
      addressed++;
      if (convert(withStandIns(entry), context).kind === 'unsupported') unsupported.push(entry.type);
    }
  }
  const counts = counted(unsupported);
  return { files: sources.length, addressed, imported: addressed - total(counts), unsupported: counts };
}
