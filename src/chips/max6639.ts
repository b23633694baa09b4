// MAX6639: two temperatures, two PWM outputs and tachometers. Maxim 19-3682, Table 1 "Temperature Data Format" and
// Table 3 "Register Map". Temperatures are 11 bits, 0 to 255.875 °C; reading the low byte holds the high byte. A
// tachometer count is of the clock that the fan's speed range selects; duties are in 120ths.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { ChannelInfo, FanChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { byteOutputs, refuseWatchdog, tachometerFaults, updateAll } from './byte-outputs.ts';
import { channelReader } from './channel-sensor.ts';

const REGISTER = {
  temperature: [0x00, 0x01],
  status: 0x02,
  global: 0x04,
  fraction: [0x05, 0x06],
  fanConfiguration: [0x10, 0x14],
  count: [0x20, 0x21],
  duty: [0x26, 0x27],
} as const;

const STANDBY = 0x80;
/** Fan configuration 1: the duty is ours, not the chip's speed control's. */
const PWM_MODE = 0x80;
const DIODE_FAULT = 0x01;
/** Status: fan 1 and fan 2 failed. */
const FAN_FAULTS = [0x02, 0x01];
const FULL_DUTY = 120;
const NO_PULSE_COUNT = 0xff;
/** rpm by bits 1:0 of fan configuration 1. */
const SPEED_RANGES: readonly number[] = [2000, 4000, 8000, 16_000];
const HIGHEST_C = 191;

export const MAX6639_CHANNELS: readonly ChannelInfo[] = [
  { channel: 'fan1', unit: 'rpm' },
  { channel: 'fan2', unit: 'rpm' },
  { channel: 'temp1', unit: 'C' },
  { channel: 'temp2', unit: 'C' },
];

/** rpm from a count: range · 30 / count; 0 when no pulse came, null for a count of 0. */
export function max6639Rpm(count: number, fanConfiguration: number): number | null {
  if (count === NO_PULSE_COUNT) return 0;
  return count === 0 ? null : ((SPEED_RANGES[fanConfiguration & 3] ?? 0) * 30) / count;
}

export function max6639Temperature(high: number, low: number): number {
  return high + (low >> 5) / 8;
}

export function openMax6639(bus: I2cBus, address: number): FanChip {
  const registers = new ChipRegisters('max6639', bus, address);

  const fan = async (index: number, nowMs: number): Promise<Reading> => {
    const register = REGISTER.count[index] ?? 0;
    const [configuration, count] = await Promise.all([
      registers.readByte(REGISTER.fanConfiguration[index] ?? 0),
      registers.readByte(register),
    ]);
    if (configuration.kind === 'failed') return readingOf(configuration, nowMs);
    if (count.kind === 'failed') return readingOf(count, nowMs);
    const rpm = max6639Rpm(count.value, configuration.value);
    if (rpm !== null) return good(rpm, nowMs);
    return readingOf(registers.failure('implausible', register, 'a tachometer count of 0'), nowMs);
  };

  const temperature = async (index: number, nowMs: number): Promise<Reading> => {
    const register = REGISTER.temperature[index] ?? 0;
    const fraction = REGISTER.fraction[index] ?? 0;
    const [low, high] = await Promise.all([registers.readByte(fraction), registers.readByte(register)]);
    if (low.kind === 'failed') return readingOf(low, nowMs);
    if (high.kind === 'failed') return readingOf(high, nowMs);
    if ((low.value & DIODE_FAULT) !== 0) {
      return readingOf(registers.failure('fault', fraction, 'the diode is open or shorted'), nowMs);
    }
    const valueC = max6639Temperature(high.value, low.value);
    if (valueC <= HIGHEST_C) return good(valueC, nowMs);
    return readingOf(registers.failure('implausible', register, `${valueC} °C cannot be`), nowMs);
  };

  /** Runs, both outputs take their duty from us. Duties and speed ranges stay as they are. */
  const configure = () =>
    updateAll(registers, [
      [REGISTER.fanConfiguration[0], 0, PWM_MODE],
      [REGISTER.fanConfiguration[1], 0, PWM_MODE],
      [REGISTER.global, STANDBY, 0],
    ]);

  return {
    kind: 'fan',
    ...channelReader({
      registers,
      channels: MAX6639_CHANNELS,
      configure,
      readIndex: (index, nowMs) => (index < 2 ? fan(index, nowMs) : temperature(index - 2, nowMs)),
    }),
    ...byteOutputs(registers, { duties: REGISTER.duty, full: FULL_DUTY }),
    armWatchdog: (timeoutS) => Promise.resolve(refuseWatchdog(registers, timeoutS)),
    readStatus: () => tachometerFaults(registers, REGISTER.status, FAN_FAULTS),
  };
}
