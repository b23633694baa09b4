// Fan controllers and sensors that a kernel driver owns, through their hwmon files (Documentation/hwmon/
// sysfs-interface.rst): pwmN 0..255, fanN_input in rpm, tempN_input in thousandths of a °C.
import { readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { clamp } from '../core/units.ts';
import { good, none, type NoReason, type Reading } from '../core/reading.ts';

export const FULL_PWM = 255;

/** What a board may use of a fan controller the kernel drives, whether by files or in the simulator. Channels from 1. */
export interface HwmonFans {
  readonly id: string;
  setPwm(channel: number, ratio: number): Promise<'ok' | { readonly error: string }>;
  /** The ratio that is set, as the driver has it. */
  pwmRatio(channel: number): Promise<Reading>;
  /** Speed in rpm. */
  fanRpm(channel: number): Promise<Reading>;
}

export interface HwmonDevice extends HwmonFans {
  /** Temperature in °C. */
  temperatureC(channel: number): Promise<Reading>;
}

export interface HwmonPlace {
  /** Text of the `name` file. */
  readonly name: string;
  /** The kernel's name of the device behind it, where several have that name. */
  readonly device?: string | undefined;
}

const reasons: Readonly<Record<string, NoReason>> = {
  ENOENT: 'absent',
  ENODEV: 'absent',
  ENXIO: 'absent',
  ETIMEDOUT: 'timeout',
};

/**
 * Looks for the device when it is used, and again when its files went away: hwmon numbers change when a driver is
 * bound again.
 * @param root normally `/sys/class/hwmon`
 */
export function openHwmon(id: string, root: string, place: HwmonPlace, nowMs: () => number): HwmonDevice {
  let folder: string | null = null;
  const use = <T>(action: (folder: string) => T): T => {
    try {
      folder ??= findHwmon(root, place);
      return action(folder);
    } catch (error) {
      folder = null;
      throw error;
    }
  };
  const read = (attribute: string, scale: number): Promise<Reading> => {
    try {
      const text = use((at) => readFileSync(join(at, attribute), 'utf8')).trim();
      const value = /^-?\d+$/.test(text) ? Number(text) * scale : Number.NaN;
      return Promise.resolve(good(value, nowMs()));
    } catch (error) {
      return Promise.resolve(none(reasonOf(error), nowMs(), `${id} ${attribute}: ${textOf(error)}`));
    }
  };
  return {
    id,
    setPwm: (channel, ratio) => {
      try {
        use((at) => setPwmFile(at, channel, ratio));
        return Promise.resolve('ok');
      } catch (error) {
        return Promise.resolve({ error: `${id} pwm${channel}: ${textOf(error)}` });
      }
    },
    pwmRatio: (channel) => read(`pwm${channel}`, 1 / FULL_PWM),
    fanRpm: (channel) => read(`fan${channel}_input`, 1),
    temperatureC: (channel) => read(`temp${channel}_input`, 1 / 1000),
  };
}

/** The folder of the device. @throws Error naming what is there */
export function findHwmon(root: string, place: HwmonPlace): string {
  const folders = readdirSync(root).map((entry) => join(root, entry));
  const found = folders.filter((folder) => nameOf(folder) === place.name && isDevice(folder, place.device));
  const [first, second] = found;
  const wanted = place.device === undefined ? place.name : `${place.name} of ${place.device}`;
  if (first === undefined) {
    const names = folders.map((folder) => nameOf(folder) ?? '?').join(', ');
    throw Object.assign(new Error(`no hwmon device ${wanted}; there are ${names === '' ? 'none' : names}`), {
      code: 'ENOENT',
    });
  }
  if (second === undefined) return first;
  throw new Error(`${found.length} hwmon devices are ${wanted}; name the kernel's device in the board`);
}

/** Takes the output under control by hand, then sets it. */
export function setPwmFile(folder: string, channel: number, ratio: number): void {
  takeControl(folder, channel);
  writeFileSync(join(folder, `pwm${channel}`), String(Math.round(clamp(ratio, 0, 1) * FULL_PWM)));
}

/** `pwmN_enable` 1 = by hand; drivers without the file are always. */
function takeControl(folder: string, channel: number): void {
  const file = join(folder, `pwm${channel}_enable`);
  let mode: string;
  try {
    mode = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (mode !== '1') writeFileSync(file, '1');
}

function nameOf(folder: string): string | null {
  try {
    return readFileSync(join(folder, 'name'), 'utf8').trim();
  } catch {
    return null;
  }
}

function isDevice(folder: string, device: string | undefined): boolean {
  if (device === undefined) return true;
  try {
    return basename(realpathSync(join(folder, 'device'))) === device;
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): NoReason {
  return reasons[codeOf(error)] ?? 'fault';
}

/** The system's code of an error, or ''. */
export function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown }).code;
  return typeof code === 'string' ? code : '';
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
