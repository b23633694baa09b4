// NCT7802Y: three PWM outputs and tachometers, three inputs that are a diode, a thermistor or a voltage, a local
// temperature, supply and core voltage. Nuvoton NCT7802Y data sheet, section 7.2 "Register Details" (numbers below).
// High bytes hold their low byte, which several channels share: the two are read one after the other.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, ChipFailure, FanChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { byteOutputs, refuseWatchdog, tachometerFaults, updateAll } from './byte-outputs.ts';
import type { StatusOnce } from './channel-sensor.ts';
import { channelReader } from './channel-sensor.ts';

export const NCT7802_REGISTER = {
  bank: 0x00,
  temperature1: 0x01,
  temperatureLow: 0x05,
  peci1: 0x06,
  peciLow: 0x08,
  voltageLow: 0x0f,
  count1: 0x10,
  countLow: 0x13,
  diodeFault: 0x17,
  fanAlarm: 0x1a,
  start: 0x21,
  /** 7.2.32: two bits for each of the three inputs. */
  mode: 0x22,
  peciEnable: 0x23,
  fanEnable: 0x24,
  duty1: 0x60,
  smartFan12: 0x64,
  smartFan3: 0x65,
};

/** By channel in0 to in4; in2 to in4 are the inputs when they are voltages. */
export const NCT7802_VOLTAGES: readonly number[] = [0x09, 0x0a, 0x0c, 0x0d, 0x0e];
const MILLIVOLT_PER_BIT: readonly number[] = [4, 2, 2, 2, 2];
const NO_PULSE_COUNT = 0x1fff;
/** Counts a minute of the tachometer clock, at two pulses a revolution. */
const RPM_COUNTS = 1_350_000;
const FANS = [0, 1, 2];
/** Colder than the data sheet's range of −55 °C and more: an open or shorted input. */
const LOWEST_C = -64;

export type Nct7802Mode = 'off' | 'diode' | 'thermistor' | 'voltage';
const MODES: readonly Nct7802Mode[] = ['off', 'diode', 'thermistor', 'voltage'];

/** What input `index` (0 to 2) measures, from the mode register. */
export function nct7802Mode(mode: number, index: number): Nct7802Mode {
  return MODES[(mode >> (2 * index)) & 3] ?? 'off';
}

export function nct7802Temperature(high: number, low: number): number {
  return signed((high << 8) | (low & 0xe0), 16) / 256;
}

/** mV from the ten bits of a voltage or limit of channel in0 to in4. */
export function nct7802MilliVolt(raw: number, index: number): number {
  return raw * (MILLIVOLT_PER_BIT[index] ?? 2);
}

/** rpm from a 13-bit count; 0 when no pulse came, null for a count of 0. */
export function nct7802Rpm(count: number): number | null {
  if (count === NO_PULSE_COUNT) return 0;
  return count === 0 ? null : RPM_COUNTS / count;
}

export const NCT7802_CHANNELS: readonly ChannelInfo[] = [
  ...FANS.map((index) => ({ channel: `fan${index + 1}`, unit: 'rpm' }) as const),
  ...[1, 2, 3, 4].map((number) => ({ channel: `temp${number}`, unit: 'C' }) as const),
  ...NCT7802_VOLTAGES.map((_, index) => ({ channel: `in${index}`, unit: 'V' }) as const),
];

export function openNct7802(bus: I2cBus, address: number): FanChip {
  const registers = new ChipRegisters('nct7802', bus, address);
  const r = NCT7802_REGISTER;

  const pair = async (high: number, low: number) => {
    const [first, second] = await Promise.all([registers.readByte(high), registers.readByte(low)]);
    if (first.kind === 'failed') return first;
    return second.kind === 'failed' ? second : ({ kind: 'ok', high: first.value, low: second.value } as const);
  };

  const fan = async (index: number, nowMs: number): Promise<Reading> => {
    const enabled = await registers.readByte(r.fanEnable);
    if (enabled.kind === 'failed') return readingOf(enabled, nowMs);
    if ((enabled.value & (1 << index)) === 0) {
      return readingOf(registers.failure('fault', r.fanEnable, `tachometer ${index + 1} is switched off`), nowMs);
    }
    const answer = await pair(r.count1 + index, r.countLow);
    if (answer.kind === 'failed') return readingOf(answer, nowMs);
    const rpm = nct7802Rpm((answer.high << 5) | (answer.low >> 3));
    if (rpm !== null) return good(rpm, nowMs);
    return readingOf(registers.failure('implausible', r.count1 + index, 'a tachometer count of 0'), nowMs);
  };

  const temperature = async (index: number, nowMs: number, mode: StatusOnce): Promise<Reading> => {
    const wrong = index < 3 ? await modeFailure(registers, index, mode, ['diode', 'thermistor']) : null;
    if (wrong !== null) return readingOf(wrong, nowMs);
    if (index < 3) {
      const faults = await registers.readByte(r.diodeFault);
      if (faults.kind === 'failed') return readingOf(faults, nowMs);
      const open = (faults.value & (1 << index)) !== 0;
      if (open) return readingOf(registers.failure('fault', r.diodeFault, 'the input is open or shorted'), nowMs);
    }
    const register = r.temperature1 + index;
    const answer = await pair(register, index < 3 ? r.temperatureLow : register);
    if (answer.kind === 'failed') return readingOf(answer, nowMs);
    const valueC = nct7802Temperature(answer.high, index < 3 ? answer.low : 0);
    if (valueC >= LOWEST_C) return good(valueC, nowMs);
    return readingOf(registers.failure('implausible', register, `${valueC} °C cannot be`), nowMs);
  };

  const voltage = async (index: number, nowMs: number, mode: StatusOnce): Promise<Reading> => {
    const wrong = index >= 2 ? await modeFailure(registers, index - 2, mode, ['voltage']) : null;
    if (wrong !== null) return readingOf(wrong, nowMs);
    const answer = await pair(NCT7802_VOLTAGES[index] ?? 0, r.voltageLow);
    if (answer.kind === 'failed') return readingOf(answer, nowMs);
    return good(nct7802MilliVolt((answer.high << 2) | (answer.low >> 6), index) / 1000, nowMs);
  };

  const readIndex = (index: number, nowMs: number, mode: StatusOnce): Promise<Reading> => {
    if (index < FANS.length) return fan(index, nowMs);
    return index < 7 ? temperature(index - FANS.length, nowMs, mode) : voltage(index - 7, nowMs, mode);
  };

  /** Bank 0, monitoring runs, every output takes its duty from us. What the inputs measure stays as it is. */
  const configure = () =>
    updateAll(registers, [
      [r.bank, 0xff, 0],
      [r.smartFan12, 0x11, 0],
      [r.smartFan3, 0x01, 0],
      [r.start, 0, 0x01],
    ]);

  return {
    kind: 'fan',
    ...channelReader({ registers, channels: NCT7802_CHANNELS, configure, statusRegister: r.mode, readIndex }),
    ...byteOutputs(registers, { duties: FANS.map((index) => r.duty1 + index), full: 0xff }),
    armWatchdog: (timeoutS) => Promise.resolve(refuseWatchdog(registers, timeoutS)),
    readStatus: () => tachometerFaults(registers, r.fanAlarm, [0x01, 0x02, 0x04]),
  };
}

async function modeFailure(
  registers: ChipRegisters,
  index: number,
  mode: StatusOnce,
  wanted: readonly Nct7802Mode[],
): Promise<ChipFailure | null> {
  const answer = await mode();
  if (answer.kind === 'failed') return answer;
  const found = nct7802Mode(answer.value, index);
  if (wanted.includes(found)) return null;
  const what = `input ${index + 1} is set to ${found}, not to ${wanted.join(' or ')}`;
  return registers.failure('fault', NCT7802_REGISTER.mode, what);
}
