// Every name is given once: buses and mux channels, devices and muxes, sensors, air movers, zones, slots.
import { finding, type Finding } from '../finding.ts';
import type { Board } from '../schema.ts';

type Named = readonly [name: string, ...path: readonly PropertyKey[]];

export function checkNames(board: Board): Finding[] {
  const buses: Named[] = [
    ...board.buses.map((bus, i): Named => [bus.id, 'buses', i, 'id']),
    ...board.muxes.flatMap((mux, m) =>
      mux.channels.map((channel, c): Named => [channel.id, 'muxes', m, 'channels', c, 'id']),
    ),
  ];
  const devices: Named[] = [
    ...board.muxes.map((mux, i): Named => [mux.id, 'muxes', i, 'id']),
    ...board.devices.map((device, i): Named => [device.id, 'devices', i, 'id']),
  ];
  const sensors = board.devices.flatMap((device, d) =>
    device.channels.map((channel, c): Named => [channel.sensor, 'devices', d, 'channels', c, 'sensor']),
  );
  return [
    ...duplicates('bus', buses),
    ...duplicates('device', devices),
    ...duplicates('sensor', sensors),
    ...duplicates(
      'air mover',
      board.airMovers.map((mover, i): Named => [mover.id, 'airMovers', i, 'id']),
    ),
    ...duplicates(
      'zone',
      board.zones.map((zone, i): Named => [zone.id, 'zones', i, 'id']),
    ),
    ...duplicates(
      'slot number',
      board.slots.map((slot, i): Named => [String(slot.number), 'slots', i, 'number']),
    ),
    ...duplicates(
      'row and column',
      board.slots.map((slot, i): Named => [`${slot.row}, ${slot.column}`, 'slots', i, 'column']),
    ),
    ...board.muxes.flatMap((mux, m) =>
      duplicates(
        'channel number',
        mux.channels.map((channel, c): Named => [String(channel.channel), 'muxes', m, 'channels', c, 'channel']),
      ),
    ),
  ];
}

function duplicates(what: string, names: readonly Named[]): Finding[] {
  const seen = new Set<string>();
  return names.flatMap(([name, ...path]) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [finding(path, `expected a ${what} of its own, ${name} is used before`)];
  });
}
