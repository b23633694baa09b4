// Third-party programs for tests: whether they are installed, run to their end, or started and ended by their pid.
import { accessSync, constants } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startChild, type Child } from '../hwsim/child-process.ts';

/** Debian keeps servers in /usr/sbin, which is not on everybody's path. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
const END_MS = 20_000;

/** Its path; null when it is not installed. */
function findProgram(name: string): string | null {
  const isProgram = (file: string) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return FOLDERS.map((folder) => join(folder, name)).find(isProgram) ?? null;
}

/** For `skip`: false when all are there, else what is missing and how to get it. */
export function missing(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => findProgram(program) === null);
  return absent.length === 0 ? false : `needs ${absent.join(', ')}; scripts/test peers installs them when root runs it`;
}

/** Runs to its end; what it printed. Other programs' output is read meanwhile. @throws when it fails */
export async function runPeer(name: string, args: readonly string[], input = ''): Promise<string> {
  const peer = startPeer(name, args);
  const late = setTimeout(() => void peer.kill('SIGKILL'), END_MS);
  peer.process.stdin?.end(input);
  const how = await peer.ended;
  clearTimeout(late);
  if (how !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${how}: ${peer.text()}`);
  return peer.text();
}

/** Its output is collected; the test ends it. */
export function startPeer(name: string, args: readonly string[]): Child {
  return startChild(findProgram(name) ?? name, args);
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}
