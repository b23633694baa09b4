// EMC2301/2302/2303/2305: one to five PWM outputs, each with its tachometer. Microchip DS20006532 (EMC2301/2/3/5), Table
// 6-1 "Register Set", equations 4-2 and 4-3 (tachometer count to rpm). A count is of 32.768 kHz cycles over five edges,
// 13 bits left-aligned, most significant byte first; the range of the configuration multiplies what it stands for.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { ChannelInfo, FanChip, FanStatusAnswer } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { byteOutputs, updateAll } from './byte-outputs.ts';
import { channelReader } from './channel-sensor.ts';

/** `…1`: of the first fan; the others follow at 10h. */
export const EMC2305_REGISTER = {
  stallStatus: 0x25,
  driveFailStatus: 0x27,
  drive1: 0x30,
  configuration1: 0x32,
  count1: 0x3e,
};
export const EMC2305_FAN_STEP = 0x10;
/** Configuration 1: the chip itself holds a target speed. */
const SPEED_CONTROL = 0x80;
/** Two poles, five edges: 4 / 2 · 32768 Hz · 60 s. */
const RPM_FACTOR = 3_932_160;
/** What the longest count stands for, at multiplier 1: slower is not told from standing still. */
const SLOWEST_RPM = 480;

/** Outputs and tachometers by chip. */
export const emc2305Variants: Readonly<Record<string, number>> = { emc2301: 1, emc2302: 2, emc2303: 3, emc2305: 5 };

export function emc2305Channels(count: number): readonly ChannelInfo[] {
  return Array.from({ length: count }, (_, index) => ({ channel: `fan${index + 1}`, unit: 'rpm' }));
}

/** What the range of the configuration (bits 6:5) multiplies speeds by. */
export function emc2305Multiplier(configuration: number): number {
  return 2 ** ((configuration >> 5) & 3);
}

/** Whole rpm at multiplier 1 from a count register; 0 below what it can count, null for a count of 0. */
export function emc2305Rpm(register: number): number | null {
  const count = register >> 3;
  if (count === 0) return null;
  const rpm = Math.floor(RPM_FACTOR / count);
  return rpm <= SLOWEST_RPM ? 0 : rpm;
}

export function openEmc2305(name: string, count: number, bus: I2cBus, address: number): FanChip {
  const registers = new ChipRegisters(name, bus, address);
  const channels = emc2305Channels(count);
  const of = (register: number, index: number) => register + EMC2305_FAN_STEP * index;

  const readIndex = async (index: number, nowMs: number): Promise<Reading> => {
    const [configuration, counted] = await Promise.all([
      registers.readByte(of(EMC2305_REGISTER.configuration1, index)),
      registers.readWord(of(EMC2305_REGISTER.count1, index)),
    ]);
    if (configuration.kind === 'failed') return readingOf(configuration, nowMs);
    if (counted.kind === 'failed') return readingOf(counted, nowMs);
    const rpm = emc2305Rpm(counted.value);
    if (rpm !== null) return good(rpm * emc2305Multiplier(configuration.value), nowMs);
    const where = of(EMC2305_REGISTER.count1, index);
    return readingOf(registers.failure('implausible', where, 'a tachometer count of 0'), nowMs);
  };

  /** Every output takes its duty from us. Duties, ranges, spin-up and ramps stay as they are. */
  const configure = () =>
    updateAll(
      registers,
      channels.map((_, index) => [of(EMC2305_REGISTER.configuration1, index), SPEED_CONTROL, 0] as const),
    );

  const duties = channels.map((_, index) => of(EMC2305_REGISTER.drive1, index));
  return {
    kind: 'fan',
    ...channelReader({ registers, channels, configure, readIndex }),
    ...byteOutputs(registers, { duties, full: 0xff }),
    armWatchdog: async (timeoutS) =>
      timeoutS === 0 ? CHIP_OK : registers.refusal(`its watchdog has a fixed 4 s, it cannot have ${timeoutS} s`),
    readStatus: () => readStatus(registers, count),
  };
}

/** A fan is faulty that stalled or does not reach its speed at full drive. */
async function readStatus(registers: ChipRegisters, count: number): Promise<FanStatusAnswer> {
  const [stalled, failed] = await Promise.all([
    registers.readByte(EMC2305_REGISTER.stallStatus),
    registers.readByte(EMC2305_REGISTER.driveFailStatus),
  ]);
  if (stalled.kind === 'failed') return stalled;
  if (failed.kind === 'failed') return failed;
  const bits = stalled.value | failed.value;
  return {
    kind: 'ok',
    standby: false,
    watchdogExpired: false,
    watchdogTimeoutS: 0,
    faultyTachometers: Array.from({ length: count }, (_, index) => index + 1).filter((fan) => (bits >> (fan - 1)) & 1),
  };
}
