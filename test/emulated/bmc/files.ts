// What the emulated BMC is made of, as scripts/test keeps it outside the checkout: Debian's kernel and C library for ARM,
// Node for ARM, and our native packages compiled for it from their own sources.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ArchiveEntry } from '../machine/cpio.ts';
import { cachedKernel, cacheFolder, type Kernel } from '../machine/kernel.ts';

const NODE_VERSION = '20.11.0'; // as scripts/emulated-arm-packages.sh gets it
const require = createRequire(import.meta.url);

/** Packages as they lie in node_modules, and the native part that takes the place of this machine's own. */
const PACKAGES: Readonly<Record<string, string | null>> = {
  'i2c-bus': 'i2c.node',
  onoff: null,
  epoll: 'epoll.node',
  bindings: null,
  'file-uri-to-path': null,
  'lodash.debounce': null,
};

export interface BmcFiles {
  readonly kernel: Kernel;
  readonly deviceTree: string;
  /** Libraries, busybox, Node and packages, by their place in the machine. */
  readonly root: readonly ArchiveEntry[];
}

/** Null where scripts/test did not get it. */
export function bmcFiles(): BmcFiles | null {
  const kernel = cachedKernel('arm-kernel');
  const folder = join(cacheFolder(), 'arm-kernel');
  const node = join(cacheFolder(), `arm-node-${NODE_VERSION}`, 'node');
  const addons = join(cacheFolder(), 'arm-addons', addonsKey());
  if (kernel === null || !existsSync(node) || !existsSync(addons)) return null;
  const libraries = readdirSync(join(folder, 'root/lib'));
  return {
    kernel,
    deviceTree: join(folder, 'board.dtb'),
    root: [
      { kind: 'copy', name: 'bin/busybox', from: join(folder, 'root/bin/busybox'), runs: true },
      ...libraries.map((name): ArchiveEntry => {
        return { kind: 'copy', name: `lib/${name}`, from: join(folder, 'root/lib', name), runs: true };
      }),
      { kind: 'copy', name: 'bin/node', from: node, runs: true },
      ...Object.entries(PACKAGES).flatMap(([name, native]) => packageEntries(name, native, addons)),
    ],
  };
}

/** Versions of all that goes into the native parts. */
function addonsKey(): string {
  const versions = ['i2c-bus', 'epoll', 'nan'].map((name) => `${name}-${packageVersion(name)}`);
  return [`node-${NODE_VERSION}`, ...versions].join('_');
}

function packageVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string };
  return version;
}

function packageEntries(name: string, native: string | null, addons: string): readonly ArchiveEntry[] {
  const folder = dirname(require.resolve(`${name}/package.json`));
  const place = `app/node_modules/${name}`;
  const scripts = readdirSync(folder).filter((file) => /\.(js|json)$/.test(file));
  return [
    ...scripts.map((file): ArchiveEntry => ({ kind: 'copy', name: `${place}/${file}`, from: join(folder, file) })),
    ...(native === null
      ? []
      : [{ kind: 'copy', name: `${place}/build/Release/${native}`, from: join(addons, native), runs: true } as const]),
  ];
}
