// SPD5118: the hub of a DDR5 module, its temperature sensor. JEDEC JESD300-5B, MR26 (sensor configuration), MR28 to MR35
// (limits), MR49/MR50 (temperature) and MR51 (status). Low byte first; bits 12:2 are quarters of a °C, bit 12 the sign.
import type { I2cBus } from '../core/ports.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { SensorChip } from './chip.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { channelReader, temperatureChannels } from './channel-sensor.ts';

export const SPD5118_REGISTER = {
  configuration: 0x1a,
  high: 0x1c,
  low: 0x1e,
  criticalHigh: 0x20,
  criticalLow: 0x22,
  temperature: 0x31,
  status: 0x33,
};
export const SPD5118_DISABLE = 0x01;
export const SPD5118_STATUS = { high: 0x01, low: 0x02, criticalHigh: 0x04, criticalLow: 0x08 };
const LOWEST_C = -64;
const HIGHEST_C = 191;

export function spd5118Temperature(low: number, high: number): number {
  return signed((((high << 8) | low) >> 2) & 0x7ff, 11) / 4;
}

export function openSpd5118(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('spd5118', bus, address);
  return {
    kind: 'sensor',
    ...channelReader({
      registers,
      channels: temperatureChannels(1),
      configure: () => registers.update(SPD5118_REGISTER.configuration, (value) => value & ~SPD5118_DISABLE),
      readIndex: async (_, nowMs) => {
        const answer = await registers.read(SPD5118_REGISTER.temperature, 2);
        if (answer.kind === 'failed') return readingOf(answer, nowMs);
        const valueC = spd5118Temperature(answer.data[0] ?? 0, answer.data[1] ?? 0);
        if (valueC >= LOWEST_C && valueC <= HIGHEST_C && answer.data[1] !== 0xff) return good(valueC, nowMs);
        const what = `${valueC} °C cannot be`;
        return readingOf(registers.failure('implausible', SPD5118_REGISTER.temperature, what), nowMs);
      },
    }),
  };
}
