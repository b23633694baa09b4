// MP5023 and MP5990 hot-swap controllers (MPS): DIRECT format with fixed coefficients. The MP5990 can be set to LINEAR11
// for all but the temperature, for the output voltage too, whatever its VOUT_MODE says. Coefficients and EFUSE_CFG as
// in Linux's mp5023 and mp5990 drivers.
import type { PmbusKind, PmbusNumber } from './pmbus.ts';
import { direct, HOT_SWAP_CHANNELS, hotSwapIdentity } from './pmbus-hot-swap.ts';

const MP5990_EFUSE_CFG = 0xc4;
const MP5990_LINEAR = 0x0200;

const LINEAR11: PmbusNumber = { kind: 'linear11' };

const MP5023 = hotSwapIdentity({
  voltage: direct(32),
  current: direct(16),
  power: direct(1),
  temperature: direct(2),
});
const MP5990_DIRECT = hotSwapIdentity({
  voltage: direct(32),
  current: direct(16),
  power: direct(1),
  temperature: direct(1),
});
const MP5990_LINEAR11 = hotSwapIdentity({
  voltage: LINEAR11,
  current: LINEAR11,
  power: LINEAR11,
  temperature: direct(1),
});

export const mp5023Kinds: Readonly<Record<string, PmbusKind>> = {
  mp5023: { channels: HOT_SWAP_CHANNELS, identify: () => Promise.resolve(MP5023) },
  mp5990: {
    channels: HOT_SWAP_CHANNELS,
    identify: async (device) => {
      const config = await device.readWord(MP5990_EFUSE_CFG);
      if (config.kind === 'failed') return config;
      return (config.value & MP5990_LINEAR) === 0 ? MP5990_DIRECT : MP5990_LINEAR11;
    },
  },
};
