// W83773G (Nuvoton): a local temperature in whole degrees and two remote diodes of 11 bits. Registers as in Linux's w83773g
// driver.
import type { I2cBus } from '../core/ports.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { channelReader, temperatureChannels } from './channel-sensor.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';

/** By channel where it is a list: local, remote 1, remote 2. */
const REGISTER = {
  whole: [0x00, 0x01, 0x24],
  fraction: [null, 0x10, 0x25],
  status: [null, 0x02, 0x17],
  rate: 0x04,
} as const;

const OPEN = 0x04;
const CHANNELS = 3;
const LOWEST_C = -55;

/** Temperature in °C; the fraction is 0 where there is none. */
function temperature(whole: number, fraction: number): number {
  return signed(whole, 8) + (fraction >> 5) / 8;
}

export function openW83773g(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('w83773g', bus, address);
  const r = REGISTER;
  return {
    kind: 'sensor',
    ...channelReader({
      registers,
      channels: temperatureChannels(CHANNELS),
      // It converts all the time; nothing is to be set.
      configure: async () => {
        const answer = await registers.readByte(r.rate);
        return answer.kind === 'failed' ? answer : CHIP_OK;
      },
      readIndex: async (index, nowMs) => {
        const register = r.whole[index] ?? 0;
        const fractionRegister = r.fraction[index] ?? null;
        const statusRegister = r.status[index] ?? null;
        const whole = await registers.readByte(register);
        if (whole.kind === 'failed') return readingOf(whole, nowMs);
        let fraction = 0;
        if (fractionRegister !== null) {
          const answer = await registers.readByte(fractionRegister);
          if (answer.kind === 'failed') return readingOf(answer, nowMs);
          fraction = answer.value;
        }
        if (statusRegister !== null) {
          const status = await registers.readByte(statusRegister);
          if (status.kind === 'failed') return readingOf(status, nowMs);
          if ((status.value & OPEN) !== 0) {
            return readingOf(registers.failure('fault', statusRegister, 'the remote diode is open'), nowMs);
          }
        }
        const valueC = temperature(whole.value, fraction);
        if (valueC >= LOWEST_C) return good(valueC, nowMs);
        return readingOf(registers.failure('implausible', register, `${valueC} °C cannot be`), nowMs);
      },
    }),
  };
}
