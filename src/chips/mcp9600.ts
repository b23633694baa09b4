// MCP9600 thermocouple converter (Microchip): hot and cold junction, 1/16 °C a bit. DS20005426, sections
// "Thermocouple Temperature Register", "Cold-Junction/Ambient Temperature Register", "STATUS Register" and "Device
// Configuration Register". It stretches the clock while it answers. The type of the thermocouple stays as the board's firmware has set it.
import type { I2cBus } from '../core/ports.ts';
import { good } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { SensorChip } from './chip.ts';
import { channelReader, temperatureChannels } from './channel-sensor.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';

const HOT_JUNCTION = 0x00;
const COLD_JUNCTION = 0x02;
const STATUS = 0x04;
const DEVICE_CONFIGURATION = 0x06;

/** The voltage is none that a thermocouple of the type gives: broken or missing. */
const OUT_OF_RANGE = 0x10;
/** Shutdown or burst; 0 converts continuously. */
const MODE = 0x03;

interface Junction {
  readonly register: number;
  readonly lowestC: number;
  readonly highestC: number;
}

/** Hot over all types of thermocouple; cold as the part is specified for. */
const JUNCTIONS: readonly Junction[] = [
  { register: HOT_JUNCTION, lowestC: -200, highestC: 1800 },
  { register: COLD_JUNCTION, lowestC: -40, highestC: 125 },
];

/** temp1 is the hot junction, temp2 the cold one, the part itself. */
export function openMcp9600(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('mcp9600', bus, address);
  return {
    kind: 'sensor',
    ...channelReader({
      registers,
      channels: temperatureChannels(JUNCTIONS.length),
      configure: () => registers.update(DEVICE_CONFIGURATION, (value) => value & ~MODE),
      statusRegister: STATUS,
      readIndex: async (index, nowMs, status) => {
        const { register, lowestC, highestC } = JUNCTIONS[index] ?? { register: 0, lowestC: 0, highestC: 0 };
        const answer = await registers.readWord(register);
        if (answer.kind === 'failed') return readingOf(answer, nowMs);
        if (register === HOT_JUNCTION) {
          const state = await status();
          if (state.kind === 'failed') return readingOf(state, nowMs);
          if ((state.value & OUT_OF_RANGE) !== 0) {
            return readingOf(registers.failure('fault', STATUS, 'the thermocouple is out of its range'), nowMs);
          }
        }
        const valueC = signed(answer.value, 16) / 16;
        if (valueC >= lowestC && valueC <= highestC) return good(valueC, nowMs);
        return readingOf(registers.failure('implausible', register, `${valueC} °C cannot be`), nowMs);
      },
    }),
  };
}
