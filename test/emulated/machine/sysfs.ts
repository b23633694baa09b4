// Linux' sysfs as seen inside the VM: the stub adapter, binding a chip to its kernel driver, and its attributes.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ATTEMPTS = 20;
const ATTEMPT_MS = 50;

const DEVICES = '/sys/bus/i2c/devices';

/** A whole number where it is one; else the text, or the error's code where it could not be read. */
export type KernelValue = number | string;

/** Linux' number of the adapter that i2c-stub provides. */
export function stubBusNumber(): number {
  for (const name of readdirSync(DEVICES)) {
    if (!name.startsWith('i2c-')) continue;
    if (readFileSync(join(DEVICES, name, 'name'), 'utf8').startsWith('SMBus stub')) return Number(name.slice(4));
  }
  throw new Error('no adapter of i2c-stub');
}

/** The attributes of the chip's hwmon device while the kernel's driver has it; runs `whileBound` before letting go. */
export function kernelAttributes(
  busNumber: number,
  address: number,
  kernelName: string,
  whileBound: () => void = () => {},
): Record<string, KernelValue> {
  const bus = join(DEVICES, `i2c-${busNumber}`);
  const hex = address.toString(16).padStart(4, '0');
  writeFileSync(join(bus, 'new_device'), `${kernelName} 0x${hex}`);
  try {
    const folder = join(DEVICES, `${busNumber}-${hex}`, 'hwmon');
    const hwmon = existsSync(folder) ? readdirSync(folder)[0] : undefined;
    if (hwmon === undefined) throw new Error(`the kernel's driver does not take ${kernelName} with these registers`);
    const attributes = readAttributes(join(folder, hwmon));
    whileBound();
    return attributes;
  } finally {
    writeFileSync(join(bus, 'delete_device'), `0x${hex}`);
  }
}

function readAttributes(folder: string): Record<string, KernelValue> {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map(({ name }) => name).filter((name) => name !== 'name' && name !== 'uevent');
  return Object.fromEntries(names.toSorted().map((name) => [name, readValue(join(folder, name))]));
}

/** Waits for a chip's first conversion, which a driver answers with EAGAIN until it has had the time. */
function readValue(file: string): KernelValue {
  for (let attempt = 1; ; attempt++) {
    const value = readOnce(file);
    if (value !== 'EAGAIN' || attempt === ATTEMPTS) return value;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ATTEMPT_MS);
  }
}

function readOnce(file: string): KernelValue {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^-?\d+$/.test(text) ? Number(text) : text;
  } catch (error) {
    return String((error as { readonly code?: unknown }).code);
  }
}
