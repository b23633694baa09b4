// MP5926 and MP5998 eFuses and the MPQ8785 converter (MPS): DIRECT format with fixed coefficients. The eFuses can be set
// to LINEAR11, for the output voltage too, whatever their VOUT_MODE says; then the MP5998's temperature stays DIRECT.
// Coefficients and EFUSE_CFG as in Linux's drivers mp5926, mp5990 (MP5998) and mpq8785.
import type { PmbusKind, PmbusNumber } from './pmbus.ts';
import { voutModeOf } from './pmbus-format.ts';
import { direct } from './pmbus-hot-swap.ts';
import { LINEAR11, railChannels, railIdentity } from './pmbus-rails.ts';
import type { RailQuantity } from './pmbus-rails.ts';

const MP5926_EFUSE_CFG = 0xcf;
const MP5926_LINEAR = 0x1000;
const MP5926_I_SCALE_SEL = 0xc6;
const MP5926_COARSE_CURRENT = 0x40;

const MP5926_CHANNELS = railChannels([['vin', 'vout', 'iin', 'pin', 'temperature1']]);

const MP5926: PmbusKind = {
  channels: MP5926_CHANNELS,
  identify: async (device) => {
    const config = await device.readWord(MP5926_EFUSE_CFG);
    if (config.kind === 'failed') return config;
    if ((config.value & MP5926_LINEAR) !== 0) return railIdentity(MP5926_CHANNELS, () => LINEAR11);
    const scale = await device.readWord(MP5926_I_SCALE_SEL);
    if (scale.kind === 'failed') return scale;
    const iin = direct((scale.value & MP5926_COARSE_CURRENT) === 0 ? 16 : 4);
    const numbers: Numbers = { iin, pin: direct(25, 0, -2), temperature1: direct(4) };
    return railIdentity(MP5926_CHANNELS, (quantity) => numbers[quantity] ?? direct(16));
  },
};

const MP5998_EFUSE_CFG = 0xc4;
const MP5998_LINEAR = 0x0200;

const MP5998_CHANNELS = railChannels([['vin', 'vout', 'iin', 'iout', 'pin', 'pout', 'temperature1']]);
const MP5998_NUMBERS: Numbers = {
  vin: direct(64),
  vout: direct(64),
  iin: direct(16),
  iout: direct(16),
  pin: direct(2),
  pout: direct(2),
};

const MP5998: PmbusKind = {
  channels: MP5998_CHANNELS,
  identify: async (device) => {
    const config = await device.readWord(MP5998_EFUSE_CFG);
    if (config.kind === 'failed') return config;
    const numbers = (config.value & MP5998_LINEAR) === 0 ? MP5998_NUMBERS : {};
    return railIdentity(MP5998_CHANNELS, (quantity) =>
      quantity === 'temperature1' ? direct(1) : (numbers[quantity] ?? LINEAR11),
    );
  },
};

const VOUT_MODE = 0x20;
const MPQ8785_CHANNELS = railChannels([['vin', 'vout', 'iout', 'temperature1']]);
const MPQ8785_NUMBERS: Numbers = { vin: direct(4, 0, 1), iout: direct(16), temperature1: direct(1) };

/** Its VOUT_MODE says VID where it means DIRECT. */
const MPQ8785: PmbusKind = {
  channels: MPQ8785_CHANNELS,
  identify: async (device) => {
    const register = await device.readByte(VOUT_MODE);
    if (register.kind === 'failed') return register;
    const mode = voutModeOf(register.value);
    if (mode.kind === 'half') return device.chip.failure('fault', VOUT_MODE, 'half precision, which it does not have');
    const vout: PmbusNumber = mode.kind === 'linear' ? { kind: 'vout', mode } : direct(64, 0, 1);
    return railIdentity(MPQ8785_CHANNELS, (quantity) => MPQ8785_NUMBERS[quantity] ?? vout);
  },
};

type Numbers = Partial<Readonly<Record<RailQuantity, PmbusNumber>>>;

export const mp5926Kinds: Readonly<Record<string, PmbusKind>> = { mp5926: MP5926, mp5998: MP5998, mpq8785: MPQ8785 };
