// One segment of the journal on disk: of full size from the start, so that no append needs room or changes a size.
import { open, type FileHandle } from 'node:fs/promises';
import { SEGMENT_BYTES } from '../moves/journal-format.ts';

export interface SegmentFile {
  read(): Promise<Uint8Array>;
  /** All bytes at that offset; durable only after `datasync`. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export type OpenSegment = (path: string) => Promise<SegmentFile>;

export const openSegment: OpenSegment = async (path) => {
  const handle = await openOrCreate(path);
  try {
    const { size } = await handle.stat();
    if (size < SEGMENT_BYTES) {
      await writeAll(handle, new Uint8Array(SEGMENT_BYTES - size), size);
      await handle.sync();
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    read: () => readAll(handle),
    write: (bytes, offset) => writeAll(handle, bytes, offset),
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
};

async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(path, 'wx+', 0o600);
  }
}

async function readAll(handle: FileHandle): Promise<Uint8Array> {
  const bytes = new Uint8Array(SEGMENT_BYTES);
  for (let offset = 0; offset < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, offset, bytes.length - offset, offset);
    if (bytesRead === 0) break;
    offset += bytesRead;
  }
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, at + written);
    written += bytesWritten;
  }
}
