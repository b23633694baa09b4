// A process that appends to a journal until it is killed, and prints the number of every Move that was acknowledged.
import { JournalFile } from '../../src/controller/journal-file.ts';
import { edgeEntry } from './edge-entry.ts';

const journal = await JournalFile.open(process.argv[2] ?? '');
for (let number = journal.ledger().lastMove + 1; ; number += 3) {
  // three at once: they share one datasync
  await Promise.all([0, 1, 2].map((more) => journal.append([edgeEntry(number + more)])));
  process.stdout.write(`${number + 2}\n`);
}
