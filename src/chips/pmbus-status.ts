// PMBus status registers as named conditions. PMBus Specification Part II, section "Status Reporting": tables of
// STATUS_WORD, STATUS_VOUT, STATUS_IOUT, STATUS_INPUT, STATUS_TEMPERATURE, STATUS_CML and STATUS_FANS.

export const PMBUS_STATUS = {
  byte: 0x78,
  word: 0x79,
  vout: 0x7a,
  iout: 0x7b,
  input: 0x7c,
  temperature: 0x7d,
  cml: 0x7e,
  fans12: 0x81,
  fans34: 0x82,
};

/** Of STATUS_WORD. */
export const POWER_NOT_GOOD = 0x0800;
export const STATUS_CML = 0x02;
export const CML_INVALID_COMMAND = 0x80;

/** From bit 0 up; null: reserved. */
type BitNames = readonly (string | null)[];

const WORD: BitNames = [
  null, // none of the above: bits of the high byte say what
  null, // CML
  null, // temperature
  'vin-under-voltage-fault',
  'iout-over-current-fault',
  'vout-over-voltage-fault',
  'off',
  'busy',
  'unknown-fault',
  'other-fault',
  null, // fans
  'power-not-good',
  'manufacturer-specific',
  null, // input
  null, // output current or power
  null, // output voltage
];

/** A register with the details of a bit of STATUS_WORD. */
export interface StatusDetail {
  readonly summaryBit: number;
  readonly command: number;
  readonly names: BitNames;
}

export const STATUS_DETAILS: readonly StatusDetail[] = [
  {
    summaryBit: 0x8000,
    command: PMBUS_STATUS.vout,
    names: [
      'vout-tracking-error',
      'vout-turn-off-warning',
      'vout-turn-on-fault',
      'vout-maximum-warning',
      'vout-under-voltage-fault',
      'vout-under-voltage-warning',
      'vout-over-voltage-warning',
      'vout-over-voltage-fault',
    ],
  },
  {
    summaryBit: 0x4000,
    command: PMBUS_STATUS.iout,
    names: [
      'pout-over-power-warning',
      'pout-over-power-fault',
      'power-limiting',
      'current-share-fault',
      'iout-under-current-fault',
      'iout-over-current-warning',
      'iout-over-current-low-voltage-fault',
      'iout-over-current-fault',
    ],
  },
  {
    summaryBit: 0x2000,
    command: PMBUS_STATUS.input,
    names: [
      'pin-over-power-warning',
      'iin-over-current-warning',
      'iin-over-current-fault',
      'off-for-low-input',
      'vin-under-voltage-fault',
      'vin-under-voltage-warning',
      'vin-over-voltage-warning',
      'vin-over-voltage-fault',
    ],
  },
  {
    summaryBit: 0x0004,
    command: PMBUS_STATUS.temperature,
    names: [
      null,
      null,
      null,
      null,
      'under-temperature-fault',
      'under-temperature-warning',
      'over-temperature-warning',
      'over-temperature-fault',
    ],
  },
  {
    summaryBit: STATUS_CML,
    command: PMBUS_STATUS.cml,
    names: [
      'memory-or-logic-fault',
      'communication-fault',
      null,
      'processor-fault',
      'memory-fault',
      'packet-error',
      'invalid-data',
      'invalid-command',
    ],
  },
  { summaryBit: 0x0400, command: PMBUS_STATUS.fans12, names: fanNames(1, 2, true) },
  { summaryBit: 0x0400, command: PMBUS_STATUS.fans34, names: fanNames(3, 4, false) },
];

function fanNames(first: number, second: number, hasAirflow: boolean): BitNames {
  return [
    hasAirflow ? 'airflow-warning' : null,
    hasAirflow ? 'airflow-fault' : null,
    `fan${second}-speed-overridden`,
    `fan${first}-speed-overridden`,
    `fan${second}-warning`,
    `fan${first}-warning`,
    `fan${second}-fault`,
    `fan${first}-fault`,
  ];
}

/** The conditions that STATUS_WORD itself names; the summary bits lead to STATUS_DETAILS instead. */
export function wordConditions(word: number): readonly string[] {
  return namesOf(word, WORD);
}

export function detailConditions(register: number, detail: StatusDetail): readonly string[] {
  return namesOf(register, detail.names);
}

function namesOf(register: number, names: BitNames): string[] {
  return names.filter((name, bit): name is string => name !== null && ((register >> bit) & 1) === 1);
}
