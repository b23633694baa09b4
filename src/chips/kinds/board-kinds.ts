// Expanders, LED drivers, EEPROMs and muxes: what each is, and how to open it.
import type { ChipKindRow } from '../chip-kind.ts';
import { table } from '../chip-kind.ts';
import { at24Variants, openAt24 } from '../at24.ts';
import { openPca954x, pca954xVariants } from '../pca954x.ts';
import { openPca9552 } from '../pca9552.ts';
import { openPca9555, pca9555Variants } from '../pca9555.ts';

export const boardKinds: readonly ChipKindRow[] = [
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
];
