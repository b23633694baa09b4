// A GpioLine over onoff (GPIO sysfs). A line keeps the direction it has until it is written: looking at a power-enable
// output must not turn it into an input.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GpioLine } from '../core/ports.ts';
import { good, none } from '../core/reading.ts';

type Level = 0 | 1;
type Direction = 'in' | 'out' | 'high' | 'low';

/** As much of onoff's Gpio as we use. */
export interface OnoffGpio {
  readSync(): Level;
  writeSync(level: Level): void;
  setDirection(direction: Direction): void;
  watch(callback: (error: Error | null | undefined, level: Level) => void): void;
  unwatchAll(): void;
}

export interface OnoffModule {
  readonly Gpio: new (
    gpio: number,
    direction: Direction,
    edge: 'none' | 'both',
    options: { readonly reconfigureDirection: boolean },
  ) => OnoffGpio;
}

export interface HardwareLineOptions {
  readonly module: OnoffModule;
  /** Normally `/sys/class/gpio`. */
  readonly gpioRoot: string;
  readonly nowMs: () => number;
  /** Others drive the wire as well: level 1 lets go of it instead of driving it, and its edges are nobody's business. */
  readonly openDrain?: boolean;
}

export interface HardwareLine extends GpioLine {
  close(): void;
}

/**
 * Opens nothing yet; a line that cannot be opened reads as a fault and is tried again the next time.
 * @param gpio Linux' global number of the line; may throw while its controller is not there
 */
export function openHardwareLine(id: string, gpio: () => number, options: HardwareLineOptions): HardwareLine {
  const listeners = new Set<(level: Level) => void>();
  const quiet = options.openDrain === true;
  let opened: { readonly gpio: OnoffGpio; output: boolean } | null = null;
  const open = () => {
    if (opened !== null) return opened;
    const number = gpio();
    const output = directionOf(options.gpioRoot, number) === 'out';
    const line = new options.module.Gpio(number, output ? 'out' : 'in', output || quiet ? 'none' : 'both', {
      reconfigureDirection: false,
    });
    opened = { gpio: line, output };
    if (!output && !quiet) line.watch((error, level) => report(error, level));
    return opened;
  };
  const report = (error: Error | null | undefined, level: Level) => {
    if (error === null || error === undefined) for (const listener of listeners) listener(level);
  };
  return {
    id,
    read: () => {
      try {
        return Promise.resolve(good(open().gpio.readSync(), options.nowMs()));
      } catch (error) {
        return Promise.resolve(none('fault', options.nowMs(), `${id}: ${textOf(error)}`));
      }
    },
    write: (level) => {
      try {
        const line = open();
        if (quiet) {
          line.gpio.setDirection(level === 1 ? 'in' : 'low');
          return Promise.resolve('ok');
        }
        if (line.output) line.gpio.writeSync(level);
        else line.gpio.setDirection(level === 1 ? 'high' : 'low'); // becomes an output at this level, without a glitch
        line.output = true;
        return Promise.resolve('ok');
      } catch (error) {
        return Promise.resolve({ error: `${id}: ${textOf(error)}` });
      }
    },
    watch: (listener) => {
      listeners.add(listener);
      try {
        open();
      } catch {
        // read() says what is wrong with it; the next read or write opens it and edges come from then on
      }
      return () => void listeners.delete(listener);
    },
    close: () => {
      opened?.gpio.unwatchAll(); // stays exported: an output keeps its level
      opened = null;
    },
  };
}

/** The direction the line has now; exporting it does not change it. */
function directionOf(gpioRoot: string, number: number): string {
  const folder = join(gpioRoot, `gpio${number}`);
  if (!existsSync(folder)) writeFileSync(join(gpioRoot, 'export'), String(number));
  return readFileSync(join(folder, 'direction'), 'utf8').trim();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
