// Talks to HiGHS in its own process; see highs-process.ts. Ends it with `end`, or hard when it does not answer.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ColdslotError } from '../../../src/core/errors.ts';
import type { HighsAnswer, HighsRequest } from './highs-process.ts';
import type { LinearProgramData } from './linear-program.ts';

/** Loading and passing the program, on top of six times the CPU time. */
const GRACE_S = 60;
const WALL_FACTOR = 7;

export type HighsStart = HighsRequest['start'];
export type HighsResult = Omit<HighsAnswer, 'id'>;

export class Highs {
  readonly #child: ChildProcess;
  #lastId = 0;

  constructor() {
    // beside this file: the source under tsx, the bundle of the same name in a build
    const isSource = import.meta.url.endsWith('.ts');
    const file = fileURLToPath(new URL(isSource ? 'highs-process.ts' : 'highs-process.mjs', import.meta.url));
    this.#child = fork(file, {
      serialization: 'advanced',
      execArgv: isSource ? ['--import', 'tsx'] : [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** @throws ColdslotError `failed` when the process does not answer */
  async solve(program: LinearProgramData, seconds: number, start: HighsStart = null): Promise<HighsResult> {
    this.#lastId++;
    const request: HighsRequest = { id: this.#lastId, program, seconds, start };
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        settle();
        reject(new ColdslotError('failed', 'HiGHS', why, 'its process is ended; measure again'));
      };
      const timer = setTimeout(
        () => {
          child.kill('SIGKILL');
          fail(`no answer in ${Math.round(seconds * WALL_FACTOR + GRACE_S)} s`);
        },
        (seconds * WALL_FACTOR + GRACE_S) * 1000,
      );
      const onMessage = (answer: HighsAnswer) => {
        settle();
        resolve(answer);
      };
      const onExit = (code: number | null, signal: string | null) => fail(`its process ended (${signal ?? code})`);
      const settle = () => {
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.send(request);
    });
  }

  /** Its process is gone when this is done. */
  async end(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}
