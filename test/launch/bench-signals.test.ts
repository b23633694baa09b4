// scripts/bench ended by a signal: what it started ends with it, and its files are gone.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startChild, until, type Child } from '../hwsim/child-process.ts';

const BENCH = fileURLToPath(new URL('../../scripts/bench', import.meta.url));
/** Bundles are made first, when there are none yet. */
const READY_MS = 300_000;

interface Seen {
  readonly pid: number;
  readonly parent: number;
  /** Of the boot, in clock ticks: with the pid it names a process. */
  readonly startedAt: string;
  /** The bundle that node runs; the program where it is another one. */
  readonly script: string;
}

describe('scripts/bench, ended by a signal', () => {
  let directory = '';
  let bench: Child | null = null;
  let started: readonly Seen[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bench-signals-'));
    started = [];
  });

  afterEach(async () => {
    await bench?.kill('SIGKILL');
    for (const one of started) if (isAlive(one)) process.kill(one.pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  const cases = [
    { part: 'footprint', signal: 'SIGINT', status: 130, processes: ['hwsim.mjs', 'guardian.cjs'] },
    {
      part: 'move',
      signal: 'SIGTERM',
      status: 143,
      processes: ['hwsim.mjs', 'controller.mjs', 'agent.mjs', 'burner.mjs'],
    },
  ] as const;
  for (const { part, signal, status, processes } of cases) {
    it(`ends all that ${part} has started, and its files, on ${signal}`, async () => {
      bench = startChild(BENCH, [part], { env: { ...process.env, TMPDIR: directory } });
      const { pid } = bench;
      await until(
        'its processes',
        () => {
          started = descendantsOf(pid);
          return processes.every((name) => started.some(({ script }) => script === name));
        },
        READY_MS,
      );
      started = [...started, ...descendantsOf(pid)];
      assert.equal(await bench.kill(signal), status, bench.text());
      assert.deepEqual(started.filter(isAlive), []);
      assert.deepEqual(
        readdirSync(directory).filter((name) => name.startsWith('coldslot-bench-')),
        [],
      );
    });
  }
});

function descendantsOf(pid: number): Seen[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (look(Number(name)) ?? []) : []));
  const found = new Set([pid]);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const one of all) if (found.has(one.parent)) found.add(one.pid);
  }
  return all.filter((one) => one.pid !== pid && found.has(one.pid));
}

function isAlive(seen: Seen): boolean {
  const now = look(seen.pid);
  return now !== null && now.startedAt === seen.startedAt;
}

/** Null for one that has ended, be it only waited for. */
function look(pid: number): Seen | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // from the third on, proc(5)
    if (fields[0] === 'Z') return null;
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const script = words.find((word) => /\.[cm]js$/.test(word)) ?? words[0]!;
    return { pid, parent: Number(fields[1]), startedAt: fields[19]!, script: basename(script) };
  } catch {
    return null;
  }
}
