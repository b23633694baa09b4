// A mosquitto of the test's own: its port, its configuration in a temporary folder, its log.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../hwsim/child-process.ts';
import { programPath } from './installed.ts';

const PORTS_TRIED = 5;

export class Mosquitto {
  readonly port: number;
  log = '';
  #folder: string;
  #process: ChildProcess | null = null;

  private constructor(port: number) {
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), 'coldslot-mosquitto-'));
    const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false'];
    writeFileSync(join(this.#folder, 'mosquitto.conf'), [...lines, 'log_dest stderr', 'log_type all', ''].join('\n'));
  }

  /** On a port that was free; somebody else may take it first, then the next is tried. */
  static async start(): Promise<Mosquitto> {
    for (let left = PORTS_TRIED; ; left--) {
      const broker = new Mosquitto(await freePort());
      try {
        await broker.run();
        return broker;
      } catch (error) {
        await broker.end();
        if (left === 1) throw error;
      }
    }
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Resolves when it listens. */
  async run(): Promise<void> {
    this.log = '';
    const config = join(this.#folder, 'mosquitto.conf');
    const child = spawn(programPath('mosquitto'), ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    this.#process = child;
    await until('mosquitto to listen', () => {
      if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}: ${this.log}`);
      return / running$/m.test(this.log);
    });
  }

  /** Gone at once, with everything it kept: it has no persistence. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Protocol versions that clients connected with, by client id. */
  versions(): Map<string, string> {
    const lines = this.log.matchAll(/New client connected from \S+ as (\S+) \((p\d)/g);
    return new Map([...lines].map(([, client = '', version = '']) => [client, version]));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
