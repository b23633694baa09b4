// INA233: an INA226 behind PMBus commands, in DIRECT format. TI INA233 data sheet, tables "PMBus Command Summary" and
// those of READ_VIN, MFR_READ_VSHUNT and MFR_ADC_CONFIG.
import type { PmbusKind, PmbusQuantity } from './pmbus.ts';
import { PMBUS_READ } from './pmbus.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';
import { direct } from './pmbus-hot-swap.ts';

const MFR_ADC_CONFIG = 0xd0;
const MFR_READ_VSHUNT = 0xd1;
/** 16 averages of 1.1 ms, shunt and bus, continuous. */
const ADC_CONFIG = 0x4527;

/** As Linux: 2 mΩ where nobody says. */
const DEFAULT_SHUNT_MICRO_OHM = 2000;
const SHUNT_BITS_PER_VOLT = 400_000; // 2.5 µV
const NEGATIVE = 0x8000;

const SUPPLY: PmbusQuantity = { command: PMBUS_READ.vin, number: direct(8, 0, 2), zeroBits: NEGATIVE };

const CHANNELS: PmbusKind['channels'] = [
  { channel: 'in1', unit: 'V' },
  { channel: 'in2', unit: 'V' },
  { channel: 'curr1', unit: 'A' },
  { channel: 'power1', unit: 'W' },
];

const INA233: PmbusKind = {
  /** in1 is the bus voltage, in2 the shunt voltage. */
  channels: CHANNELS,
  usesShunt: true,
  identify: async (device, { shuntMicroOhm = DEFAULT_SHUNT_MICRO_OHM }) => {
    const shuntOhm = checkedShuntMicroOhm(shuntMicroOhm, device.chip.place()) / 1e6;
    const written = await device.writeWord(MFR_ADC_CONFIG, ADC_CONFIG);
    if (written.kind === 'failed') return written;
    // Current and power out of the voltages: the chip's own are 0 until it has been calibrated, and after a reset.
    const current = { command: MFR_READ_VSHUNT, page: 0, number: direct(SHUNT_BITS_PER_VOLT * shuntOhm) };
    return {
      kind: 'ok',
      pages: 1,
      sensors: [
        { channel: 'in1', unit: 'V', page: 0, ...SUPPLY },
        { channel: 'in2', unit: 'V', page: 0, command: MFR_READ_VSHUNT, number: direct(SHUNT_BITS_PER_VOLT) },
        { channel: 'curr1', unit: 'A', ...current },
        { channel: 'power1', unit: 'W', ...current, times: SUPPLY },
      ],
    };
  },
};

export const ina233Kinds: Readonly<Record<string, PmbusKind>> = { ina233: INA233 };
