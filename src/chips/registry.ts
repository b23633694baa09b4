// The chips we can drive, by name: what kind each is, which channels it has, and how to open it.
import { ColdslotError } from '../core/errors.ts';
import type { I2cBus } from '../core/ports.ts';
import type { ChannelInfo, Chip } from './chip.ts';
import { ADC128D818_CHANNELS, openAdc128d818 } from './adc128d818.ts';
import { ADS7830_CHANNELS, ads7830Variants, openAds7830 } from './ads7830.ts';
import { at24Variants, openAt24 } from './at24.ts';
import { INA238_CHANNELS, ina238Variants, openIna238 } from './ina238.ts';
import { INA260_CHANNELS, openIna260 } from './ina260.ts';
import { INA3221_CHANNELS, openIna3221 } from './ina3221.ts';
import { INA2XX_CHANNELS, ina2xxVariants, openIna2xx } from './ina2xx.ts';
import { LM75_CHANNELS, lm75Variants, openLm75 } from './lm75.ts';
import { MAX31785_CHANNELS, MAX31785_PWMS, openMax31785 } from './max31785.ts';
import { MAX31790_CHANNELS, openMax31790 } from './max31790.ts';
import { NVME_CHANNELS, openNvmeBasic } from './nvme-basic.ts';
import { openPca9552 } from './pca9552.ts';
import { openPca9555, pca9555Variants } from './pca9555.ts';
import { openPca954x, pca954xVariants } from './pca954x.ts';
import { emc1403Variants, openEmc1403 } from './emc1403.ts';
import { lm90Variants, openLm90 } from './lm90.ts';
import { openTmp401, tmp401Variants } from './tmp401.ts';
import { ADT7470_CHANNELS, ADT7470_FANS, openAdt7470 } from './adt7470.ts';
import { NCT7802_CHANNELS, openNct7802 } from './nct7802.ts';
import { jc42Names, openJc42 } from './jc42.ts';
import { MAX31730_CHANNELS, openMax31730 } from './max31730.ts';
import { openSpd5118 } from './spd5118.ts';
import { openTmp108 } from './tmp108.ts';
import { openTmp464, tmp464Variants } from './tmp464.ts';
import { emc2305Channels, emc2305Variants, openEmc2305 } from './emc2305.ts';
import { MAX6639_CHANNELS, openMax6639 } from './max6639.ts';
import { temperatureChannels } from './channel-sensor.ts';
import { openPmbus } from './pmbus.ts';
import { pmbusKinds } from './pmbus-kinds.ts';
import { openTmp421, tmp421Channels, tmp421Variants } from './tmp421.ts';

export interface ChipOptions {
  /** Shunt resistor of a power monitor, µΩ. Where not given, what Linux assumes for the chip: mostly 10 mΩ. */
  readonly shuntMicroOhm?: number;
  /** Tachometers in use on a fan controller, from 1. */
  readonly tachometers?: readonly number[];
  /** A PMBus device's transfers end in a packet error code. */
  readonly pec?: boolean;
}

export interface ChipKind {
  readonly kind: Chip['kind'];
  readonly channels: readonly ChannelInfo[];
  /** PWM outputs of a fan controller, pins of an expander or LED driver; else 0. */
  readonly outputs: number;
  /** It can end transfers in a packet error code (ChipOptions.pec). */
  readonly pec?: boolean;
  readonly open: (bus: I2cBus, address: number, options: ChipOptions) => Chip;
}

function table<V>(variants: Readonly<Record<string, V>>, kind: (name: string, variant: V) => ChipKind) {
  return Object.entries(variants).map(([name, variant]) => [name, kind(name, variant)] as const);
}

export const chipKinds: ReadonlyMap<string, ChipKind> = new Map([
  ...table(lm75Variants, (name, variant) => ({
    kind: 'sensor',
    channels: LM75_CHANNELS,
    outputs: 0,
    open: (bus, address) => openLm75(name, variant, bus, address),
  })),
  ...table(tmp421Variants, (name, count) => ({
    kind: 'sensor',
    channels: tmp421Channels(count),
    outputs: 0,
    open: (bus, address) => openTmp421(name, count, bus, address),
  })),
  ...table(ina2xxVariants, (name, variant) => ({
    kind: 'sensor',
    channels: INA2XX_CHANNELS,
    outputs: 0,
    open: (bus, address, options) => openIna2xx(name, variant, bus, address, options.shuntMicroOhm),
  })),
  ...table({ max31790: 6 }, (_, outputs) => ({
    kind: 'fan',
    channels: MAX31790_CHANNELS,
    outputs,
    open: (bus, address, options) => openMax31790(bus, address, options),
  })),
  ...table(pca9555Variants, (name, variant) => ({
    kind: 'expander',
    channels: [],
    outputs: variant.pinCount,
    open: (bus, address) => openPca9555(name, variant, bus, address),
  })),
  ...table({ pca9552: 16 }, (_, outputs) => ({
    kind: 'led',
    channels: [],
    outputs,
    open: (bus, address) => openPca9552(bus, address),
  })),
  ...table(at24Variants, (name, variant) => ({
    kind: 'eeprom',
    channels: [],
    outputs: 0,
    open: (bus, address) => openAt24(name, variant, bus, address),
  })),
  ...table(pca954xVariants, (name, channelCount) => ({
    kind: 'mux',
    channels: [],
    outputs: 0,
    open: (bus, address) => openPca954x(name, channelCount, bus, address),
  })),
  ...table(tmp401Variants, (name, variant) => ({
    kind: 'sensor',
    channels: temperatureChannels(variant.channelCount),
    outputs: 0,
    open: (bus, address) => openTmp401(name, variant, bus, address),
  })),
  ...table(lm90Variants, (name, variant) => ({
    kind: 'sensor',
    channels: temperatureChannels(2),
    outputs: 0,
    open: (bus, address) => openLm90(name, variant, bus, address),
  })),
  ...table(emc1403Variants, (name, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openEmc1403(name, count, bus, address),
  })),
  ...table({ adt7470: ADT7470_FANS }, (_, outputs) => ({
    kind: 'fan',
    channels: ADT7470_CHANNELS,
    outputs,
    open: (bus, address) => openAdt7470(bus, address),
  })),
  ...table({ nct7802: 3 }, (_, outputs) => ({
    kind: 'fan',
    channels: NCT7802_CHANNELS,
    outputs,
    open: (bus, address) => openNct7802(bus, address),
  })),
  ...table(tmp464Variants, (name, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openTmp464(name, count, bus, address),
  })),
  ...table(Object.fromEntries(jc42Names.map((name) => [name, 1])), (name, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openJc42(name, bus, address),
  })),
  ...table({ spd5118: 1 }, (_, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openSpd5118(bus, address),
  })),
  ...table({ max31730: MAX31730_CHANNELS }, (_, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openMax31730(bus, address),
  })),
  ...table({ tmp108: 1 }, (_, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openTmp108(bus, address),
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
  // Power
  ...table(pmbusKinds, (name, kind) => ({
    kind: 'sensor',
    channels: kind.channels,
    outputs: 0,
    pec: true,
    open: (bus, address, options) => openPmbus(name, kind, bus, address, options),
  })),
  ...table({ max31785: MAX31785_PWMS, max31785a: MAX31785_PWMS, max31785b: MAX31785_PWMS }, (name, outputs) => ({
    kind: 'fan',
    channels: MAX31785_CHANNELS,
    outputs,
    pec: true,
    open: (bus, address, options) => openMax31785(name, bus, address, options),
  })),
  ...table(ina238Variants, (name) => ({
    kind: 'sensor',
    channels: INA238_CHANNELS,
    outputs: 0,
    open: (bus, address, options) => openIna238(name, bus, address, options.shuntMicroOhm),
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
    open: (bus, address, options) => openIna3221(bus, address, options.shuntMicroOhm),
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
  ...table({ nvme: NVME_CHANNELS }, (_, channels) => ({
    kind: 'sensor',
    channels,
    outputs: 0,
    open: (bus, address) => openNvmeBasic(bus, address),
  })),
]);

/** What a board check needs to know; the composer hands it over, since src/board may not import chips. */
export interface KnownChip {
  readonly name: string;
  readonly kind: Chip['kind'];
  readonly channels: readonly string[];
  readonly outputs: number;
  readonly pec: boolean;
}

export function knownChips(): readonly KnownChip[] {
  return [...chipKinds].map(([name, { kind, channels, outputs, pec }]) => ({
    name,
    kind,
    channels: channels.map(({ channel }) => channel),
    outputs,
    pec: pec ?? false,
  }));
}

/** Opens a chip. Throws ColdslotError `bad-input` for a name that no driver knows; sends nothing. */
export function openChip(name: string, bus: I2cBus, address: number, options: ChipOptions = {}): Chip {
  return chipKind(name).open(bus, address, options);
}

export function chipKind(name: string): ChipKind {
  const found = chipKinds.get(name);
  if (found !== undefined) return found;
  const known = [...chipKinds.keys()].toSorted().join(', ');
  throw new ColdslotError('bad-input', `chip ${JSON.stringify(name)}`, 'no driver knows it', `known: ${known}`);
}
