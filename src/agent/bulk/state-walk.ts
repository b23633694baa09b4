// What a state directory holds, as entries of the bulk stream in a fixed order. What cannot be carried (sockets,
// devices, links that lead out) is an error that names it.
import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ColdslotError } from '../../core/errors.ts';
import {
  MAX_BULK_BYTES,
  MAX_BULK_ENTRIES,
  MAX_PATH_CHARS,
  whyLinkRefused,
  whyPathRefused,
  type BulkEntry,
} from './format.ts';

/** @throws ColdslotError `refused` naming the first entry that cannot be shipped */
export async function walkState(root: string): Promise<BulkEntry[]> {
  const entries: BulkEntry[] = [];
  let bytes = 0;
  const refuse = (path: string, why: string) => new ColdslotError('refused', join(root, path), why, 'remove it');
  const visit = async (folder: string): Promise<void> => {
    for (const name of (await readdir(join(root, folder))).toSorted()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const why = name.includes('\u{FFFD}') ? 'has a name that is not UTF-8' : whyPathRefused(path);
      if (why !== null || path.length > MAX_PATH_CHARS) throw refuse(path, why ?? 'has too long a path');
      const entry = await entryOf(root, path, await lstat(join(root, path)), refuse);
      entries.push(entry);
      bytes += entry.type === 'file' ? entry.size : 0;
      if (entries.length > MAX_BULK_ENTRIES) throw refuse('', `holds more than ${MAX_BULK_ENTRIES} entries`);
      if (bytes > MAX_BULK_BYTES) throw refuse('', `holds more than ${MAX_BULK_BYTES} bytes`);
      if (entry.type === 'directory') await visit(path);
    }
  };
  await visit('');
  return entries;
}

async function entryOf(
  root: string,
  path: string,
  stats: Stats,
  refuse: (path: string, why: string) => ColdslotError,
): Promise<BulkEntry> {
  const mode = stats.mode & 0o777;
  if (stats.isDirectory()) return { type: 'directory', path, mode };
  if (stats.isFile()) return { type: 'file', path, mode, modifiedMs: Math.max(0, stats.mtimeMs), size: stats.size };
  if (stats.isSymbolicLink()) {
    const target = await readlink(join(root, path));
    const why = whyLinkRefused(path, target);
    if (why !== null) throw refuse(path, why);
    return { type: 'link', path, target };
  }
  throw refuse(path, `is a ${kindOf(stats)}, which cannot be shipped`);
}

function kindOf(stats: Stats): string {
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'named pipe';
  return 'device';
}

/** Bytes of the files below a directory; for the agent's record, so it gives up counting past `maxEntries`. */
export async function sizeOfState(root: string, maxEntries = 10_000): Promise<number> {
  let bytes = 0;
  let left = maxEntries;
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (left-- <= 0) return bytes;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) bytes += (await lstat(path).catch(() => null))?.size ?? 0; // may be gone by now
    }
  }
  return bytes;
}
