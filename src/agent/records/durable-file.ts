// Writes a small file so that after a crash or power cut it is there whole: temporary file, fsync, rename, fsync of
// the directory.
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The write that records and models go through; handed in, so that a test can fill the disk. */
export type DurableWrite = (file: string, text: string) => Promise<void>;

export async function writeDurably(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(file));
}

/** Makes names created, renamed or removed in a directory durable. */
export async function syncDirectory(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
