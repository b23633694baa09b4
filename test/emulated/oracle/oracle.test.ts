// Linux's own hwmon drivers as the judge of ours: both read the same registers, in a VM, over the same emulated bus.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { sharedFolder } from '../../chips/shared-data.ts';
import type { OracleCase, OracleLine } from './case.ts';
import { ownCases, recordedCases } from './cases.ts';
import type { Difference } from './compare.ts';
import { compare } from './compare.ts';
import { judgedChips } from './judged-chips.ts';
import { cachedKernel, type Kernel } from '../machine/kernel.ts';
import { explanation, knownDifferences } from './known-differences.ts';
import { missingPrograms, runInMachine } from './machine.ts';

const DEADLINE_MS = 540_000;
const require = createRequire(import.meta.url);

function whyNot(): string | false {
  const absent = missingPrograms();
  if (absent.length > 0) return `needs ${absent.join(', ')}; scripts/test emulated installs them when root runs it`;
  if (cachedKernel('x86-kernel') === null)
    return "needs Debian's x86 kernel; scripts/test emulated gets it when root runs it";
  try {
    require.resolve('i2c-bus/build/Release/i2c.node');
  } catch {
    return 'needs the compiled package i2c-bus; install a C++ compiler, then run: npm rebuild i2c-bus';
  }
  return false;
}

/** i2c-bus and what it loads, beside the script: packages are found from there. */
function copyPackages(folder: string): void {
  const i2c = require.resolve('i2c-bus/package.json');
  const bindings = createRequire(i2c).resolve('bindings/package.json');
  const uri = createRequire(bindings).resolve('file-uri-to-path/package.json');
  for (const file of [i2c, bindings, uri]) {
    const from = dirname(realpathSync(file));
    cpSync(from, join(folder, 'node_modules', from.slice(from.lastIndexOf('/') + 1)), { recursive: true });
  }
}

async function judge(kernel: Kernel, cases: readonly OracleCase[]): Promise<ReadonlyMap<string, OracleLine>> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coldslot-oracle-')));
  try {
    mkdirSync(join(folder, 'node_modules'));
    copyPackages(folder);
    const script = join(folder, 'inside.mjs');
    await build({
      entryPoints: [join(import.meta.dirname, 'inside.ts')],
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.11',
      external: ['i2c-bus'],
      logLevel: 'error',
    });
    const [input, output] = [join(folder, 'cases.json'), join(folder, 'answers.jsonl')];
    writeFileSync(input, JSON.stringify(cases));
    writeFileSync(output, '');
    const drivers = new Set(cases.map(({ kernelName }) => kernel.moduleOf(kernelName) ?? ''));
    await runInMachine(kernel, {
      folder,
      modules: ['i2c-stub', ...drivers],
      options: { 'i2c-stub': 'chip_addr=0x48' },
      arguments: [script, input, output],
      deadlineMs: DEADLINE_MS,
    });
    const lines = readFileSync(output, 'utf8').trim().split('\n');
    return new Map(lines.map((line) => JSON.parse(line) as OracleLine).map((line) => [line.id, line]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inWords({ of, attribute, ours, kernel }: Difference): string {
  return `${of} ${attribute}: ours ${ours}, the kernel's ${kernel}`;
}

const skip = whyNot();
const kernel = skip === false ? cachedKernel('x86-kernel') : null;
const { chips, alike, others } = kernel === null ? { chips: [], alike: {}, others: {} } : judgedChips(kernel);
const cases = new Map(
  chips.map((chip) => [chip.chip, [...recordedCases(join(sharedFolder, 'data/chips'), chip), ...ownCases(chip)]]),
);

describe("Linux's hwmon drivers on the same registers", { timeout: DEADLINE_MS + 30_000 }, () => {
  if (skip !== false) {
    it('agree with ours', { skip }, () => {}); // a skipped suite would not be counted
    return;
  }
  let lines: ReadonlyMap<string, OracleLine> = new Map();
  const explained = new Set<string>();
  before(async () => {
    if (kernel === null) return;
    lines = await judge(kernel, [...cases.values()].flat());
  });

  for (const [chip, ofChip] of cases) {
    it(`agree with ours about the ${chip}`, (test) => {
      const unexplained: string[] = [];
      let compared = 0;
      for (const { id } of ofChip) {
        const line = lines.get(id);
        assert.ok(line !== undefined, `${id}: no answer from the machine`);
        if ('error' in line) {
          unexplained.push(`${id}: ${line.error}`);
          continue;
        }
        const comparison = compare(chip, line);
        assert.ok(comparison.compared > 0, `${id}: nothing was compared`);
        compared += comparison.compared;
        for (const difference of comparison.differences) {
          const known = explanation(difference);
          if (known === undefined) unexplained.push(`${id}: ${inWords(difference)}`);
          else explained.add(known.reason);
        }
      }
      test.diagnostic(`${chip}: ${ofChip.length} loads of registers, ${compared} values compared`);
      assert.deepEqual(unexplained, []);
    });
  }

  it('are there for most of the chips that measure', (test) => {
    for (const [chip, why] of Object.entries(others)) test.diagnostic(`not judged: ${chip}: ${why}`);
    for (const [chip, judged] of Object.entries(alike)) test.diagnostic(`judged with ${judged}: ${chip}`);
    test.diagnostic(`judged: ${chips.length} chips, and ${Object.keys(alike).length} of the same tables`);
    assert.ok(chips.length > Object.keys(others).length, `only ${chips.length} are judged`);
  });

  it('differ in each way that is explained', (test) => {
    for (const reason of explained) test.diagnostic(`explained: ${reason}`);
    const never = knownDifferences.filter(({ reason }) => !explained.has(reason));
    assert.deepEqual(
      never.map(({ reason }) => reason),
      [],
    );
  });
});
