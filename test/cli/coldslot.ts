// Runs the command line as a process against a controller that the test plays.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startControlServer } from '../../src/surfaces/console/control-server.ts';
import { FakeSource } from '../surfaces/memory-bus.ts';
import { view } from '../surfaces/sample-view.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export function runColdslot(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const taken = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (taken.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (taken.err += text));
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, ...taken })));
}

/** A controller with the sample chassis, on a socket of its own. */
export class PlayedController {
  readonly directory = mkdtempSync(join(tmpdir(), 'coldslot-cli-'));
  readonly socket = join(this.directory, 'control.sock');
  readonly source = new FakeSource(view());
  #close = () => Promise.resolve();

  async start(): Promise<void> {
    const server = await startControlServer(this.socket, this.source);
    this.#close = () => server.close();
  }

  run(...args: string[]): Promise<Ended> {
    return runColdslot([...args, '--socket', this.socket]);
  }

  async end(): Promise<void> {
    await this.#close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
