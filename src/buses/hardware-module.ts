// The native packages behind real buses. They are optional: a machine without a compiler runs the simulated chassis.
import { ColdslotError } from '../core/errors.ts';

const purposes = { 'i2c-bus': 'I2C buses', onoff: 'GPIO lines', 'modbus-serial': 'Modbus buses' } as const;

export type HardwarePackage = keyof typeof purposes;

/** As `import()`; handed in by tests. */
export type ModuleImport = (name: string) => Promise<unknown>;

const importModule: ModuleImport = (name) => import(name);

/**
 * The package's exports, as CommonJS gives them.
 * @throws ColdslotError `failed` when it is not installed or its native part was not compiled
 */
export async function loadHardwareModule(name: HardwarePackage, load: ModuleImport = importModule): Promise<unknown> {
  try {
    const loaded = (await load(name)) as { readonly default?: unknown };
    return loaded.default ?? loaded;
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new ColdslotError(
      'failed',
      `package ${name}`,
      `cannot be loaded, and a real board needs it for its ${purposes[name]}: ${why}`,
      `install a C++ compiler, make and python3 (apt install g++ make python3), then run: npm rebuild ${name}, or npm ci`,
      { cause },
    );
  }
}
