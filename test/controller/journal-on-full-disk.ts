// A process on a file system of 4 MiB: fills it to the last byte, before and after the journal is made.
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import path from 'node:path';
import { JournalFile } from '../../src/controller/journal-file.ts';
import { describeError } from '../../src/core/errors.ts';
import { edgeEntry } from './edge-entry.ts';

const disk = process.argv[2] ?? '';
const ballast = path.join(disk, 'ballast');
const directory = path.join(disk, 'journal');
const say = (text: string) => process.stdout.write(`${text}\n`);

function fill(): void {
  const file = openSync(ballast, 'a');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096, 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
  if (statfsSync(disk).bavail !== 0) throw new Error('there is room left');
}

fill();
await JournalFile.open(directory).catch((error: Error) => say(`a new journal on the full disk: ${error.message}`));
rmSync(ballast);
const journal = await JournalFile.open(directory);
await journal.append([edgeEntry(1)]);
say(`a new journal with room: Move ${journal.ledger().lastMove}`);
fill();
// more than both segments hold: they are compacted on the full disk
for (let number = 2; number <= 6001; number += 20)
  await journal.append(Array.from({ length: 20 }, (_, more) => edgeEntry(number + more)));
say(`appended on the full disk: Move ${journal.ledger().lastMove}`);
await journal.close();
rmSync(ballast);
const again = await JournalFile.open(directory).catch((error: unknown) => {
  throw new Error(describeError(error), { cause: error });
});
say(`opened again: Move ${again.ledger().lastMove}`);
await again.close();
