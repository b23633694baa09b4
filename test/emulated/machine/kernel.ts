// A Debian kernel as scripts/test keeps it outside the checkout: its image, and which module drives which chip.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

export class Kernel {
  readonly image: string;
  readonly #modules: string;
  /** Names of I2C devices as new_device takes them → module. */
  readonly #moduleOfDevice: ReadonlyMap<string, string>;
  /** Module → its file and those it needs, the needed ones first. */
  readonly #filesOf: ReadonlyMap<string, readonly string[]>;

  constructor(folder: string) {
    this.image = join(folder, 'vmlinuz');
    const [release = ''] = readdirSync(join(folder, 'lib/modules'));
    this.#modules = join(folder, 'lib/modules', release);
    this.#moduleOfDevice = new Map(
      [...this.#text('modules.alias').matchAll(/^alias i2c:(\S+) (\S+)$/gm)].map(([, device = '', module = '']) => [
        device,
        module,
      ]),
    );
    this.#filesOf = new Map(
      [...this.#text('modules.dep').matchAll(/^(\S+):(.*)$/gm)].map(([, file = '', needed = '']) => [
        moduleName(file),
        [
          ...needed
            .split(' ')
            .filter((name) => name !== '')
            .toReversed(),
          file,
        ],
      ]),
    );
  }

  moduleOf(device: string): string | undefined {
    return this.#moduleOfDevice.get(device);
  }

  /** Files of these modules and all they need, each once, in an order in which they can be loaded. */
  moduleFiles(modules: readonly string[]): readonly string[] {
    const files = modules.flatMap((module) => {
      const found = this.#filesOf.get(moduleName(module));
      if (found === undefined) throw new Error(`the kernel has no module ${module}`);
      return found;
    });
    return [...new Set(files)].map((file) => join(this.#modules, file));
  }

  #text(name: string): string {
    return readFileSync(join(this.#modules, name), 'utf8');
  }
}

function moduleName(file: string): string {
  return basename(file, '.ko').replaceAll('-', '_');
}

/** Where scripts/test keeps what the machines are made of. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'coldslot');
}

/** Null where scripts/test did not put it there. */
export function cachedKernel(name: 'x86-kernel' | 'arm-kernel'): Kernel | null {
  const folder = join(cacheFolder(), name);
  return existsSync(join(folder, 'vmlinuz')) ? new Kernel(folder) : null;
}
