// What the tables of chips say of each: what kind it is, which channels and abilities it has, and how to open it.
import type { I2cBus } from '../core/ports.ts';
import type { ChannelInfo, Chip, WatchdogTimeoutS } from './chip.ts';

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
  /** Currents and powers depend on ChipOptions.shuntMicroOhm. */
  readonly usesShunt?: boolean;
  /** Time-outs of a watchdog of its own, which turns its fans to full speed. */
  readonly watchdogS?: readonly WatchdogTimeoutS[];
  readonly open: (bus: I2cBus, address: number, options: ChipOptions) => Chip;
}

export type ChipKindRow = readonly [name: string, kind: ChipKind];

/** A row for each variant of a family. */
export function table<V>(
  variants: Readonly<Record<string, V>>,
  kind: (name: string, variant: V) => ChipKind,
): readonly ChipKindRow[] {
  return Object.entries(variants).map(([name, variant]) => [name, kind(name, variant)] as const);
}
