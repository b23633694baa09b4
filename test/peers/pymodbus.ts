// A pymodbus server of the test's own, over TCP or on one end of a pty pair that socat makes.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, until, type Child } from '../hwsim/child-process.ts';
import { programPath, skipWithout } from './installed.ts';

/** Debian's, which sees Debian's packages; another one may come first on the path. */
const PYTHON = '/usr/bin/python3';
const SERVER = fileURLToPath(new URL('./pymodbus-server.py', import.meta.url));

export type Registers = Readonly<Record<number, number>>;
export type Units = Readonly<Record<number, Registers>>;

/** For the `skip` option of a test. */
export function skipWithoutPymodbus(...programs: readonly string[]): string | false {
  try {
    // its server cannot be imported without pyserial, which Debian only recommends
    execFileSync(PYTHON, ['-c', 'import pymodbus.server, serial_asyncio'], { stdio: 'ignore' });
  } catch {
    return 'not installed: python3-pymodbus, python3-serial-asyncio';
  }
  return skipWithout(...programs);
}

export interface Write {
  readonly unit: number;
  readonly at: number;
  readonly values: readonly number[];
}

export class Pymodbus {
  /** 0 on a serial line. */
  readonly port: number;
  readonly #child: Child;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** On a free port, or on the one given. */
  static tcp(units: Units, port = 0): Promise<Pymodbus> {
    return Pymodbus.#start(['tcp', String(port)], units);
  }

  static serial(units: Units, path: string): Promise<Pymodbus> {
    return Pymodbus.#start(['serial', path], units);
  }

  static async #start(args: readonly string[], units: Units): Promise<Pymodbus> {
    const child = startChild(PYTHON, [SERVER, ...args]);
    child.process.stdin?.write(`${JSON.stringify({ units })}\n`);
    const [, port] = await child.shows(/"ready": (\d+)/);
    return new Pymodbus(child, Number(port));
  }

  /** What clients have written so far, oldest first. */
  writes(): readonly Write[] {
    return [...this.#child.text().matchAll(/^\{"write": (.*)\}$/gm)].map(([, json]) => {
      const [unit, at, values] = JSON.parse(json ?? '') as [number, number, number[]];
      return { unit, at, values };
    });
  }

  /** The writes after the first `before`, when there are `count` of them: it tells them after it has answered. */
  async writesAfter(before: number, count: number): Promise<readonly (readonly number[])[]> {
    const enough = await until(`${count} writes`, () => {
      const writes = this.writes().slice(before);
      return writes.length >= count ? writes : null;
    });
    return enough.map(({ unit, at, values }) => [unit, at, ...values]);
  }

  set(unit: number, registers: Registers): void {
    this.#child.process.stdin?.write(`${JSON.stringify({ set: [unit, registers] })}\n`);
  }

  async end(): Promise<void> {
    await this.#child.kill('SIGKILL');
  }
}

export interface PtyPair {
  readonly folder: string;
  readonly ours: string;
  readonly theirs: string;
  end(): Promise<void>;
}

/** @param again where a pair was that has ended: this one has its paths */
export async function ptyPair(again?: string): Promise<PtyPair> {
  const folder = again ?? mkdtempSync(join(tmpdir(), 'coldslot-pty-'));
  mkdirSync(folder, { recursive: true });
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
  const ends = [ours, theirs].map((link) => `pty,raw,echo=0,link=${link}`);
  const socat = startChild(programPath('socat'), ends);
  await until('the ptys', () => existsSync(ours) && existsSync(theirs));
  return {
    folder,
    ours,
    theirs,
    end: async () => {
      await socat.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
