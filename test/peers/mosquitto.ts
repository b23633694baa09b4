// Mosquitto as the tests use it: a broker of their own on a free port of the loopback, and its two clients.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child } from '../hwsim/child-process.ts';
import { freePort, runPeer, startPeer } from './peer.ts';

/** A broker with a configuration of its own: no system service is used or disturbed. */
export class Mosquitto {
  readonly port: number;
  readonly #folder: string;
  #broker: Child;

  private constructor(port: number, folder: string, broker: Child) {
    this.port = port;
    this.#folder = folder;
    this.#broker = broker;
  }

  static async start(): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), 'coldslot-mosquitto-'));
    const port = await freePort();
    const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'log_dest stderr'];
    writeFileSync(join(folder, 'mosquitto.conf'), `${[...lines, 'log_type all'].join('\n')}\n`);
    return new Mosquitto(port, folder, await run(folder));
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** What it has logged since its last start. */
  log(): string {
    return this.#broker.text();
  }

  /** kill -9, and a start on the same port; sessions and retained messages are lost. */
  async killAndStart(): Promise<void> {
    await this.#broker.kill('SIGKILL');
    this.#broker = await run(this.#folder);
  }

  async close(): Promise<void> {
    await this.#broker.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function run(folder: string): Promise<Child> {
  const broker = startPeer('mosquitto', ['-c', join(folder, 'mosquitto.conf')]);
  await broker.shows(/mosquitto version \S+ running/);
  return broker;
}

export interface Heard {
  readonly topic: string;
  readonly retained: boolean;
  /** Empty: the topic was cleared. */
  readonly payload: string;
}

/** mosquitto_sub on everything, until `end`. */
export class Subscriber {
  readonly #child: Child;

  private constructor(child: Child) {
    this.#child = child;
  }

  static start(url: string, filter = 'coldslot/#'): Subscriber {
    const { hostname, port } = new URL(url);
    // %r: 1 when the message was a retained one
    return new Subscriber(
      startPeer('mosquitto_sub', ['-h', hostname, '-p', port, '-t', filter, '-q', '1', '-F', '%r %t %p']),
    );
  }

  heard(): Heard[] {
    const lines = this.#child.text().split('\n').slice(0, -1);
    return lines.flatMap((line) => {
      const parts = /^([01]) (\S+) ?(.*)$/.exec(line);
      return parts === null ? [] : [{ retained: parts[1] === '1', topic: parts[2] ?? '', payload: parts[3] ?? '' }];
    });
  }

  async end(): Promise<void> {
    await this.#child.kill('SIGTERM');
  }
}

export async function publish(
  url: string,
  topic: string,
  payload: string,
  options: readonly string[] = [],
): Promise<void> {
  const { hostname, port } = new URL(url);
  const message = payload === '' ? ['-n'] : ['-s'];
  await runPeer('mosquitto_pub', ['-h', hostname, '-p', port, '-t', topic, '-q', '1', ...message, ...options], payload);
}
