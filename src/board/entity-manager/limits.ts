// entity-manager's Thresholds → limits. Severity 0 warns, 1 is critical, 4 a hard shutdown; 2 and 3 (performance loss,
// soft shutdown) and a shutdown downwards have no like here.
import { isFields, numberIn, textIn, type Fields } from './configuration.ts';
import type { SensorLimits } from '../schema.ts';

export interface Threshold {
  /** The reading it is for; undefined where the entry does not say. */
  readonly label: string | undefined;
  /** The temperature it is for, from 1, on parts with several; undefined where the entry does not say. */
  readonly index: number | undefined;
  readonly direction: string;
  readonly severity: number | undefined;
  readonly value: number | undefined;
  readonly hysteresis: number | undefined;
}

export interface ChannelLimits {
  readonly limits: SensorLimits;
  /** One for the channel: that of its highest limit that has one. */
  readonly hysteresis: number | undefined;
  /** What could not be taken, in words to be counted. */
  readonly lost: readonly string[];
}

type LimitName = keyof SensorLimits;
const limitNames: Readonly<Record<string, LimitName>> = {
  'greater than 0': 'warningHigh',
  'greater than 1': 'criticalHigh',
  'greater than 4': 'powerDownHigh',
  'less than 0': 'warningLow',
  'less than 1': 'criticalLow',
};
const hysteresisOrder: readonly LimitName[] = [
  'criticalHigh',
  'warningHigh',
  'powerDownHigh',
  'warningLow',
  'criticalLow',
];

export function thresholdsOf(fields: Fields): readonly Threshold[] {
  const list = fields['Thresholds'];
  if (!Array.isArray(list)) return [];
  return list.filter(isFields).map((entry) => ({
    label: textIn(entry, 'Label'),
    index: numberIn(entry, 'Index'),
    direction: textIn(entry, 'Direction') ?? '',
    severity: numberIn(entry, 'Severity'),
    value: numberIn(entry, 'Value'),
    hysteresis: numberIn(entry, 'Hysteresis'),
  }));
}

/** @param channel hwmon name: only a temperature can power down */
export function limitsOf(thresholds: readonly Threshold[], channel: string): ChannelLimits {
  const limits: { -readonly [K in LimitName]?: number } = {};
  const hysteresis = new Map<LimitName, number>();
  const lost: string[] = [];
  for (const threshold of thresholds) {
    const key = `${threshold.direction} ${threshold.severity ?? 'without severity'}`;
    const name = Object.hasOwn(limitNames, key) ? limitNames[key] : undefined;
    const isTaken = name !== undefined && threshold.value !== undefined && limits[name] === undefined;
    if (!isTaken || (name === 'powerDownHigh' && !channel.startsWith('temp'))) {
      lost.push(`Thresholds: ${threshold.direction}, severity ${threshold.severity ?? 'not given'}`);
      continue;
    }
    limits[name] = threshold.value;
    if (threshold.hysteresis !== undefined && threshold.hysteresis >= 0) hysteresis.set(name, threshold.hysteresis);
  }
  const first = hysteresisOrder.find((name) => hysteresis.has(name));
  const kept = first === undefined ? undefined : hysteresis.get(first);
  for (const value of hysteresis.values()) {
    if (value !== kept) lost.push('Thresholds: Hysteresis other than that of the channel’s highest limit');
  }
  return { limits, hysteresis: kept, lost };
}
