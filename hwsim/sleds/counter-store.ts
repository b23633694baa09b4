// The demo workload's state: a count that must only ever grow, advanced by one process at a time. Files in the state
// directory: `count` (replaced atomically), `counter.log` (one line for each step, bounded), `lock` (who advances it).
import { appendFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ColdslotError } from '../../src/core/errors.ts';
import { isAlive, readStat, type ProcessId } from './proc.ts';

export const COUNT_FILE = 'count';
export const LOG_FILE = 'counter.log';
export const LOCK_FILE = 'lock';

const MAX_LOG_BYTES = 64 * 1024;
const KEPT_LINES = 512;

export class CounterStore {
  readonly #directory: string;
  readonly #epoch: number;
  readonly #nowMs: () => number;
  #count: number;
  #logBytes: number;

  /**
   * Takes the lock and the count that is there. `nowMs`: wall time, comparable between processes of this machine.
   * @throws ColdslotError `conflict` when another living process holds the counter
   */
  constructor(directory: string, epoch: number, nowMs: () => number) {
    this.#directory = directory;
    this.#epoch = epoch;
    this.#nowMs = nowMs;
    takeLock(directory);
    const log = readOr(join(directory, LOG_FILE), '');
    this.#logBytes = log.length;
    // the log is written first: after a kill between the two writes it knows of the later step
    this.#count = Math.max(Number(readOr(join(directory, COUNT_FILE), '0')) || 0, lastCount(log));
  }

  get count(): number {
    return this.#count;
  }

  step(): void {
    const next = this.#count + 1;
    const line = `${next} ${process.pid} ${this.#epoch} ${this.#nowMs()}\n`;
    const log = join(this.#directory, LOG_FILE);
    appendFileSync(log, line);
    this.#logBytes += line.length;
    if (this.#logBytes > MAX_LOG_BYTES) this.#shortenLog(log);
    replaceFile(join(this.#directory, COUNT_FILE), `${next}\n`);
    this.#count = next;
  }

  /** Gives the counter free. */
  close(): void {
    rmSync(join(this.#directory, LOCK_FILE), { force: true });
  }

  #shortenLog(log: string): void {
    const kept = readFileSync(log, 'utf8')
      .split('\n')
      .slice(-KEPT_LINES - 1)
      .join('\n');
    replaceFile(log, kept);
    this.#logBytes = kept.length;
  }
}

/** Why the counter is not healthy, or null: it must have been advanced within `maxAgeMs` by a process that lives. */
export function counterFault(directory: string, nowMs: number, maxAgeMs: number): string | null {
  const owner = readLock(directory);
  if (owner === null) return 'nobody holds the counter';
  if (!isAlive(owner)) return `process ${owner.pid}, which holds the counter, is gone`;
  let writtenMs: number;
  try {
    writtenMs = statSync(join(directory, COUNT_FILE)).mtimeMs;
  } catch {
    return 'there is no count';
  }
  const ageMs = Math.round(nowMs - writtenMs);
  return ageMs > maxAgeMs ? `the count was last written ${ageMs} ms ago` : null;
}

function takeLock(directory: string): void {
  const lock = join(directory, LOCK_FILE);
  const me = readStat(process.pid);
  const content = JSON.stringify({ pid: process.pid, startTicks: me?.startTicks ?? 0 });
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(lock, content, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = readLock(directory);
    if (owner !== null && isAlive(owner)) throw heldBy(owner.pid, directory);
    // only one of several that find a dead owner's lock gets to take it away
    const aside = `${lock}.${process.pid}`;
    try {
      renameSync(lock, aside);
    } catch {
      continue;
    }
    const taken = parseLock(readOr(aside, ''));
    if (taken !== null && isAlive(taken)) {
      renameSync(aside, lock);
      throw heldBy(taken.pid, directory);
    }
    rmSync(aside, { force: true });
  }
  throw new ColdslotError('conflict', directory, 'the counter’s lock keeps changing hands', 'start one process only');
}

function heldBy(pid: number, directory: string): ColdslotError {
  return new ColdslotError('conflict', directory, `process ${pid} already advances this counter`, 'stop it first');
}

function readLock(directory: string): ProcessId | null {
  return parseLock(readOr(join(directory, LOCK_FILE), ''));
}

function parseLock(text: string): ProcessId | null {
  try {
    const { pid, startTicks } = JSON.parse(text) as Partial<ProcessId>;
    return typeof pid === 'number' && typeof startTicks === 'number' ? { pid, startTicks } : null;
  } catch {
    return null;
  }
}

function lastCount(log: string): number {
  return log.split('\n').reduce((most, line) => Math.max(most, Number.parseInt(line, 10) || 0), 0);
}

function replaceFile(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
