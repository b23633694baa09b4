// What a durable edge of a Move costs, beside a bare write and fdatasync of the same size on the same file system.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalFile } from '../../src/controller/journal-file.ts';
import { RECORD_OVERHEAD_BYTES, SEGMENT_BYTES } from '../../src/moves/journal-format.ts';
import { edgeEntry } from '../../test/controller/edge-entry.ts';
import { figure, type Measurement } from './figure.ts';
import { median } from './statistics.ts';

const WARM_UP = 20;
const EDGES = 300;

export const journal: Measurement = {
  text: `${EDGES} durable edges, each beside a bare fdatasync of the same size`,
  run: async ({ directory }) => {
    const log = await JournalFile.open(join(directory, 'journal'));
    const bare = await open(join(directory, 'bare'), 'wx+');
    const edgeMs: number[] = [];
    const bareMs: number[] = [];
    try {
      await bare.write(new Uint8Array(SEGMENT_BYTES));
      await bare.sync();
      for (let n = 0, offset = 0; n < WARM_UP + EDGES; n++) {
        const entry = edgeEntry(n + 1);
        const bytes = new Uint8Array(entry.length + RECORD_OVERHEAD_BYTES).fill(n);
        const startMs = performance.now();
        await log.append([entry]);
        const middleMs = performance.now();
        await bare.write(bytes, 0, bytes.length, offset);
        await bare.datasync();
        const endMs = performance.now();
        offset = (offset + bytes.length) % (SEGMENT_BYTES / 2);
        if (n < WARM_UP) continue;
        edgeMs.push(middleMs - startMs);
        bareMs.push(endMs - middleMs);
      }
    } finally {
      await bare.close();
      await log.close();
    }
    return [figure('journal', median(edgeMs), 'ms', median(bareMs))];
  },
};
