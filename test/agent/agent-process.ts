// A real agent process for tests: started from its main file, killed and started again.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ServiceSpec } from '../../src/protocols/agent-messages.ts';
import { eventually, type World } from './world.ts';

const MAIN = fileURLToPath(new URL('../../src/agent/main.ts', import.meta.url));

export class AgentProcess {
  readonly #world: World;
  readonly #sled: string;
  readonly #file: string;
  #child: ChildProcess | null = null;
  errors = '';

  constructor(world: World, sled: string, broker: string, services: readonly ServiceSpec[] = []) {
    this.#world = world;
    this.#sled = sled;
    this.#file = join(world.root, `${sled}.json`);
    writeFileSync(this.#file, JSON.stringify(world.config(sled, services, { broker })));
  }

  /** Resolves when it has said that it is ready, and takes commands: the floors of this boot were granted to it. */
  async start(...more: string[]): Promise<void> {
    const child = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), MAIN, '--config', this.#file, ...more],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    const [line] = (await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(`the agent ended: ${this.errors}`))),
    ])) as [string];
    const ready = JSON.parse(line) as { ready: boolean; bulkPort: number };
    this.#world.setPeer(this.#sled, ready.bulkPort);
    const kept = join(this.#world.stateRoot(this.#sled), 'granted-boot');
    await eventually(`the floors of ${this.#sled}`, () => existsSync(kept));
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return null;
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }

  async killAndStart(): Promise<void> {
    await this.end('SIGKILL');
    await this.start();
  }
}
