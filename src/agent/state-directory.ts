// Where a workload's state is on this sled: one directory for each epoch, `<stateRoot>/workloads/<id>/epoch-<n>`,
// never renamed; those no role needs are deleted.
import { mkdirSync } from 'node:fs';
import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ColdslotError } from '../core/errors.ts';
import { syncDirectory } from './records/durable-file.ts';

/** Kept free for records and logs when state is taken in. */
export const DISK_RESERVE_BYTES = 16 * 1024 * 1024;

/** @throws ColdslotError `io` */
export function makeStateRoot(stateRoot: string): void {
  try {
    mkdirSync(stateRoot, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ColdslotError('io', stateRoot, `cannot be made: ${(error as Error).message}`, 'check stateRoot');
  }
}

export function workloadFolder(stateRoot: string, workload: string): string {
  return join(stateRoot, 'workloads', workload);
}

export function epochFolder(stateRoot: string, workload: string, epoch: number): string {
  return join(workloadFolder(stateRoot, workload), `epoch-${epoch}`);
}

export function logFileOf(stateRoot: string, workload: string): string {
  return join(workloadFolder(stateRoot, workload), 'service.log');
}

/** Durable, with its parents. */
export async function makeEpochFolder(stateRoot: string, workload: string, epoch: number): Promise<string> {
  const folder = epochFolder(stateRoot, workload, epoch);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await syncDirectory(workloadFolder(stateRoot, workload));
  await syncDirectory(join(stateRoot, 'workloads'));
  return folder;
}

/** Deletes the state of every epoch but those named. */
export async function deleteOtherEpochs(stateRoot: string, workload: string, kept: readonly number[]): Promise<void> {
  const folder = workloadFolder(stateRoot, workload);
  const names = await readdir(folder).catch(() => []);
  const wanted = new Set(kept.map((epoch) => `epoch-${epoch}`));
  for (const name of names)
    if (/^epoch-\d+$/.test(name) && !wanted.has(name)) await rm(join(folder, name), { recursive: true, force: true });
}

export async function freeDiskBytes(folder: string): Promise<number> {
  const disk = await statfs(folder);
  return disk.bavail * disk.bsize;
}
