// PLI1209BC digital supervisor (Vicor) of one bus converter module, which is on page 1; page 0 sums up the modules.
// DIRECT format with fixed coefficients, as in Linux's pli1209bc driver. Output voltage and temperature hold nothing
// while the module is off.
import type { PmbusKind } from './pmbus.ts';
import { direct } from './pmbus-hot-swap.ts';
import { railChannels, railIdentity } from './pmbus-rails.ts';
import type { RailQuantity } from './pmbus-rails.ts';

const NUMBERS = {
  vin: direct(1, 0, 1),
  vout: direct(1, 0, 1),
  iin: direct(1, 0, 3),
  iout: direct(1, 0, 2),
  pin: direct(1, 0, 1),
  pout: direct(1),
  temperature1: direct(1),
};
const QUANTITIES = Object.keys(NUMBERS) as (keyof typeof NUMBERS)[];

const CHANNELS = railChannels([[], QUANTITIES]);
const IDENTITY = railIdentity(CHANNELS, (quantity) => NUMBERS[quantity as keyof typeof NUMBERS], {
  also: (quantity: RailQuantity) =>
    quantity === 'vout' || quantity === 'temperature1' ? { needsPowerGood: true } : {},
});

export const pli1209bcKinds: Readonly<Record<string, PmbusKind>> = {
  pli1209bc: { channels: CHANNELS, identify: () => Promise.resolve(IDENTITY) },
};
