// What a board check must know about chips. The chips' own folder knows; who composes hands it over.

export type ChipRole = 'sensor' | 'fan' | 'expander' | 'led' | 'eeprom' | 'mux';

export interface ChipFacts {
  readonly kind: ChipRole;
  /** hwmon names of its channels: temp1, in1, fan1. */
  readonly channels: readonly string[];
  /** PWM outputs and tachometer inputs of a fan controller, counted from 1. */
  readonly pwmCount?: number;
  readonly tachometerCount?: number;
  /** Pins of an expander or LED driver, counted from 0. */
  readonly pinCount?: number;
  /** Its transfers can end in a packet error code. */
  readonly pec?: boolean;
  /** Its currents depend on a resistor of the board. */
  readonly usesShunt?: boolean;
  /** Channels by Linux' labels: vin, vout2. */
  readonly labels?: Readonly<Record<string, string>>;
  /** A register map, for Modbus buses only; left out: for the other buses. */
  readonly modbus?: {
    /** How often the map has a channel read, s; channels not named are read with each sweep. */
    readonly pollS: ReadonlyMap<string, number>;
  };
}

/** By chip name. */
export type ChipCatalogue = ReadonlyMap<string, ChipFacts>;

/** A fan controller that the kernel drives; we use its hwmon files. Not a chip we know registers of. */
export const HWMON_FAN = 'hwmon-fan';
const HWMON_CHANNELS = 16;

/** As a chip table gives it: `outputs` are PWM outputs of a fan controller, pins of an expander or LED driver. */
export interface KnownChipRow {
  readonly name: string;
  readonly kind: ChipRole;
  readonly channels: readonly string[];
  readonly outputs: number;
  readonly pec?: boolean;
  readonly usesShunt?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

/** The catalogue of the chips with drivers, and the kernel's hwmon fans. */
export function chipCatalogue(rows: Iterable<KnownChipRow>): ChipCatalogue {
  const catalogue = new Map<string, ChipFacts>([[HWMON_FAN, hwmonFanFacts()]]);
  for (const row of rows) {
    const { pec = false, usesShunt = false, labels = {} } = row;
    catalogue.set(row.name, { ...factsOf(row), pec, usesShunt, labels });
  }
  return catalogue;
}

function factsOf({ kind, channels, outputs }: KnownChipRow): ChipFacts {
  switch (kind) {
    case 'fan':
      return { kind, channels, pwmCount: outputs, tachometerCount: channels.filter((c) => c.startsWith('fan')).length };
    case 'expander':
    case 'led':
      return { kind, channels, pinCount: outputs };
    default:
      return { kind, channels };
  }
}

function hwmonFanFacts(): ChipFacts {
  const numbers = Array.from({ length: HWMON_CHANNELS }, (_, index) => index + 1);
  return {
    kind: 'fan',
    channels: [...numbers.map((n) => `fan${n}`), ...numbers.map((n) => `temp${n}`)],
    pwmCount: HWMON_CHANNELS,
    tachometerCount: HWMON_CHANNELS,
  };
}
