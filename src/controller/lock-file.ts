// One controller a journal: a lock file that names its holder by pid and start time, so that a pid used again by
// another process is not taken for it. A lock whose holder is gone is taken over.
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { ColdslotError } from '../core/errors.ts';

export interface LockFile {
  release(): Promise<void>;
}

/** @throws ColdslotError `conflict` when a living process holds it */
export async function takeLock(path: string): Promise<LockFile> {
  const mine = JSON.stringify({ pid: process.pid, startTicks: await startTicksOf(process.pid) });
  const draft = `${path}.${process.pid}`;
  try {
    await writeFile(draft, mine, { mode: 0o600 });
    for (let tries = 0; tries < 10; tries++) {
      if (await linked(draft, path)) return { release: () => releaseLock(path, mine) };
      await clearIfStale(path);
    }
    throw new ColdslotError('conflict', path, 'others keep taking this lock', 'stop the other controllers');
  } finally {
    await unlink(draft).catch(() => {});
  }
}

/** The living process that holds the lock; null when none does. Changes nothing. */
export async function lockHolder(path: string): Promise<number | null> {
  const content = await readFile(path, 'utf8').catch(() => null);
  return content === null ? null : livingHolder(content);
}

/** Makes the lock in one step, with its content. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function clearIfStale(path: string): Promise<void> {
  const content = await readFile(path, 'utf8').catch(() => null);
  if (content === null) return; // released meanwhile
  const pid = await livingHolder(content);
  if (pid !== null) {
    const hint = 'stop it, or give this one a directory of its own';
    throw new ColdslotError('conflict', path, `another controller uses this journal, process ${pid}`, hint);
  }
  const aside = `${path}.stale.${process.pid}`;
  await rename(path, aside).catch(() => {});
  const moved = await readFile(aside, 'utf8').catch(() => null);
  if (moved !== null && moved !== content) await link(aside, path).catch(() => {}); // somebody was faster: give it back
  await unlink(aside).catch(() => {});
}

async function livingHolder(content: string): Promise<number | null> {
  const holder = /^\{"pid":([0-9]{1,10}),"startTicks":([0-9]{1,20}|null)\}$/.exec(content);
  if (holder === null) return null;
  const pid = Number(holder[1]);
  const startTicks = await startTicksOf(pid);
  return startTicks !== null && String(startTicks) === holder[2] ? pid : null;
}

/** Clock ticks between boot and the start of a process; null when there is none (proc(5), /proc/PID/stat field 22). */
async function startTicksOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return afterName[0] === 'Z' ? null : Number(afterName[19]);
}

async function releaseLock(path: string, mine: string): Promise<void> {
  const content = await readFile(path, 'utf8').catch(() => null);
  if (content === mine) await unlink(path).catch(() => {});
}
