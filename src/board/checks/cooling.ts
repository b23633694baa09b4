// Air movers hang on fan chips that have the channel, each in one zone; zones look at temperatures; watchdogs fit.
import { finding, type Finding } from '../finding.ts';
import type { BoardTable } from '../schema.ts';
import { listed, type BoardIndex } from './board-index.ts';

export function checkCooling(index: BoardIndex): Finding[] {
  return [...fanChannels(index), ...zoneMembers(index), ...zoneSensors(index), ...watchdogs(index)];
}

/** Each PWM output exists and serves air movers of one zone; each tachometer input exists and serves one air mover. */
function fanChannels(index: BoardIndex): Finding[] {
  const taken = new Map<string, string>();
  const sharers = new Set(index.board.airMovers.filter(({ pwm }) => pwm.shared === true).map(({ id }) => id));
  const zoneOf = (id: string) => index.board.zones.find((zone) => zone.airMovers.includes(id))?.id;
  const mayShare = (a: string, b: string) => sharers.has(a) && sharers.has(b) && zoneOf(a) === zoneOf(b);
  const claim = (
    kind: 'pwm' | 'tachometer',
    device: string,
    channel: number,
    path: readonly PropertyKey[],
    mover: string,
  ) => {
    const wrong = wrongFanChannel(index, kind, device, channel, path);
    if (wrong !== null) return [wrong];
    const key = `${kind} ${channel} of ${device}`;
    const other = taken.get(key);
    taken.set(key, mover);
    if (other === undefined || (kind === 'pwm' && mayShare(other, mover))) return [];
    const unless = kind === 'pwm' ? ' (fans of one zone may share one: "shared": true on each)' : '';
    return [finding(path, `expected a ${kind} of its own, ${other} has ${key}${unless}`)];
  };
  return index.board.airMovers.flatMap((mover, m) => [
    ...claim('pwm', mover.pwm.device, mover.pwm.channel, ['airMovers', m, 'pwm'], mover.id),
    ...powerSensor(index, mover.powerSensor, ['airMovers', m, 'powerSensor']),
    ...mover.tachometers.flatMap((tach, t) =>
      claim('tachometer', tach.device, tach.channel, ['airMovers', m, 'tachometers', t], mover.id),
    ),
  ]);
}

function powerSensor(index: BoardIndex, name: string | undefined, path: readonly PropertyKey[]): Finding[] {
  if (name === undefined) return [];
  const place = index.sensors.get(name);
  if (place?.channel.channel.startsWith('power') === true) return [];
  const found = place === undefined ? `no device has ${name}` : `${name} is ${place.channel.channel}`;
  return [finding(path, `expected a power sensor, ${found}`)];
}

function wrongFanChannel(
  index: BoardIndex,
  kind: 'pwm' | 'tachometer',
  id: string,
  channel: number,
  path: readonly PropertyKey[],
): Finding | null {
  const device = index.devices.get(id);
  if (device === undefined) return finding([...path, 'device'], `expected a fan controller, there is no device ${id}`);
  const facts = index.chipOf(id);
  if (facts === undefined) return null; // the unknown chip is a finding of its own
  if (facts.kind !== 'fan') return finding([...path, 'device'], `expected a fan controller, ${id} is a ${device.chip}`);
  const count = (kind === 'pwm' ? facts.pwmCount : facts.tachometerCount) ?? 0;
  if (channel <= count) return null;
  return finding([...path, 'channel'], `expected a ${kind} of 1 to ${count} of a ${device.chip}, found ${channel}`);
}

function zoneMembers({ board }: BoardIndex): Finding[] {
  const zoneOf = new Map<string, string>();
  const movers = new Set(board.airMovers.map((mover) => mover.id));
  const findings = board.zones.flatMap((zone, z) =>
    zone.airMovers.flatMap((id, i) => {
      const path = ['zones', z, 'airMovers', i];
      const other = zoneOf.get(id);
      zoneOf.set(id, zone.id);
      if (!movers.has(id)) return [finding(path, `expected the name of an air mover (${listed(movers)}), found ${id}`)];
      return other === undefined ? [] : [finding(path, `expected each air mover in one zone, ${id} is in ${other}`)];
    }),
  );
  const without = board.airMovers.flatMap((mover, m) =>
    zoneOf.has(mover.id) ? [] : [finding(['airMovers', m], `expected air mover ${mover.id} in a zone, it is in none`)],
  );
  return [...findings, ...without];
}

function zoneSensors(index: BoardIndex): Finding[] {
  return index.board.zones.flatMap((zone, z) => [
    ...zone.sensors.flatMap((name, i) => wrongTemperature(index, name, ['zones', z, 'sensors', i])),
    ...zone.tables.flatMap((table, t) => [
      ...wrongTemperature(index, table.sensor, ['zones', z, 'tables', t, 'sensor']),
      ...unordered(table, ['zones', z, 'tables', t, 'steps']),
    ]),
  ]);
}

function wrongTemperature(index: BoardIndex, name: string, path: readonly PropertyKey[]): Finding[] {
  const place = index.sensors.get(name);
  if (place === undefined) return [finding(path, `expected the name of a sensor, no device has ${name}`)];
  if (place.channel.channel.startsWith('temp')) return [];
  return [finding(path, `expected a temperature, ${name} is ${place.channel.channel} of ${place.device.id}`)];
}

function unordered({ steps }: BoardTable, path: readonly PropertyKey[]): Finding[] {
  return steps.flatMap((step, i) => {
    const before = steps[i - 1];
    if (before === undefined || before.atC < step.atC) return [];
    return [finding([...path, i, 'atC'], `expected steps from cold to hot, ${step.atC} comes after ${before.atC}`)];
  });
}

function watchdogs(index: BoardIndex): Finding[] {
  return index.board.watchdogs.flatMap((watchdog, w) => {
    if (watchdog.kind !== 'max31790') return [];
    const device = index.devices.get(watchdog.device);
    if (device?.chip === 'max31790' && device.via === 'hwmon') {
      const message = `expected a device that we drive, a kernel driver owns ${device.id}: use the watchdog of kind linux`;
      return [finding(['watchdogs', w, 'device'], message)];
    }
    if (device?.chip === 'max31790') return [];
    const found = device === undefined ? `there is no device ${watchdog.device}` : `${device.id} is a ${device.chip}`;
    return [finding(['watchdogs', w, 'device'], `expected a max31790, ${found}`)];
  });
}
