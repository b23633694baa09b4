// One process of the running system: started, watched, started again when it dies (as systemd would), and ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { LineSplitter } from '../../src/core/bus-wire.ts';
import { nodeEnvironment } from './node-flags.ts';

export interface ChildOptions {
  readonly name: string;
  /** The bundle to run and its arguments, asked for at every start. */
  readonly args: () => readonly string[];
  readonly onStart: () => void;
  readonly onLine: (line: string) => void;
  readonly onLog: (name: string, line: string) => void;
  /** Told of every death that was not asked for. Return 'restart' to have it started again. */
  readonly onDeath: (how: string) => 'restart' | 'give-up';
}

const RESTART_MS = 500;
const TERM_MS = 5000;
const MAX_LINE_BYTES = 4 << 20;

export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | null = null;
  #ending = false;
  #restart: NodeJS.Timeout | null = null;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#start();
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  write(message: object): void {
    this.#process?.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  /** SIGTERM, and SIGKILL after 5 s. */
  async end(): Promise<void> {
    this.#ending = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const kill = setTimeout(() => child.kill('SIGKILL'), TERM_MS);
      child.once('exit', () => {
        clearTimeout(kill);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  #start(): void {
    // A process group of its own: Ctrl-C reaches only the launcher, which ends the parts in order.
    const child = spawn(process.execPath, this.#options.args(), {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      env: nodeEnvironment(process.env),
    });
    this.#process = child;
    this.#options.onStart();
    child.stdin.on('error', () => {}); // it died; 'exit' says so
    eachLine(child.stdout, this.#options.onLine);
    eachLine(child.stderr, (line) => this.#options.onLog(this.#options.name, line));
    child.once('error', (error) => this.#options.onLog(this.#options.name, error.message));
    child.once('close', (code, signal) => {
      if (this.#ending) return; // all it had to say was read by now
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      if (this.#options.onDeath(how) === 'restart') this.#restart = setTimeout(() => this.#start(), RESTART_MS);
    });
  }
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  const lines = new LineSplitter(MAX_LINE_BYTES);
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    for (const line of lines.push(chunk)) onLine(line);
  });
}
