// scripts/start as a process of the test: its output as it comes, and its end. The bundles are built once.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** The folder of bundles that belongs to the sources as they are. */
export function builtFolder(): string {
  return execFileSync(process.execPath, [`${PROJECT}/scripts/build.mjs`], { encoding: 'utf8' }).trim();
}

export class Program {
  readonly process: ChildProcess;
  /** Exit status, or the signal's name. */
  readonly ended: Promise<number | string>;
  out = '';
  readonly errorLines: string[] = [];
  #rest = '';
  #onLine: (line: string) => void;

  constructor(command: string, args: readonly string[], onErrorLine: (line: string) => void = () => {}) {
    this.#onLine = onErrorLine;
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: PROJECT });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    this.ended = once(this.process, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  }

  /** The launcher without the shell around it, so that signals reach it. */
  static start(args: readonly string[], onErrorLine?: (line: string) => void): Program {
    const dist = builtFolder();
    return new Program(process.execPath, [`${dist}/start.mjs`, '--dist', dist, ...args], onErrorLine);
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }

  /** Of the last line on standard output. */
  summary(): Record<string, unknown> {
    return JSON.parse(this.out.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      this.errorLines.push(line);
      this.#onLine(line);
    }
  }
}
