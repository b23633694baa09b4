// The journal's directory seen from outside: read without changing anything, also beside a running controller; and
// repaired, when none runs: the originals are put aside first, each step durable before the next.
import { copyFile, mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ColdslotError } from '../core/errors.ts';
import { SEGMENT_BYTES } from '../moves/journal-format.ts';
import { repairedSegments, repairOf, type Repair } from '../moves/journal-repair.ts';
import { surveyOf, type Segments, type Survey } from '../moves/journal-survey.ts';
import { ioProblem } from './io-problem.ts';
import { LOCK_NAME, SEGMENT_NAMES, syncDirectory } from './journal-file.ts';
import { lockHolder, takeLock } from './lock-file.ts';

/** A controller that appends meanwhile may be seen half way; it is looked at again so often. */
const LOOKS = 4;
const LOOK_AGAIN_MS = 50;

export interface Inspection {
  readonly directory: string;
  /** The process of the controller that uses it; null when none does. */
  readonly holder: number | null;
  readonly survey: Survey;
  /** What a repair would do; null when there is nothing to repair. */
  readonly repair: Repair | null;
}

/** @throws ColdslotError `not-found` when there is no journal, `io` when it cannot be read */
export async function inspectJournal(directory: string): Promise<Inspection> {
  const holder = await lockHolder(path.join(directory, LOCK_NAME));
  const looks = holder === null ? 1 : LOOKS;
  let survey = surveyOf(await readSegments(directory));
  for (let look = 1; look < looks && survey.verdict !== 'whole'; look++) {
    await new Promise((resolve) => void setTimeout(resolve, LOOK_AGAIN_MS));
    survey = surveyOf(await readSegments(directory));
  }
  return { directory, holder, survey, repair: survey.verdict === 'damaged' ? repairOf(survey) : null };
}

export interface Repaired {
  readonly inspection: Inspection;
  /** Where the originals are; null when there was nothing to repair. */
  readonly asideDirectory: string | null;
}

/**
 * Puts a journal in the place of a damaged one that says what could be saved. One that is not damaged stays as it is.
 * @param wallMs names the directory the originals go to, milliseconds since 1970
 * @throws ColdslotError `conflict` while a controller uses it, `refused` when another version wrote it, `io`
 */
export async function repairJournal(directory: string, wallMs: number): Promise<Repaired> {
  await readSegments(directory); // no lock is left where there is no journal
  try {
    const lock = await takeLock(path.join(directory, LOCK_NAME));
    try {
      return await repairLocked(directory, wallMs);
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw ioProblem(directory, error);
  }
}

async function repairLocked(directory: string, wallMs: number): Promise<Repaired> {
  const survey = surveyOf(await readSegments(directory));
  const inspection: Inspection = { directory, holder: null, survey, repair: null };
  if (survey.verdict === 'foreign') throw foreign(directory, survey);
  if (survey.verdict !== 'damaged') return { inspection, asideDirectory: null };
  const repair = repairOf(survey);
  const segments = repairedSegments(repair);
  if (segments === null)
    throw new ColdslotError('failed', directory, 'what can be saved does not fit into a segment', 'report this');
  const asideDirectory = await putAside(directory, wallMs);
  // the first one alone is a whole journal: its generation is above that of whatever the second one still is
  for (const [index, name] of SEGMENT_NAMES.entries())
    await replace(path.join(directory, name), segments[index] as Uint8Array);
  await syncDirectory(directory);
  return { inspection: { ...inspection, repair }, asideDirectory };
}

function foreign(directory: string, { what }: Survey): ColdslotError {
  return new ColdslotError('refused', directory, what ?? 'another version wrote it', 'use that version');
}

async function putAside(directory: string, wallMs: number): Promise<string> {
  const stamp = new Date(wallMs).toISOString().replaceAll(':', '-');
  const aside = path.join(directory, `before-repair-${stamp}`);
  await mkdir(aside, { mode: 0o700 });
  for (const name of SEGMENT_NAMES) {
    const from = path.join(directory, name);
    if (!(await exists(from))) continue;
    const to = path.join(aside, name);
    await copyFile(from, to);
    await syncFile(to);
  }
  await syncDirectory(aside);
  await syncDirectory(directory);
  return aside;
}

async function replace(file: string, bytes: Uint8Array): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, bytes, { mode: 0o600 });
  await syncFile(draft);
  await rename(draft, file);
  await syncDirectory(path.dirname(file));
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** A segment that is missing, or shorter than it should be, reads as zeros. */
async function readSegments(directory: string): Promise<Segments> {
  const found = await Promise.all(SEGMENT_NAMES.map((name) => readSegment(path.join(directory, name))));
  if (found.every((segment) => segment === null)) {
    const hint = 'name the directory: the controller’s state directory, or journal in it';
    throw new ColdslotError('not-found', directory, 'there is no journal', hint);
  }
  const [first, second] = found.map((segment) => segment ?? new Uint8Array(SEGMENT_BYTES));
  return [first as Uint8Array, second as Uint8Array];
}

async function readSegment(file: string): Promise<Uint8Array | null> {
  try {
    const { size } = await stat(file);
    const bytes = new Uint8Array(SEGMENT_BYTES);
    if (size > SEGMENT_BYTES)
      throw new ColdslotError('io', file, `has ${size} bytes, more than a segment`, 'check the path');
    bytes.set(await readFile(file));
    return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return null;
    throw ioProblem(file, error);
  }
}
