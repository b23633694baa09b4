// Listening on a Unix socket for the local user only: mode 0600; the stale socket of a process that died is replaced,
// one that somebody answers on is not, and neither is a file that is no socket.
import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { ColdslotError } from '../../core/errors.ts';

/** @throws ColdslotError `conflict` when something else is there, `io` when it cannot be made */
export async function listenLocally(server: Server, path: string): Promise<void> {
  try {
    if (await isStaleSocket(path)) unlinkSync(path);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    });
    chmodSync(path, 0o600); // until here the directory's mode protects it
  } catch (cause) {
    if (cause instanceof ColdslotError) throw cause;
    const why = (cause as Error).message;
    const hint = 'check the directory and its permissions';
    throw new ColdslotError('io', path, `the control socket cannot be made: ${why}`, hint, { cause });
  }
}

/** False when nothing is there. */
async function isStaleSocket(path: string): Promise<boolean> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return false;
  if (!there.isSocket())
    throw new ColdslotError(
      'conflict',
      path,
      'there is a file that is not a socket',
      'give another path with --socket',
    );
  if (await answers(path))
    throw new ColdslotError(
      'conflict',
      path,
      'another controller answers on this socket',
      'end it, or give another path with --socket',
    );
  return true;
}

/** @throws Error when that cannot be told */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}
