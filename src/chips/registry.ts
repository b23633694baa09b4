// The chips we can drive, by name: what kind each is, which channels it has, and how to open it.
import { ColdslotError } from '../core/errors.ts';
import type { I2cBus } from '../core/ports.ts';
import type { Chip } from './chip.ts';
import type { ChipKind, ChipOptions } from './chip-kind.ts';
import { boardKinds } from './kinds/board-kinds.ts';
import { fanKinds } from './kinds/fan-kinds.ts';
import { powerKinds } from './kinds/power-kinds.ts';
import { temperatureKinds } from './kinds/temperature-kinds.ts';

export type { ChipKind, ChipOptions } from './chip-kind.ts';

export const chipKinds: ReadonlyMap<string, ChipKind> = new Map([
  ...temperatureKinds,
  ...powerKinds,
  ...fanKinds,
  ...boardKinds,
]);

/** What a board check needs to know; the composer hands it over, since src/board may not import chips. */
export interface KnownChip {
  readonly name: string;
  readonly kind: Chip['kind'];
  readonly channels: readonly string[];
  readonly outputs: number;
  readonly pec: boolean;
  /** A board should say its shunt resistor. */
  readonly usesShunt: boolean;
  /** Channels by what Linux's driver calls them, where it does. */
  readonly labels: Readonly<Record<string, string>>;
}

export function knownChips(): readonly KnownChip[] {
  return [...chipKinds].map(([name, { kind, channels, outputs, pec, usesShunt }]) => ({
    name,
    kind,
    channels: channels.map(({ channel }) => channel),
    outputs,
    pec: pec ?? false,
    usesShunt: usesShunt ?? false,
    labels: Object.fromEntries(
      channels.flatMap(({ channel, label }) => (label === undefined ? [] : [[label, channel]])),
    ),
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
