// What one entry of Exposes can become. Each is converted for itself (convert.ts); draft.ts puts them together.
import type { ChipCatalogue } from '../chip-catalogue.ts';
import type { SensorLimits } from '../schema.ts';
import { numberIn, type Expose, type Fields } from './configuration.ts';

/** Linux' number of the bus, and the 7-bit address. */
export interface Place {
  readonly bus: number;
  readonly address: number;
}

export interface ConvertedChannel {
  readonly channel: string;
  /** As entity-manager names it. */
  readonly name: string;
  readonly limits: SensorLimits;
  readonly hysteresis: number | undefined;
}

interface Common {
  /** As entity-manager names it. */
  readonly name: string;
  /** What of the entry could not be taken, in words to be counted. */
  readonly lost: readonly string[];
}

export interface ConvertedDevice extends Common {
  readonly kind: 'device';
  readonly place: Place;
  readonly chip: string;
  readonly channels: readonly ConvertedChannel[];
  /** entity-manager does not say which part it is: what was taken, and why. */
  readonly assumption: string | null;
  /** What it reads depends on a resistor that entity-manager does not name. */
  readonly usesShunt: boolean;
}

export interface ConvertedMux extends Common {
  readonly kind: 'mux';
  readonly place: Place;
  readonly chip: 'pca9546' | 'pca9548';
  readonly channels: readonly { readonly channel: number; readonly name: string | null }[];
}

/** One tachometer, and the PWM output of its connector. */
export interface ConvertedFan extends Common {
  readonly kind: 'fan';
  /** null: the processor's own fan controller. */
  readonly place: Place | null;
  readonly tachometer: ConvertedChannel;
  /** From 1, as the kernel counts. */
  readonly pwm: { readonly channel: number; readonly name: string } | null;
  readonly maxReadingRpm: number | undefined;
}

export type Conversion =
  | ConvertedDevice
  | ConvertedMux
  | ConvertedFan
  /** Its place is in zones, or it only describes another entry. */
  | { readonly kind: 'cooling' }
  | { readonly kind: 'connector' }
  | { readonly kind: 'unsupported' };

export interface ConversionContext {
  readonly catalogue: ChipCatalogue;
  /** Fan connectors of the same configuration, by name. */
  readonly connectors: ReadonlyMap<string, Fields>;
}

/** Kept out of `lost`: inventory, and what entity-manager's own daemons poll by. */
const QUIET = new Set(['Name', 'Type', 'Bus', 'Address', 'EntityId', 'EntityInstance']);

/** Does it have a bus and an address? Those the outside contract counts. */
export function isAddressed({ fields }: Expose): boolean {
  return Object.hasOwn(fields, 'Bus') && Object.hasOwn(fields, 'Address');
}

/** null where it is no bus number or no 7-bit address. */
export function placeOf(fields: Fields): Place | null {
  const bus = numberIn(fields, 'Bus');
  const address = numberIn(fields, 'Address');
  if (bus === undefined || !Number.isInteger(bus) || bus < 0) return null;
  if (address === undefined || !Number.isInteger(address) || address < 0 || address > 0x7f) return null;
  return { bus, address };
}

/** The entry's keys that nobody used. */
export function unusedKeys(fields: Fields, used: ReadonlySet<string>): readonly string[] {
  return Object.keys(fields).filter((key) => !QUIET.has(key) && !used.has(key));
}
