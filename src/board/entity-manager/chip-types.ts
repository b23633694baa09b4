// entity-manager's Type → the chip that drives it here. A type is its part's name: the same name in lower case is tried
// first, so that a new driver is enough; this table has the types that are named otherwise or that another part's driver fits.
import type { ChipCatalogue } from '../chip-catalogue.ts';

/** Tried in this order after the type's own name. */
const drivers: Readonly<Record<string, readonly string[]>> = {
  // Same registers, 12 bits: TMP1075 (SBOS854), TMP100 (SBOS231). G751 is an LM75 (GMT G751 data sheet).
  TMP1075: ['tmp75'],
  TMP100: ['tmp75'],
  G751: ['lm75'],
  // The size is not said. One address byte is the safe guess: read with two, a small one would take the second for data.
  EEPROM: ['24c02'],
  ...Object.fromEntries(
    ['01', '02', '04', '08', '16', '32', '64', '128', '256', '512'].map((size) => [
      `EEPROM_24C${size}`,
      [`24c${size}`],
    ]),
  ),
  NVME1000: ['nvme', 'nvme-basic', 'nvme-mi'],
  // One page, all readings in LINEAR11 and LINEAR16 (Linux: ir38064.c, tda38640.c, q54sj108a2.c, crps.c, ibm-cffps.c)
  ...Object.fromEntries(
    'IR38060 IR38164 IR38263 TDA38640 E50SN12051 Q54SN120A1 Q54SW120A7 CRPS185 cffps'
      .split(' ')
      .map((type) => [type, ['pmbus']]),
  ),
};

interface MuxType {
  readonly chip: 'pca9546' | 'pca9548';
  readonly channelCount: number;
}

/** The control register has a bit for each channel; PCA9543 and PCA9545 have interrupt bits above, which are only read. */
export const muxTypes: ReadonlyMap<string, MuxType> = new Map<string, MuxType>([
  ['PCA9543Mux', { chip: 'pca9546', channelCount: 2 }],
  ['PCA9545Mux', { chip: 'pca9546', channelCount: 4 }],
  ['PCA9546Mux', { chip: 'pca9546', channelCount: 4 }],
  ['PCA9548Mux', { chip: 'pca9548', channelCount: 8 }],
]);

/** The chip, or null when no driver of the catalogue fits. */
export function chipOfType(type: string, catalogue: ChipCatalogue): string | null {
  const names = [type.toLowerCase(), ...(Object.hasOwn(drivers, type) ? (drivers[type] ?? []) : [])];
  return names.find((name) => catalogue.has(name) && catalogue.get(name)?.kind !== 'mux') ?? null;
}
