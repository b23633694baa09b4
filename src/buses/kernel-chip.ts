// A chip on an I2C bus that a kernel driver owns: its hwmon files, and for an EEPROM the `eeprom` file, in place of its
// registers (Documentation/hwmon/sysfs-interface.rst): thousandths of °C, V and A, millionths of W, rpm, pwm 0..255.
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { good, none, type NoReason, type Reading } from '../core/reading.ts';
import { FULL_PWM, codeOf, setPwmFile, textOf } from './hwmon.ts';
import { hwmonFolderOf, whatIsMissing } from './kernel-device.ts';

export type KernelBytes =
  | { readonly kind: 'ok'; readonly data: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: NoReason; readonly detail: string };

export interface KernelChip {
  /** The board's name of the device. */
  readonly id: string;
  /** A channel by its hwmon name (temp1, in1, curr1, power1, fan1), in °C, V, A, W or rpm. */
  read(channel: string): Promise<Reading>;
  /** Whether the driver says that the channel's input is at fault; no if it does not tell. */
  faulty(channel: string): Promise<boolean>;
  setPwm(output: number, ratio: number): Promise<'ok' | { readonly error: string }>;
  /** The ratio that is set, as the driver has it. */
  pwmRatio(output: number): Promise<Reading>;
  /** Tells the driver the shunt it shall reckon with, where it can be told. */
  setShunt(microOhm: number): Promise<'ok' | { readonly error: string }>;
  /** Bytes of an EEPROM. */
  readBytes(offset: number, length: number): Promise<KernelBytes>;
}

/** Contents of a sysfs file; throws an Error with the system's `code`. */
export type ReadText = (file: string) => string;

interface Files {
  readonly folder: string;
  readonly names: ReadonlySet<string>;
}

/** Whatever else fails is a fault: only a presence line may call a chip absent. */
const REASONS: Readonly<Record<string, NoReason>> = { ETIMEDOUT: 'timeout', EAGAIN: 'timeout' };

const UNITS_PER_BASE: Readonly<Record<string, number>> = { temp: 1000, in: 1000, curr: 1000, power: 1e6, fan: 1 };

const MEANINGS: Readonly<Record<string, string>> = {
  ENODATA: 'the driver has no value',
  EAGAIN: 'the chip has no value yet',
  ENXIO: 'the chip does not answer',
  EREMOTEIO: 'the chip does not answer',
  ENODEV: 'the driver has lost the chip',
  EIO: 'the transfer failed',
};

/**
 * Looks for the files when they are used, and again after they failed: hwmon numbers change when a driver is bound again.
 * @param deviceFolder normally `/sys/bus/i2c/devices/N-00AA`; may throw while the bus is not there
 */
export function openKernelChip(
  id: string,
  deviceFolder: () => string,
  nowMs: () => number,
  readText: ReadText = (file) => readFileSync(file, 'utf8'),
): KernelChip {
  let files: Files | null = null;
  const use = <T>(action: (files: Files) => T): T => {
    try {
      files ??= filesOf(hwmonFolderOf(deviceFolder()));
      return action(files);
    } catch (error) {
      files = null;
      throw error;
    }
  };
  const number = (file: string): number => use(({ folder }) => numberIn(readText(join(folder, file))));
  const isFaulty = (channel: string): boolean =>
    use(({ names }) => names.has(`${channel}_fault`)) && number(`${channel}_fault`) !== 0;
  const failed = (what: string, error: unknown) => `${id} ${what}: ${wordsOf(error)}`;
  const reading = (what: string, take: () => number): Reading => {
    try {
      return good(take(), nowMs());
    } catch (error) {
      return none(REASONS[codeOf(error)] ?? 'fault', nowMs(), failed(what, error));
    }
  };
  const attempt = (what: string, action: () => void): Promise<'ok' | { readonly error: string }> => {
    try {
      action();
      return Promise.resolve('ok');
    } catch (error) {
      return Promise.resolve({ error: failed(what, error) });
    }
  };
  return {
    id,
    read: (channel) => {
      const file = `${channel}_input`;
      const result = reading(file, () => number(file) / (UNITS_PER_BASE[channel.replace(/\d+$/, '')] ?? Number.NaN));
      // a fan's speed says more than its mark does; any other input at fault means nothing
      if (result.kind === 'none' || channel.startsWith('fan')) return Promise.resolve(result);
      const fault = reading(`${channel}_fault`, () => (isFaulty(channel) ? 1 : 0)); // after the value, so that it covers it
      if (fault.kind === 'none') return Promise.resolve(fault);
      const detail = `${id} ${channel}_fault: the driver says that the input is at fault`;
      return Promise.resolve(fault.value === 0 ? result : none('fault', nowMs(), detail));
    },
    faulty: (channel) => {
      try {
        return Promise.resolve(isFaulty(channel));
      } catch {
        return Promise.resolve(false); // its reading says what is wrong
      }
    },
    setPwm: (output, ratio) => attempt(`pwm${output}`, () => use(({ folder }) => setPwmFile(folder, output, ratio))),
    pwmRatio: (output) => Promise.resolve(reading(`pwm${output}`, () => number(`pwm${output}`) / FULL_PWM)),
    setShunt: (microOhm) =>
      attempt('shunt_resistor', () =>
        use(({ folder, names }) => {
          const file = join(folder, 'shunt_resistor');
          const wanted = Math.round(microOhm);
          if (names.has('shunt_resistor') && numberIn(readText(file)) !== wanted) writeFileSync(file, String(wanted));
        }),
      ),
    readBytes: (offset, length) => {
      try {
        return Promise.resolve({ kind: 'ok', data: bytesOf(deviceFolder(), offset, length) });
      } catch (error) {
        const reason = REASONS[codeOf(error)] ?? 'fault';
        return Promise.resolve({ kind: 'failed', reason, detail: failed('eeprom', error) });
      }
    },
  };
}

function filesOf(folder: string): Files {
  return { folder, names: new Set(readdirSync(folder)) };
}

/** NaN, which no reading takes, when the file holds no number. */
function numberIn(contents: string): number {
  const text = contents.trim();
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}

function bytesOf(deviceFolder: string, offset: number, length: number): Uint8Array {
  const data = new Uint8Array(length);
  const file = openEeprom(deviceFolder);
  try {
    const count = readSync(file, data, 0, length, offset);
    if (count !== length) throw new Error(`${count} of ${length} bytes from ${offset} came back`);
    return data;
  } finally {
    closeSync(file);
  }
}

function openEeprom(deviceFolder: string): number {
  try {
    return openSync(join(deviceFolder, 'eeprom'), 'r');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new Error(whatIsMissing(deviceFolder, 'has no eeprom file'), { cause: error });
  }
}

function wordsOf(error: unknown): string {
  const meaning = MEANINGS[codeOf(error)];
  return meaning === undefined ? textOf(error) : `${meaning} (${textOf(error)})`;
}
