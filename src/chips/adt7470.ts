// ADT7470: four PWM outputs and four tachometers. onsemi ADT7470/D, Tables "Fan Tach Readings", "Current PWM Duty
// Cycle", "Configuration Register 1" and "PWMx/PWMy Configuration". A tachometer count is of 90 kHz cycles a revolution,
// low byte first: reading it holds the high byte. Its temperatures are those of a chain of TMP05 that the host has to
// start and stop for each conversion, which leaves the PWM outputs alone for seconds: they are decoded, not driven.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { ChannelInfo, FanChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { byteOutputs, refuseWatchdog, tachometerFaults, updateAll } from './byte-outputs.ts';
import { channelReader } from './channel-sensor.ts';

/** `…1`: of the first; the others follow, counts and limits at two bytes. */
export const ADT7470_REGISTER = {
  temperature1: 0x20,
  count1: 0x2a,
  duty1: 0x32,
  dutyMax1: 0x38,
  configuration1: 0x40,
  alarms1: 0x41,
  alarms2: 0x42,
  temperatureLow1: 0x44,
  temperatureHigh1: 0x45,
  countMin1: 0x58,
  countMax1: 0x60,
  /** Of outputs 1 and 2; those of 3 and 4 follow. */
  pwmConfiguration12: 0x68,
  dutyMin1: 0x6a,
  temperatureMin1: 0x6e,
  alarmMask: 0x72,
  configuration2: 0x74,
  /** Sensor of outputs 1 (high half) and 2; of 3 and 4 follows. */
  sensors12: 0x7c,
};

export const ADT7470_FANS = 4;
export const ADT7470_FULL_SPEED = 0x04;
const START = 0x01;
/** PWM configuration: automatic control of the odd and of the even output. */
export const ADT7470_AUTOMATIC = [0x80, 0x40] as const;
export const ADT7470_FAN_ALARMS: readonly number[] = [0x10, 0x20, 0x40, 0x80];
const NO_PULSE_COUNT = 0xffff;

export const ADT7470_CHANNELS: readonly ChannelInfo[] = Array.from({ length: ADT7470_FANS }, (_, index) => ({
  channel: `fan${index + 1}`,
  unit: 'rpm',
}));

/** rpm from a count: 90000 · 60 / count; 0 when no pulse came, null for a count of 0. */
export function adt7470Rpm(count: number): number | null {
  if (count === NO_PULSE_COUNT) return 0;
  return count === 0 ? null : (90_000 * 60) / count;
}

export function openAdt7470(bus: I2cBus, address: number): FanChip {
  const registers = new ChipRegisters('adt7470', bus, address);

  const readIndex = async (index: number, nowMs: number): Promise<Reading> => {
    const register = ADT7470_REGISTER.count1 + 2 * index;
    const [low, high] = await Promise.all([registers.readByte(register), registers.readByte(register + 1)]);
    if (low.kind === 'failed') return readingOf(low, nowMs);
    if (high.kind === 'failed') return readingOf(high, nowMs);
    const rpm = adt7470Rpm((high.value << 8) | low.value);
    if (rpm !== null) return good(rpm, nowMs);
    return readingOf(registers.failure('implausible', register, 'a tachometer count of 0'), nowMs);
  };

  /** Monitoring runs, every output takes its duty from us. Duties stay as they are. */
  const configure = () =>
    updateAll(registers, [
      [ADT7470_REGISTER.pwmConfiguration12, 0xc0, 0],
      [ADT7470_REGISTER.pwmConfiguration12 + 1, 0xc0, 0],
      [ADT7470_REGISTER.configuration1, ADT7470_FULL_SPEED, START],
    ]);

  const duties = ADT7470_CHANNELS.map((_, index) => ADT7470_REGISTER.duty1 + index);
  return {
    kind: 'fan',
    ...channelReader({ registers, channels: ADT7470_CHANNELS, configure, readIndex }),
    ...byteOutputs(registers, { duties, full: 0xff }),
    armWatchdog: (timeoutS) => Promise.resolve(refuseWatchdog(registers, timeoutS)),
    readStatus: () => tachometerFaults(registers, ADT7470_REGISTER.alarms2, ADT7470_FAN_ALARMS),
  };
}
