// SB-TSI: the temperature that an AMD processor controls itself by, on its sideband bus: whole degrees, eighths in bits 7:5
// of a second register, and a configuration that tells in which order to read them. Registers as in Linux's sbtsi_temp
// driver (AMD's processor programming references, SB-TSI registers).
import type { I2cBus } from '../core/ports.ts';
import { good } from '../core/reading.ts';
import type { SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { channelReader, temperatureChannels } from './channel-sensor.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';

const REGISTER = { whole: 0x01, configuration: 0x03, fraction: 0x10 };

/** Reading the fraction holds the whole degrees; else the other way round. */
const FRACTION_FIRST = 0x20;
/** −49 to 206.875 °C instead of 0 to 255.875 °C. */
const EXTENDED_RANGE = 0x04;
const EXTENDED_OFFSET_C = 49;
const FRACTION_ZERO_BITS = 0x1f;

/** Temperature in °C of both its registers. */
export function sbtsiTemperature(whole: number, fraction: number, configuration: number): number {
  return whole + (fraction >> 5) / 8 - ((configuration & EXTENDED_RANGE) === 0 ? 0 : EXTENDED_OFFSET_C);
}

/** Read-only: the order of reading and the range are the processor's firmware's. */
export function openSbtsi(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('sbtsi', bus, address);
  const r = REGISTER;
  return {
    kind: 'sensor',
    ...channelReader({
      registers,
      channels: temperatureChannels(1),
      configure: async () => {
        const answer = await registers.readByte(r.configuration);
        return answer.kind === 'failed' ? answer : CHIP_OK;
      },
      statusRegister: r.configuration,
      readIndex: async (_, nowMs, status) => {
        const configuration = await status();
        if (configuration.kind === 'failed') return readingOf(configuration, nowMs);
        const order = (configuration.value & FRACTION_FIRST) === 0 ? [r.whole, r.fraction] : [r.fraction, r.whole];
        const values = new Map<number, number>();
        for (const register of order) {
          const answer = await registers.readByte(register);
          if (answer.kind === 'failed') return readingOf(answer, nowMs);
          values.set(register, answer.value);
        }
        const fraction = values.get(r.fraction) ?? 0;
        if ((fraction & FRACTION_ZERO_BITS) !== 0) {
          const what = `0x${fraction.toString(16)} has a bit that always reads 0`;
          return readingOf(registers.failure('implausible', r.fraction, what), nowMs);
        }
        return good(sbtsiTemperature(values.get(r.whole) ?? 0, fraction, configuration.value), nowMs);
      },
    }),
  };
}
