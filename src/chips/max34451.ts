// MAX34451 (Maxim): a supervisor of sixteen supplies, each watched by voltage or by current as MFR_CHANNEL_CONFIG says, and
// five temperatures on pages 16 to 20. DIRECT format: mV, 10 mA, 0.01 °C. Coefficients and configurations as in Linux's
// max34440 driver.
import type { PmbusKind } from './pmbus.ts';
import { direct } from './pmbus-hot-swap.ts';
import { readOnPage } from './pmbus-pages.ts';
import type { RailChannel, RailQuantity } from './pmbus-rails.ts';
import { railIdentity } from './pmbus-rails.ts';

const MFR_CHANNEL_CONFIG = 0xe4;
const SUPPLIES = 16;
const TEMPERATURES = 5;

/** Bits 5:0 of MFR_CHANNEL_CONFIG; anything else measures nothing. */
const MEASURES: Readonly<Record<number, RailQuantity>> = {
  0x10: 'vout',
  0x20: 'vout',
  0x21: 'vout',
  0x22: 'iout',
  0x23: 'iout',
};

function supplies(prefix: 'in' | 'curr', unit: 'V' | 'A', quantity: 'vout' | 'iout'): RailChannel[] {
  return Array.from({ length: SUPPLIES }, (_, page) => ({
    channel: `${prefix}${page + 1}`,
    unit,
    label: `${quantity}${page + 1}`,
    quantity,
    page,
  }));
}

/** Numbered by page, whatever the others measure: Linux numbers those that it finds. The labels are the same. */
const CHANNELS: readonly RailChannel[] = [
  ...supplies('in', 'V', 'vout'),
  ...supplies('curr', 'A', 'iout'),
  ...Array.from({ length: TEMPERATURES }, (_, index): RailChannel => ({
    channel: `temp${index + 1}`,
    unit: 'C',
    quantity: 'temperature1',
    page: SUPPLIES + index,
  })),
];

const NUMBERS = { vout: direct(1, 0, 3), iout: direct(1, 0, 2), temperature1: direct(1, 0, 2) };

const MAX34451: PmbusKind = {
  channels: CHANNELS,
  identify: (device) =>
    device.onPage(null, async () => {
      const measured: (RailQuantity | undefined)[] = [];
      for (let page = 0; page < SUPPLIES; page++) {
        const config = await readOnPage(device, page, MFR_CHANNEL_CONFIG);
        if (config.kind === 'failed') return config;
        measured.push(MEASURES[config.value & 0x3f]);
      }
      const there = CHANNELS.filter(({ quantity, page }) => page >= SUPPLIES || measured[page] === quantity);
      return railIdentity(there, (quantity) => NUMBERS[quantity as keyof typeof NUMBERS]);
    }),
};

export const max34451Kinds: Readonly<Record<string, PmbusKind>> = { max34451: MAX34451 };
