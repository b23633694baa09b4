// Fan controllers: what each is, which channels it has, and how to open it.
import type { ChipKindRow } from '../chip-kind.ts';
import { table } from '../chip-kind.ts';
import { ADT7470_CHANNELS, ADT7470_FANS, openAdt7470 } from '../adt7470.ts';
import { ADT7475_PWMS, adt7475Channels, adt7475Variants, openAdt7475 } from '../adt7475.ts';
import { emc2305Channels, emc2305Variants, openEmc2305 } from '../emc2305.ts';
import { MAX31785_CHANNELS, MAX31785_PWMS, openMax31785 } from '../max31785.ts';
import { MAX31790_CHANNELS, openMax31790 } from '../max31790.ts';
import { MAX6639_CHANNELS, openMax6639 } from '../max6639.ts';
import { NCT7802_CHANNELS, openNct7802 } from '../nct7802.ts';

export const fanKinds: readonly ChipKindRow[] = [
  ...table({ max31790: 6 }, (_, outputs) => ({
    kind: 'fan',
    channels: MAX31790_CHANNELS,
    outputs,
    watchdogS: [5, 10, 30],
    open: (bus, address, options) => openMax31790(bus, address, options),
  })),
  ...table({ max31785: MAX31785_PWMS, max31785a: MAX31785_PWMS, max31785b: MAX31785_PWMS }, (name, outputs) => ({
    kind: 'fan',
    channels: MAX31785_CHANNELS,
    outputs,
    pec: true,
    watchdogS: [10],
    open: (bus, address, options) => openMax31785(name, bus, address, options),
  })),
  ...table({ adt7470: ADT7470_FANS }, (_, outputs) => ({
    kind: 'fan',
    channels: ADT7470_CHANNELS,
    outputs,
    open: (bus, address) => openAdt7470(bus, address),
  })),
  ...table(adt7475Variants, (name, variant) => ({
    kind: 'fan',
    channels: adt7475Channels(variant),
    outputs: ADT7475_PWMS,
    open: (bus, address) => openAdt7475(name, variant, bus, address),
  })),
  ...table({ nct7802: 3 }, (_, outputs) => ({
    kind: 'fan',
    channels: NCT7802_CHANNELS,
    outputs,
    open: (bus, address) => openNct7802(bus, address),
  })),
  ...table(emc2305Variants, (name, count) => ({
    kind: 'fan',
    channels: emc2305Channels(count),
    outputs: count,
    open: (bus, address) => openEmc2305(name, count, bus, address),
  })),
  ...table({ max6639: 2 }, (_, outputs) => ({
    kind: 'fan',
    channels: MAX6639_CHANNELS,
    outputs,
    open: (bus, address) => openMax6639(bus, address),
  })),
];
