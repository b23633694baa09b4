// /dev/watchdog: the machine is reset when it is not fed (Linux Documentation/watchdog/watchdog-api). Opened at the
// start and never disarmed: a guardian that has ended is one that does not cool.
import { closeSync, openSync, writeSync } from 'node:fs';

export interface Feeder {
  /** After every healthy tick. */
  feed(): void;
}

/** The file is opened at once, which starts the watchdog's time. @throws the error of open(2) */
export function openLinuxWatchdog(path: string): Feeder & { close(): void } {
  const file = openSync(path, 'w');
  return {
    feed: () => void writeSync(file, '.'), // any byte but V, which would disarm it
    close: () => closeSync(file),
  };
}
