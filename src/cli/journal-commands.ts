// The journal of Moves looked at and repaired from outside: no controller is needed, and for a repair none may run.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { inspectJournal, repairJournal } from '../controller/journal-doctor.ts';
import { command, type Command, type CommandInput } from './command.ts';
import { inspectionJson, inspectionText, repairText } from './journal-text.ts';
import type { Output } from './output.ts';

export const journalCommands: readonly Command[] = [
  command('journal inspect [DIRECTORY]', 'the records of the journal of Moves, and where it is damaged', inspect),
  command('journal repair [DIRECTORY] [--yes]', 'what a repair would keep and lose; --yes does it', repair),
];

async function inspect(input: CommandInput): Promise<Output> {
  const inspection = await inspectJournal(directoryOf(input));
  return { json: inspectionJson(inspection), text: inspectionText(inspection) };
}

async function repair(input: CommandInput): Promise<Output> {
  const directory = directoryOf(input);
  if (!input.flags.has('--yes')) {
    const inspection = await inspectJournal(directory);
    const json = { directory, done: false, aside: null, ...repairJson(inspectionJson(inspection)) };
    return { json, text: repairText(inspection, null) };
  }
  const { inspection, asideDirectory } = await repairJournal(directory, Date.now());
  const json = {
    directory,
    done: asideDirectory !== null,
    aside: asideDirectory,
    ...repairJson(inspectionJson(inspection)),
  };
  return { json, text: repairText(inspection, asideDirectory) };
}

function repairJson({ verdict, what, repair }: ReturnType<typeof inspectionJson>) {
  return { verdict, what, repair };
}

/** The journal itself or the state directory it is in; else where a controller and scripts/start keep theirs. */
function directoryOf({ words, socket }: CommandInput): string {
  const [given] = words;
  const run = path.dirname(socket);
  const places =
    given === undefined
      ? [path.join(run, 'state', 'journal'), path.join(run, 'state', 'controller', 'journal')]
      : [path.join(given, 'journal'), given];
  return places.find((place) => existsSync(place)) ?? given ?? (places[0] as string);
}
