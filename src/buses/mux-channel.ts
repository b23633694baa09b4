// Which Linux bus a mux's channel is: the kernel's mux driver makes one for each and links to it in sysfs
// (Documentation/i2c/i2c-sysfs.rst).
import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * @param sysfs normally `/sys/bus/i2c/devices`
 * @throws Error when the mux's driver is not bound
 */
export function channelBusNumber(sysfs: string, parentBus: number, address: number, channel: number): number {
  const device = `${parentBus}-${address.toString(16).padStart(4, '0')}`;
  const link = join(sysfs, device, `channel-${channel}`);
  let target: string;
  try {
    target = readlinkSync(link);
  } catch (cause) {
    throw new Error(`${link} is not there; bind the mux's driver (new_device) or give "number" in the board`, {
      cause,
    });
  }
  const number = /^i2c-(\d+)$/.exec(basename(target))?.[1];
  if (number === undefined) throw new Error(`${link} points to ${target}, not to an I2C bus`);
  return Number(number);
}
