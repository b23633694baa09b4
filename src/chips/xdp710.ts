// XDP710 hot-swap controller (Infineon): DIRECT format, with coefficients for the ranges and the shunt that its own
// registers name. Coefficients and registers as in Linux's xdp710 driver.
import type { PmbusKind } from './pmbus.ts';
import { checkedShuntMicroOhm } from './ina2xx.ts';
import { direct, HOT_SWAP_CHANNELS, hotSwapIdentity } from './pmbus-hot-swap.ts';

/** Bits 5:0 the shunt, as an index into SHUNTS_MICRO_OHM. */
const REG_CFG = 0xd3;
/** Bits 1:0: each step halves the voltage range. */
const V_SNS_CFG = 0xd4;
/** Bits 7:6: each step doubles the current range. */
const CS_RNG = 0xd5;

/** By the steps of REG_CFG: first, last and step of each run. */
const SHUNT_RUNS_MICRO_OHM = [
  [1300, 2800, 100],
  [3000, 5000, 100],
  [5500, 10_000, 500],
] as const;
const SMALL_SHUNTS_MICRO_OHM = [
  200, 250, 300, 330, 400, 470, 500, 600, 670, 700, 750, 800, 900, 1000, 1100, 1200, 1250,
];
const SHUNTS_MICRO_OHM: readonly number[] = [
  ...SMALL_SHUNTS_MICRO_OHM,
  ...SHUNT_RUNS_MICRO_OHM.flatMap(([first, last, step]) =>
    Array.from({ length: (last - first) / step + 1 }, (_, index) => first + index * step),
  ),
];

const XDP710: PmbusKind = {
  channels: HOT_SWAP_CHANNELS,
  usesShunt: true,
  identify: async (device, { shuntMicroOhm }) => {
    const range = await device.readWord(CS_RNG);
    if (range.kind === 'failed') return range;
    const sense = await device.readWord(V_SNS_CFG);
    if (sense.kind === 'failed') return sense;
    const config = await device.readWord(REG_CFG);
    if (config.kind === 'failed') return config;
    const given = shuntMicroOhm ?? SHUNTS_MICRO_OHM[config.value & 0x3f];
    const shunt = checkedShuntMicroOhm(given, device.chip.place()) / 1000 / 2 ** ((range.value >> 6) & 3);
    return hotSwapIdentity({
      voltage: direct(4653 * 2 ** (sense.value & 3), 0, -2),
      current: direct(23_165 * shunt, 0, -2),
      power: direct(4211 * shunt, 0, -2),
      temperature: direct(52, 14_321, -1),
    });
  },
};

export const xdp710Kinds: Readonly<Record<string, PmbusKind>> = { xdp710: XDP710 };
