// ADT7473, ADT7475, ADT7476 and ADT7490 (onsemi): three PWM outputs, four tachometers, three temperatures, two to seven
// voltages. Registers, formats and what pins are used for as in Linux's adt7475 driver (onsemi ADT7475/D and ADT7490/D).
// Reading an extended resolution register holds what it belongs to until that is read.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, FanChip } from './chip.ts';
import type { ByteAnswer } from './chip-registers.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { byteOutputs, refuseWatchdog, tachometerFaults, updateAll } from './byte-outputs.ts';
import type { StatusOnce } from './channel-sensor.ts';
import { channelReader } from './channel-sensor.ts';
import type { Adt7475Input } from './adt7475-inputs.ts';
import { adt7475Inputs, adt7475Volt } from './adt7475-inputs.ts';
import { ADT7475_REGISTER } from './adt7475-registers.ts';

const TWOS_COMPLEMENT = 0x01;
const PIN_FUNCTION = 0x03;
const MANUAL = 0xe0;
const START = 0x01;
const THERM = 0x02;
const FAN_ALARMS = [0x04, 0x08, 0x10, 0x20];
/** Of status 2; the second temperature is the chip's own. */
const DIODE_FAULTS: readonly number[] = [0x40, 0, 0x80];
const NO_PULSE_COUNT = 0xffff;
const FANS = 4;
const OUTPUTS = 3;
const TEMPERATURES = 3;

export interface Adt7475Variant {
  /** By Linux' numbers. */
  readonly inputs: readonly Adt7475Input[];
  /** It measures only when told to. */
  readonly started: boolean;
}

export const adt7475Variants: Readonly<Record<string, Adt7475Variant>> = {
  adt7473: { inputs: adt7475Inputs.adt7475, started: false },
  adt7475: { inputs: adt7475Inputs.adt7475, started: true },
  adt7476: { inputs: adt7475Inputs.adt7476, started: true },
  adt7490: { inputs: adt7475Inputs.adt7490, started: false },
};

export const ADT7475_PWMS = OUTPUTS;

export function adt7475Channels({ inputs }: Adt7475Variant): readonly ChannelInfo[] {
  const numbered = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
  return [
    ...numbered('fan', FANS).map((channel) => ({ channel, unit: 'rpm' }) as const),
    ...numbered('temp', TEMPERATURES).map((channel) => ({ channel, unit: 'C' }) as const),
    ...inputs.map(({ number }) => ({ channel: `in${number}`, unit: 'V' }) as const),
  ];
}

/** Temperature in °C of ten bits: two's complement, or from −64 °C up. */
export function adt7475Temperature(raw: number, configuration5: number): number {
  return ((configuration5 & TWOS_COMPLEMENT) === 0 ? raw - 256 : signed(raw, 10)) / 4;
}

/** rpm from a count: 90000 · 60 / count; 0 when no pulse came, null for a count of 0. */
export function adt7475Rpm(count: number): number | null {
  if (count === NO_PULSE_COUNT) return 0;
  return count === 0 ? null : (90_000 * 60) / count;
}

export function openAdt7475(name: string, variant: Adt7475Variant, bus: I2cBus, address: number): FanChip {
  const registers = new ChipRegisters(name, bus, address);
  const r = ADT7475_REGISTER;

  const fan = async (index: number, nowMs: number): Promise<Reading> => {
    if (index === FANS - 1) {
      const pin = await fourthTachometer(registers, name);
      if (pin !== null) return readingOf(pin, nowMs);
    }
    const register = r.count1 + 2 * index;
    // Low byte first: reading it holds the high byte.
    const low = await registers.readByte(register);
    if (low.kind === 'failed') return readingOf(low, nowMs);
    const high = await registers.readByte(register + 1);
    if (high.kind === 'failed') return readingOf(high, nowMs);
    const rpm = adt7475Rpm((high.value << 8) | low.value);
    if (rpm !== null) return good(rpm, nowMs);
    return readingOf(registers.failure('implausible', register, 'a tachometer count of 0'), nowMs);
  };

  const tenBits = async (extended: number, shift: number, register: number): Promise<ByteAnswer> => {
    const low = await registers.readByte(extended);
    if (low.kind === 'failed') return low;
    const high = await registers.readByte(register);
    return high.kind === 'failed' ? high : { kind: 'ok', value: (high.value << 2) | ((low.value >> shift) & 3) };
  };

  const temperature = async (index: number, nowMs: number, status: StatusOnce): Promise<Reading> => {
    const configuration = await registers.readByte(r.configuration5);
    if (configuration.kind === 'failed') return readingOf(configuration, nowMs);
    const answer = await tenBits(r.extended2, 2 + 2 * index, r.temperature1 + index);
    if (answer.kind === 'failed') return readingOf(answer, nowMs);
    const faults = await status();
    if (faults.kind === 'failed') return readingOf(faults, nowMs);
    if ((faults.value & (DIODE_FAULTS[index] ?? 0)) !== 0) {
      return readingOf(registers.failure('fault', r.status2, 'the remote diode is open or shorted'), nowMs);
    }
    return good(adt7475Temperature(answer.value, configuration.value), nowMs);
  };

  const voltage = async (input: Adt7475Input, nowMs: number): Promise<Reading> => {
    const absent = await input.pin(registers);
    if (absent !== null) return readingOf(absent, nowMs);
    const bypassed = await input.bypassed(registers);
    if (bypassed.kind === 'failed') return readingOf(bypassed, nowMs);
    const answer = await tenBits(input.extended, input.shift, input.register);
    return answer.kind === 'failed'
      ? readingOf(answer, nowMs)
      : good(adt7475Volt(answer.value, input, bypassed.value !== 0), nowMs);
  };

  const readIndex = (index: number, nowMs: number, status: StatusOnce): Promise<Reading> => {
    if (index < FANS) return fan(index, nowMs);
    if (index < FANS + TEMPERATURES) return temperature(index - FANS, nowMs, status);
    const input = variant.inputs[index - FANS - TEMPERATURES];
    return input === undefined
      ? Promise.resolve(readingOf(registers.refusal('no such input'), nowMs))
      : voltage(input, nowMs);
  };

  /** Every output takes its duty from us; it stays as it is. */
  const configure = () =>
    updateAll(registers, [
      ...Array.from({ length: OUTPUTS }, (_, index) => [r.pwmConfiguration1 + index, 0, MANUAL] as const),
      ...(variant.started ? [[r.configuration1, 0, START] as const] : []),
    ]);

  return {
    kind: 'fan',
    ...channelReader({
      registers,
      channels: adt7475Channels(variant),
      configure,
      statusRegister: r.status2,
      readIndex,
    }),
    ...byteOutputs(registers, { duties: [r.duty1, r.duty1 + 1, r.duty1 + 2], full: 0xff }),
    armWatchdog: (timeoutS) => Promise.resolve(refuseWatchdog(registers, timeoutS)),
    readStatus: () => tachometerFaults(registers, r.status2, FAN_ALARMS),
  };
}

/** The pin of the fourth tachometer may be used for something else; null when it is a tachometer. */
async function fourthTachometer(registers: ChipRegisters, name: string) {
  const r = ADT7475_REGISTER;
  const configuration4 = await registers.readByte(r.configuration4);
  if (configuration4.kind === 'failed') return configuration4;
  const pin = configuration4.value & PIN_FUNCTION;
  if (pin === 0) return null;
  if (name === 'adt7490' && pin === 1) {
    const configuration3 = await registers.readByte(r.configuration3);
    if (configuration3.kind === 'failed') return configuration3;
    if ((configuration3.value & THERM) === 0) return null;
  }
  return registers.failure('fault', r.configuration4, 'the pin of tachometer 4 is used for something else');
}
