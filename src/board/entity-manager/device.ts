// A sensor, memory or other part at an address: its chip, and which of its channels are which sensors.
import type { ChipCatalogue, ChipFacts } from '../chip-catalogue.ts';
import { channelOfLabel } from './channel-label.ts';
import { chipOfType } from './chip-types.ts';
import { textIn, textsIn, type Expose, type Fields } from './configuration.ts';
import { unusedKeys, type ConvertedChannel, type ConvertedDevice, type Place } from './conversion.ts';
import { limitsOf, thresholdsOf, type Threshold } from './limits.ts';

/** A channel that the entry names. */
interface Wanted {
  readonly channel: string;
  readonly name: string;
  readonly labels: readonly string[];
  /** Among the temperatures of a part, from 1. */
  readonly index: number;
}

const MAX_NAMES = 16;

/** null when no driver of the catalogue fits, or none of the readings asked for is one of the chip's. */
export function convertDevice(entry: Expose, place: Place, catalogue: ChipCatalogue): ConvertedDevice | null {
  const chip = chipOfType(entry.type, catalogue);
  const facts = chip === null ? undefined : catalogue.get(chip);
  if (chip === null || facts === undefined) return null;
  const { wanted, lost: lostLabels } = wantedChannels(entry, chip, facts);
  if (facts.channels.length > 0 && wanted.length === 0) return null;
  const thresholds = thresholdsOf(entry.fields);
  const taken = wanted.map((one) => ({ ...one, own: thresholds.filter((t) => isFor(t, one, wanted)) }));
  const converted = taken.map((one) => ({ one, ...limitsOf(one.own, one.channel) }));
  const unclaimed = thresholds.filter((threshold) => !taken.some(({ own }) => own.includes(threshold)));
  return {
    kind: 'device',
    name: entry.name,
    place,
    chip,
    channels: converted.map(({ one, limits, hysteresis }): ConvertedChannel => ({
      channel: one.channel,
      name: one.name,
      limits,
      hysteresis,
    })),
    assumption: assumptionOf(entry.type, chip),
    usesShunt: facts.usesShunt ?? false,
    lost: [
      ...lostLabels,
      ...unclaimed.map(() => 'Thresholds: for no reading that was taken'),
      ...converted.flatMap(({ lost }) => lost),
      ...unusedKeys(entry.fields, usedKeys(wanted)),
    ],
  };
}

function wantedChannels({ name, fields }: Expose, chip: string, facts: ChipFacts) {
  const labels = [
    ...new Set([...textsIn(fields, 'Labels'), ...(Object.hasOwn(fields, 'Labels') ? [] : namedLabels(fields))]),
  ];
  if (labels.length > 0) return labelled(name, fields, labels, chip, facts);
  const isThermometer = facts.channels.every((channel) => channel.startsWith('temp'));
  if (isThermometer) return { wanted: thermometer(fields, name, facts), lost: [] };
  const wanted = facts.channels.map((channel, i) => ({
    channel,
    name: `${name}_${channel}`,
    labels: [channel],
    index: i + 1,
  }));
  return { wanted, lost: [] };
}

function labelled(name: string, fields: Fields, labels: readonly string[], chip: string, facts: ChipFacts) {
  const wanted: Wanted[] = [];
  const lost: string[] = [];
  for (const label of labels) {
    const channel = channelOfLabel(label, chip, facts.channels, facts.labels);
    if (channel === null) lost.push(`Labels: ${label} of a ${chip}`);
    else if (wanted.some((one) => one.channel === channel))
      lost.push(`Labels: ${label}, ${channel} of a ${chip} twice`);
    else {
      const index = channel.startsWith('temp') ? Number(channel.slice('temp'.length)) : 1;
      wanted.push({ channel, name: nameOfLabel(name, fields, label, channel, index), labels: [label, channel], index });
    }
  }
  return { wanted, lost };
}

/** `vin_Name` names the reading; `Name1` the second temperature of a thermometer. */
function nameOfLabel(name: string, fields: Fields, label: string, channel: string, index: number): string {
  const own = textIn(fields, `${label}_Name`);
  if (own !== undefined) return own;
  const numbered = channel.startsWith('temp') && index > 1 ? textIn(fields, `Name${index - 1}`) : undefined;
  if (numbered !== undefined) return numbered;
  return channel === 'temp1' && label === 'temp1' && textIn(fields, 'Name1') !== undefined ? name : `${name}_${label}`;
}

/** `Name` is the first temperature, `Name1` the second, and so on. */
function thermometer(fields: Fields, name: string, facts: ChipFacts): Wanted[] {
  return Array.from({ length: MAX_NAMES }, (_, i) => i).flatMap((i): Wanted[] => {
    const channel = `temp${i + 1}`;
    const own = textIn(fields, `${channel}_Name`) ?? (i === 0 ? name : textIn(fields, `Name${i}`));
    if (own === undefined || !facts.channels.includes(channel)) return [];
    return [{ channel, name: own, labels: [channel], index: i + 1 }];
  });
}

/** Readings named without Labels: `in1_Name`. */
function namedLabels(fields: Fields): readonly string[] {
  return Object.keys(fields).flatMap((key) => (key.endsWith('_Name') ? [key.slice(0, -'_Name'.length)] : []));
}

/** A threshold without label or index is for the only reading, or the first of a thermometer (dbus-sensors, Thresholds.cpp). */
function isFor(threshold: Threshold, one: Wanted, wanted: readonly Wanted[]): boolean {
  if (threshold.label !== undefined && one.labels.includes(threshold.label)) return true;
  if (wanted.length === 1) return threshold.label === undefined && (threshold.index ?? one.index) === one.index;
  return threshold.label === undefined && one.channel.startsWith('temp') && (threshold.index ?? 1) === one.index;
}

function usedKeys(wanted: readonly Wanted[]): ReadonlySet<string> {
  const names = wanted.flatMap(({ labels, index, channel }) => [
    ...labels.map((label) => `${label}_Name`),
    ...(channel.startsWith('temp') ? [`Name${index - 1}`] : []),
  ]);
  return new Set(['Labels', 'Thresholds', ...names]);
}

function assumptionOf(type: string, chip: string): string | null {
  if (type !== 'EEPROM') return null;
  return `entity-manager does not say which EEPROM it is; ${chip} is the one that reading cannot write to by mistake: name the part`;
}
