// Bundles every process into dist/<hash of the sources>/, once for each state of the sources, and prints that folder.
// A folder is only ever renamed into place whole, so a running system is never changed under its feet.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const entries = {
  controller: 'src/controller/main.ts',
  'planner-worker': 'src/controller/planner-worker.ts',
  agent: 'src/agent/main.ts',
  cli: 'src/cli.ts',
  'plan-worker': 'src/cli/plan-worker.ts',
  hwsim: 'hwsim/main.ts',
  burner: 'hwsim/sleds/burner.ts',
  start: 'scripts/start.ts',
  bench: 'scripts/bench.ts',
  simulate: 'scripts/simulate.ts',
  'highs-process': 'scripts/figures/planner/highs-process.ts',
  'planner-memory': 'scripts/figures/planner/planner-memory.ts',
};

const sourceFolders = ['src', 'hwsim', 'scripts', 'test/placement', 'test/controller'];
const kept = 3;

function sourceFiles(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs|sh)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .toSorted();
}

function sourceHash() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const file of sourceFolders.flatMap(sourceFiles)) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

function removeOld(dist, current) {
  const old = readdirSync(dist)
    .filter((name) => name !== current && /^[0-9a-f]{12}$/.test(name))
    .toSorted((a, b) => statSync(join(dist, b)).mtimeMs - statSync(join(dist, a)).mtimeMs);
  for (const name of old.slice(kept)) rmSync(join(dist, name), { recursive: true, force: true });
}

const bundled = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.11',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'error',
};

async function bundleProcesses(outdir) {
  await build({
    ...bundled,
    entryPoints: entries,
    outdir,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    sourcemap: 'linked',
    external: ['i2c-bus', 'onoff', 'esbuild', 'highs'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
  });
}

/** The guardian: one CommonJS file, which node can make a start-up snapshot of, and the command that starts it from there. */
async function bundleGuardian(outdir) {
  await build({
    ...bundled,
    entryPoints: { guardian: 'src/guardian/main.ts' },
    outdir,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    supported: { 'dynamic-import': false }, // there is none in a snapshot
    external: ['i2c-bus', 'onoff'],
  });
  copyFileSync(join(root, 'src/guardian/guardian.sh'), join(outdir, 'guardian'));
  chmodSync(join(outdir, 'guardian'), 0o755);
}

export async function buildAll() {
  const dist = join(root, 'dist');
  const name = sourceHash();
  const target = join(dist, name);
  if (existsSync(target)) {
    utimesSync(target, new Date(), new Date());
    return target;
  }
  mkdirSync(dist, { recursive: true });
  const temporary = mkdtempSync(join(dist, '.building-'));
  await bundleProcesses(temporary);
  await bundleGuardian(temporary);
  try {
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error; // else another build of the same sources was faster
  }
  removeOld(dist, name);
  return target;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildAll());
