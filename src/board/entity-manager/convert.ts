// One entry of Exposes → what it becomes here.
import { muxTypes } from './chip-types.ts';
import { isFields, textsIn, type Expose, type Fields } from './configuration.ts';
import {
  placeOf,
  unusedKeys,
  type Conversion,
  type ConversionContext,
  type ConvertedMux,
  type Place,
} from './conversion.ts';
import { convertDevice } from './device.ts';
import { convertFan, FAN_TYPES } from './fan.ts';

export function convert(entry: Expose, context: ConversionContext): Conversion {
  const { type } = entry;
  if (type === 'Pid' || type === 'Stepwise' || type === 'Pid.Zone') return { kind: 'cooling' };
  if (type === 'IntelFanConnector') return { kind: 'connector' };
  if (FAN_TYPES.has(type)) return convertFan(entry, context) ?? { kind: 'unsupported' };
  const place = placeOf(entry.fields);
  if (place === null) return { kind: 'unsupported' };
  return convertMux(entry, place) ?? convertDevice(entry, place, context.catalogue) ?? { kind: 'unsupported' };
}

/** Connectors of a configuration by name, for `BindConnector`. */
export function connectorsIn(exposes: readonly Expose[]): ReadonlyMap<string, Fields> {
  return new Map(
    exposes
      .filter(({ type, fields }) => type === 'IntelFanConnector' && isFields(fields))
      .map(({ name, fields }) => [name, fields]),
  );
}

function convertMux({ type, name, fields }: Expose, place: Place): ConvertedMux | null {
  const kind = muxTypes.get(type);
  if (kind === undefined) return null;
  const names = textsIn(fields, 'ChannelNames');
  const all = Array.from({ length: kind.channelCount }, (_, channel) => ({
    channel,
    name: names[channel] === '' ? null : (names[channel] ?? null),
  }));
  const named = all.filter((channel) => channel.name !== null);
  return {
    kind: 'mux',
    name,
    place,
    chip: kind.chip,
    channels: named.length > 0 ? named : all,
    lost: unusedKeys(fields, new Set(['ChannelNames'])),
  };
}
