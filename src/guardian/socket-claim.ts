// A Unix socket of our own: refused while somebody answers there, taken over when only the file is left, mode 0600 from
// the first moment.
import { lstatSync, statSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { connect, type Server } from 'node:net';
import { ColdslotError } from '../core/errors.ts';

/** The kernel's limit on a Unix socket's path, with its final zero (unix(7)). */
const MAX_PATH_BYTES = 107;

export async function claimSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ColdslotError(
      'bad-input',
      path,
      `a socket's path has at most ${MAX_PATH_BYTES} bytes`,
      'use a shorter one',
    );
  }
  const directory = dirname(path);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    // Node reports a missing directory as EACCES
    throw new ColdslotError('io', path, `there is no directory ${directory}`, 'make it first');
  }
  await clearStale(path);
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    throw new ColdslotError('io', path, `the socket cannot be made: ${codeOf(cause)}`, hintOf(codeOf(cause)), {
      cause,
    });
  } finally {
    process.umask(mask);
  }
}

export async function releaseSocket(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  try {
    unlinkSync(path);
  } catch {
    // closing the server has removed it already
  }
}

async function clearStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new ColdslotError('conflict', path, 'there is something else than a socket', 'move it away');
  if (await answers(path)) {
    throw new ColdslotError('conflict', path, 'a guardian is running there', 'end it first, or use another --socket');
  }
  try {
    unlinkSync(path);
  } catch (cause) {
    const why = `the socket of an earlier guardian cannot be removed: ${codeOf(cause)}`;
    throw new ColdslotError('io', path, why, hintOf(codeOf(cause)), { cause });
  }
}

/** Only a refused connection proves that nobody is there. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(codeOf(error) !== 'ECONNREFUSED' && codeOf(error) !== 'ENOENT'));
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
}

function hintOf(code: string): string {
  if (code === 'EACCES' || code === 'EPERM') return 'you may not write there: use another directory or user';
  return code === 'EADDRINUSE' ? 'another guardian was faster: end it first' : '';
}
