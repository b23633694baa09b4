// An I2C device as Linux shows it in sysfs: the driver that is bound to it, and its hwmon folder
// (Documentation/i2c/i2c-sysfs.rst, Documentation/hwmon/sysfs-interface.rst).
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/** `12-004c`: bus number, then the address in four hex digits. */
export function kernelDeviceName(busNumber: number, address: number): string {
  return `${busNumber}-${address.toString(16).padStart(4, '0')}`;
}

/** Name of the driver bound to the device's folder; null: none, or Linux knows no such device. */
export function boundDriver(folder: string): string | null {
  try {
    return basename(readlinkSync(join(folder, 'driver')));
  } catch {
    return null;
  }
}

/**
 * The hwmon folder of the device whose folder this is.
 * @throws Error that says what the kernel lacks
 */
export function hwmonFolderOf(folder: string): string {
  const root = join(folder, 'hwmon');
  const [first] = existsSync(root) ? readdirSync(root).toSorted() : [];
  if (first !== undefined) return join(root, first);
  throw new Error(whatIsMissing(folder, 'shows no hwmon values'));
}

/** Why the kernel does not serve the device: it is unknown, it has no driver, or one that does not do `what`. */
export function whatIsMissing(folder: string, what: string): string {
  const name = basename(folder);
  if (!existsSync(folder)) return `Linux knows no device ${name}; name it in the device tree or with new_device`;
  const driver = boundDriver(folder);
  return driver === null ? `no kernel driver is bound to ${name}` : `the kernel driver ${driver} of ${name} ${what}`;
}
