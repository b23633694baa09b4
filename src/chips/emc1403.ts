// EMC14xx: a local and one to three remote-diode temperatures of 11 bits. SMSC/Microchip EMC1403/EMC1404 and
// EMC1412/1413/1414 (DS20005274) Table 6.1 "Register Set in Hexadecimal Order", Table 6.3 "Temperature Data Format".
// Reading a high byte holds the low byte of the same conversion.
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { SensorChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import type { StatusOnce } from './channel-sensor.ts';
import { channelReader, diodeFault, temperatureChannels } from './channel-sensor.ts';

/** High and low byte of a value; limits of the local sensor and THERM limits have no low byte. */
export interface Emc1403Pair {
  readonly high: number;
  readonly low?: number;
}

export interface Emc1403Channel {
  readonly temperature: Required<Emc1403Pair>;
  readonly highLimit: Emc1403Pair;
  readonly lowLimit: Emc1403Pair;
  readonly therm: number;
}

/** Local, then the remote diodes. */
export const EMC1403_CHANNELS: readonly Emc1403Channel[] = [
  { temperature: { high: 0x00, low: 0x29 }, highLimit: { high: 0x05 }, lowLimit: { high: 0x06 }, therm: 0x20 },
  {
    temperature: { high: 0x01, low: 0x10 },
    highLimit: { high: 0x07, low: 0x13 },
    lowLimit: { high: 0x08, low: 0x14 },
    therm: 0x19,
  },
  {
    temperature: { high: 0x23, low: 0x24 },
    highLimit: { high: 0x15, low: 0x17 },
    lowLimit: { high: 0x16, low: 0x18 },
    therm: 0x1a,
  },
  {
    temperature: { high: 0x2a, low: 0x2b },
    highLimit: { high: 0x2c, low: 0x2e },
    lowLimit: { high: 0x2d, low: 0x2f },
    therm: 0x30,
  },
];

export const EMC1403_REGISTER = {
  configuration: 0x03,
  conversionRate: 0x04,
  /** EMC14x2: all events in one register. */
  status: 0x02,
  /** The others: one register for each kind of event; bit n = channel n. */
  diodeFault: 0x1b,
  thermHysteresis: 0x21,
  highStatus: 0x35,
  lowStatus: 0x36,
  thermStatus: 0x37,
};

/** RUN/STOP: converts only when asked to. */
export const EMC1403_STOP = 0x40;
/** Extended range, an offset of 64 °C in the data. */
export const EMC1403_RANGE = 0x04;

/** In the EMC14x2's status register: the remote diode is open. */
const EMC14X2_OPEN = 0x04;

/** Channels by chip. */
export const emc1403Variants: Readonly<Record<string, number>> = {
  emc1402: 2,
  emc1403: 3,
  emc1404: 4,
  emc1412: 2,
  emc1413: 3,
  emc1414: 4,
  emc1422: 2,
  emc1423: 3,
  emc1424: 4,
};

/** Temperature in °C in the standard range, 0 to 127.875 °C; colder reads 0. */
export function emc1403Temperature(high: number, low: number): number {
  return high + (low >> 5) / 8;
}

export function openEmc1403(name: string, channelCount: number, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  const isEmc14x2 = channelCount === 2;
  const statusRegister = isEmc14x2 ? EMC1403_REGISTER.status : EMC1403_REGISTER.diodeFault;

  const readIndex = async (index: number, nowMs: number, status: StatusOnce): Promise<Reading> => {
    const pair = EMC1403_CHANNELS[index]?.temperature ?? { high: 0, low: 0 };
    const [high, low] = await Promise.all([registers.readByte(pair.high), registers.readByte(pair.low)]);
    if (high.kind === 'failed') return readingOf(high, nowMs);
    if (low.kind === 'failed') return readingOf(low, nowMs);
    if (index > 0) {
      const fault = await diodeFault(registers, statusRegister, status, isEmc14x2 ? EMC14X2_OPEN : 1 << index);
      if (fault !== null) return readingOf(fault, nowMs);
    }
    if (high.value > 0x7f) {
      const what = `${high.value} °C cannot be in the standard range`;
      return readingOf(registers.failure('implausible', pair.high, what), nowMs);
    }
    return good(emc1403Temperature(high.value, low.value), nowMs);
  };

  const channels = temperatureChannels(channelCount);
  // The standard range is also the power-on state: a chip that was reset unnoticed is not read 64 °C off.
  const configure = () =>
    registers.update(EMC1403_REGISTER.configuration, (value) => value & ~(EMC1403_STOP | EMC1403_RANGE));
  return { kind: 'sensor', ...channelReader({ registers, channels, configure, statusRegister, readIndex }) };
}
