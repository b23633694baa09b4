// ADC128D818: seven voltages of 12 bits and its own temperature (mode 0). TI SNAS483, table "ADC128D818 Internal
// Registers". Readings are left-aligned, most significant byte first; inputs count from 0, as IN0 to IN6.
import type { I2cBus } from '../core/ports.ts';
import { signed } from '../core/units.ts';
import type { ChannelInfo, ChipResult, SensorChip } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { sensorOf, wordSource } from './channel-table.ts';
import { ChipRegisters } from './chip-registers.ts';

const CONFIGURATION = 0x00;
const CONVERSION_RATE = 0x07;
const ADVANCED_CONFIGURATION = 0x0b;
const INPUT0 = 0x20;
const TEMPERATURE = 0x27;

const START = 0x01;
const CONTINUOUS = 0x01;
/** Bits 2:1, and the external reference in bit 0: mode 0 with the internal one. */
const MODE_0_INTERNAL = 0x00;

const REFERENCE_VOLT = 2.56;
const INPUTS = [0, 1, 2, 3, 4, 5, 6];

export const ADC128D818_CHANNELS: readonly ChannelInfo[] = [
  ...INPUTS.map((index) => ({ channel: `in${index}`, unit: 'V' }) as const),
  { channel: 'temp1', unit: 'C' },
];

export function openAdc128d818(bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters('adc128d818', bus, address);
  const sources = [
    // The data sheet's LSB is Vref / 4096 = 0.625 mV; Linux divides by 4095, which is 1 mV more at full scale.
    ...INPUTS.map((index) =>
      wordSource(`in${index}`, 'V', INPUT0 + index, (raw) => ((raw >> 4) * REFERENCE_VOLT) / 4096),
    ),
    wordSource('temp1', 'C', TEMPERATURE, (raw) => signed(raw >> 7, 9) / 2),
  ];
  return sensorOf(registers, sources, () => configure(registers));
}

/** Mode and rate may only be changed while it is stopped; a chip that already runs as wanted is left running. */
async function configure(registers: ChipRegisters): Promise<ChipResult> {
  const wanted = [
    [CONVERSION_RATE, CONTINUOUS],
    [ADVANCED_CONFIGURATION, MODE_0_INTERNAL],
  ] as const;
  for (const [register, value] of wanted) {
    const before = await registers.readByte(register);
    if (before.kind === 'failed') return before;
    if (before.value === value) continue;
    const stopped = await registers.write(CONFIGURATION, 0);
    if (stopped.kind === 'failed') return stopped;
    const written = await registers.write(register, value);
    if (written.kind === 'failed') return written;
  }
  const running = await registers.readByte(CONFIGURATION);
  if (running.kind === 'failed') return running;
  return running.value === START ? CHIP_OK : registers.write(CONFIGURATION, START);
}
