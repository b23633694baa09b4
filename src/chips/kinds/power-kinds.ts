// Power monitors, hot-swap controllers, regulators and voltage converters: what each is, which channels it has, and how
// to open it.
import type { ChipKindRow } from '../chip-kind.ts';
import { table } from '../chip-kind.ts';
import { ADC128D818_CHANNELS, openAdc128d818 } from '../adc128d818.ts';
import { ADS7830_CHANNELS, ads7830Variants, openAds7830 } from '../ads7830.ts';
import { INA238_CHANNELS, ina238Variants, openIna238 } from '../ina238.ts';
import { INA260_CHANNELS, openIna260 } from '../ina260.ts';
import { ina2xxLikes } from '../ina2xx-likes.ts';
import { INA2XX_CHANNELS, ina2xxVariants, openIna2xx } from '../ina2xx.ts';
import { INA3221_CHANNELS, openIna3221 } from '../ina3221.ts';
import { ISL28022_CHANNELS, openIsl28022 } from '../isl28022.ts';
import { max11617Channels, max11617Variants, openMax11617 } from '../max11617.ts';
import { max5970Channels, max5970Variants, openMax5970 } from '../max5970.ts';
import { pmbusKinds } from '../pmbus-kinds.ts';
import { openPmbus } from '../pmbus.ts';

export const powerKinds: readonly ChipKindRow[] = [
  ...table(pmbusKinds, (name, kind) => ({
    kind: 'sensor',
    channels: kind.channels,
    outputs: 0,
    pec: true,
    ...(kind.usesShunt === true ? { usesShunt: true } : {}),
    open: (bus, address, options) => openPmbus(name, kind, bus, address, options),
  })),
  ...table(ina2xxVariants, (name, variant) => ({
    kind: 'sensor',
    channels: INA2XX_CHANNELS,
    outputs: 0,
    usesShunt: true,
    open: (bus, address, options) => openIna2xx(name, variant, bus, address, options.shuntMicroOhm),
  })),
  ...table(ina2xxLikes, (name, variant) => ({
    kind: 'sensor',
    channels: INA2XX_CHANNELS,
    outputs: 0,
    usesShunt: true,
    open: (bus, address, options) => openIna2xx(name, variant, bus, address, options.shuntMicroOhm),
  })),
  ...table(ina238Variants, (name, variant) => ({
    kind: 'sensor',
    channels: INA238_CHANNELS,
    outputs: 0,
    usesShunt: true,
    open: (bus, address, options) => openIna238(name, variant, bus, address, options.shuntMicroOhm),
  })),
  ...table({ ina260: INA260_CHANNELS }, (_, channels) => ({
    kind: 'sensor',
    channels,
    outputs: 0,
    open: (bus, address) => openIna260(bus, address),
  })),
  ...table({ ina3221: INA3221_CHANNELS }, (_, channels) => ({
    kind: 'sensor',
    channels,
    outputs: 0,
    usesShunt: true,
    open: (bus, address, options) => openIna3221(bus, address, options.shuntMicroOhm),
  })),
  ...table({ isl28022: ISL28022_CHANNELS }, (_, channels) => ({
    kind: 'sensor',
    channels: channels,
    outputs: 0,
    usesShunt: true,
    open: (bus, address, options) => openIsl28022(bus, address, options.shuntMicroOhm),
  })),
  ...table(max5970Variants, (name, count) => ({
    kind: 'sensor',
    channels: max5970Channels(count),
    outputs: 0,
    usesShunt: true,
    open: (bus, address, options) => openMax5970(name, count, bus, address, options.shuntMicroOhm),
  })),
  ...table({ adc128d818: ADC128D818_CHANNELS }, (_, channels) => ({
    kind: 'sensor',
    channels,
    outputs: 0,
    open: (bus, address) => openAdc128d818(bus, address),
  })),
  ...table(ads7830Variants, (name, resolutionBits) => ({
    kind: 'sensor',
    channels: ADS7830_CHANNELS,
    outputs: 0,
    open: (bus, address) => openAds7830(name, resolutionBits, bus, address),
  })),
  ...table(max11617Variants, (name, variant) => ({
    kind: 'sensor',
    channels: max11617Channels(variant),
    outputs: 0,
    open: (bus, address) => openMax11617(name, variant, bus, address),
  })),
];
