// One process under measurement: started, asked over its standard input, ended by its own id.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { LineSplitter } from '../../src/core/bus-wire.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import type { RunningParts } from './running-parts.ts';
import { nodeEnvironment } from '../launch/node-flags.ts';

const READY_MS = 60_000;
/** The simulator ends its sleds' agents in this time, one that is killed leaves them behind. */
const TERM_MS = 20_000;
const MAX_LINE_BYTES = 4 << 20;
const LOG_KEPT = 2000;

export type JsonLine = Readonly<Record<string, unknown>>;

export interface Program {
  readonly command: string;
  readonly environment: NodeJS.ProcessEnv;
}

export class Part {
  readonly name: string;
  readonly startedMs: number;
  readonly ended: Promise<void>;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: { readonly wanted: (line: JsonLine) => boolean; readonly resolve: (line: JsonLine) => void }[] =
    [];
  #log = '';
  #ended: string | null = null;

  /** @param args Flags of node, the bundle, its arguments; those of `program` where it is another one. */
  constructor(
    name: string,
    args: readonly string[],
    running: RunningParts,
    program: Program = { command: process.execPath, environment: {} },
  ) {
    this.name = name;
    this.startedMs = performance.now();
    this.#process = spawn(program.command, args, {
      stdio: 'pipe',
      detached: true,
      env: { ...nodeEnvironment(process.env), ...program.environment },
    });
    this.#process.stdin.on('error', () => {}); // it died; 'exit' says so
    this.#process.stderr.setEncoding('utf8');
    this.#process.stderr.on('data', (chunk: string) => void (this.#log = (this.#log + chunk).slice(-LOG_KEPT)));
    this.#process.once('exit', (code, signal) => void (this.#ended = signal ?? `exit status ${code}`));
    this.ended = new Promise((resolve) => void this.#process.once('exit', () => resolve()));
    running.add(this);
    const lines = new LineSplitter(MAX_LINE_BYTES);
    this.#process.stdout.setEncoding('utf8');
    this.#process.stdout.on('data', (chunk: string) => {
      for (const line of lines.push(chunk)) this.#take(JSON.parse(line) as JsonLine);
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The next line of that kind. @throws ColdslotError `failed` when the process ends or does not say it in time */
  async line(wanted: (line: JsonLine) => boolean, limitMs = READY_MS): Promise<JsonLine> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        this.#process.off('exit', onExit);
        reject(new ColdslotError('failed', this.name, why, this.#log.trim()));
      };
      const onExit = () => fail(`ended (${this.#ended ?? 'it could not start'})`);
      const timer = setTimeout(() => fail(`said nothing of it within ${limitMs / 1000} s`), limitMs);
      if (this.#ended !== null) return onExit();
      this.#process.once('exit', onExit);
      this.#waiting.push({
        wanted,
        resolve: (line) => {
          clearTimeout(timer);
          this.#process.off('exit', onExit);
          resolve(line);
        },
      });
    });
  }

  /** Writes a command and gives back the line that answers it. */
  ask(command: object, wanted: (line: JsonLine) => boolean): Promise<JsonLine> {
    const answer = this.line(wanted);
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    return answer;
  }

  async end(): Promise<void> {
    if (this.#ended !== null || this.#process.pid === undefined) return;
    await new Promise<void>((resolve) => {
      const kill = setTimeout(() => this.#process.kill('SIGKILL'), TERM_MS);
      this.#process.once('exit', () => {
        clearTimeout(kill);
        resolve();
      });
      this.#process.kill('SIGTERM');
    });
  }

  #take(line: JsonLine): void {
    const found = this.#waiting.findIndex(({ wanted }) => wanted(line));
    if (found >= 0) this.#waiting.splice(found, 1)[0]?.resolve(line);
  }
}
