// LTC4286 and LTC4287 hot-swap controllers: DIRECT format, with coefficients for the voltage range that MFR_CONFIG1
// selects and for the shunt. Analog Devices LTC4286, table of the PMBus coefficients, as in Linux's ltc4286 driver.
import type { PmbusKind } from './pmbus.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';
import { direct, HOT_SWAP_CHANNELS, hotSwapIdentity } from './pmbus-hot-swap.ts';

const MFR_CONFIG1 = 0xf2;
/** 102.4 V; else 25.6 V. */
const RANGE_102V = 0x02;
/** As Linux: 0.3 mΩ where nobody says. */
const DEFAULT_SHUNT_MICRO_OHM = 300;

const LTC4286: PmbusKind = {
  channels: HOT_SWAP_CHANNELS,
  usesShunt: true,
  identify: async (device, { shuntMicroOhm = DEFAULT_SHUNT_MICRO_OHM }) => {
    const config = await device.readWord(MFR_CONFIG1);
    if (config.kind === 'failed') return config;
    const finer = (config.value & RANGE_102V) === 0 ? 4 : 1;
    const shunt = checkedShuntMicroOhm(shuntMicroOhm, device.chip.place());
    return hotSwapIdentity({
      voltage: direct(32 * finer, 0, 1),
      current: direct(1024 * shunt, 0, -3),
      power: direct(finer * shunt, 0, -2),
      temperature: direct(1, 273),
    });
  },
};

export const ltc4287Kinds: Readonly<Record<string, PmbusKind>> = { ltc4286: LTC4286, ltc4287: LTC4286 };
