// Thermometers: what each is, which channels it has, and how to open it.
import type { ChipKindRow } from '../chip-kind.ts';
import { table } from '../chip-kind.ts';
import { temperatureChannels } from '../channel-sensor.ts';
import { emc1403Variants, openEmc1403 } from '../emc1403.ts';
import { EMC1428_CHANNELS, emc1428Names, openEmc1428 } from '../emc1428.ts';
import { jc42Names, openJc42 } from '../jc42.ts';
import { LM75_CHANNELS, lm75Variants, openLm75 } from '../lm75.ts';
import { lm90Variants, openLm90 } from '../lm90.ts';
import { MAX31730_CHANNELS, openMax31730 } from '../max31730.ts';
import { openMcp9600 } from '../mcp9600.ts';
import { NVME_CHANNELS, openNvmeBasic } from '../nvme-basic.ts';
import { openSbtsi } from '../sbtsi.ts';
import { openSpd5118 } from '../spd5118.ts';
import { openTmp108 } from '../tmp108.ts';
import { openTmp401, tmp401Variants } from '../tmp401.ts';
import { openTmp421, tmp421Channels, tmp421Variants } from '../tmp421.ts';
import { openTmp464, tmp464Variants } from '../tmp464.ts';
import { openW83773g } from '../w83773g.ts';

export const temperatureKinds: readonly ChipKindRow[] = [
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
  ...table(Object.fromEntries(emc1428Names.map((name) => [name, EMC1428_CHANNELS])), (name, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openEmc1428(name, bus, address),
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
  ...table({ w83773g: 3 }, (_, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openW83773g(bus, address),
  })),
  ...table({ mcp9600: 2 }, (_, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openMcp9600(bus, address),
  })),
  ...table({ sbtsi: 1 }, (_, count) => ({
    kind: 'sensor',
    channels: temperatureChannels(count),
    outputs: 0,
    open: (bus, address) => openSbtsi(bus, address),
  })),
  ...table({ nvme: NVME_CHANNELS }, (_, channels) => ({
    kind: 'sensor',
    channels,
    outputs: 0,
    open: (bus, address) => openNvmeBasic(bus, address),
  })),
];
