// Only one agent may work on a state root. The lock is a listening socket in the abstract namespace (unix(7)): the
// kernel frees it when its holders are gone, however they end. A child that a killed agent was just starting holds it
// too until its program runs, so a new agent looks for running services only when each can be seen.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { sleep, type Clock } from '../core/clock.ts';
import { ColdslotError } from '../core/errors.ts';

const RETRY_MS = 50;

/** Waits up to `patienceMs` for a predecessor to end. @throws ColdslotError `conflict` when it does not */
export async function lockStateRoot(clock: Clock, stateRoot: string, patienceMs: number): Promise<{ release(): void }> {
  const digest = createHash('sha256').update(realpathSync(stateRoot)).digest('hex').slice(0, 32);
  const dueMs = clock.nowMs() + patienceMs;
  for (;;) {
    const server = await tryListen(`\0coldslot-agent-${digest}`);
    if (server !== null) {
      server.unref();
      return { release: () => void server.close() };
    }
    if (clock.nowMs() >= dueMs)
      throw new ColdslotError(
        'conflict',
        stateRoot,
        'another agent works here',
        'stop it, or give each its own stateRoot',
      );
    await sleep(clock, RETRY_MS);
  }
}

/** Null when the name is taken. */
function tryListen(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(name, () => resolve(server));
  });
}
