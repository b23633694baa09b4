// Keeps a service's log bounded. The service writes at the end of the file, wherever that is, so it is cut under it.
import { open, truncate, writeFile } from 'node:fs/promises';

export const MAX_LOG_BYTES = 1024 * 1024;
export const KEPT_LOG_BYTES = 256 * 1024;

/** Past the limit, the last part goes to `<file>.1` and the file begins anew. */
export async function cutLog(file: string): Promise<void> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return; // never started
  try {
    const { size } = await handle.stat();
    if (size <= MAX_LOG_BYTES) return;
    const tail = Buffer.alloc(KEPT_LOG_BYTES);
    const { bytesRead } = await handle.read(tail, 0, KEPT_LOG_BYTES, size - KEPT_LOG_BYTES);
    await writeFile(`${file}.1`, tail.subarray(0, bytesRead), { mode: 0o600 });
    await truncate(file, 0);
  } finally {
    await handle.close();
  }
}
