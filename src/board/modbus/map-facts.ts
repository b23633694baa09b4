// What the checks of a board must know about Modbus maps, said as facts about chips.
import type { ModbusMap } from '../../protocols/modbus/register-map.ts';
import type { ChipCatalogue, ChipFacts } from '../chip-catalogue.ts';
import type { ModbusMaps } from './map-folder.ts';

/** A map with speeds that can be set is a fan controller. */
export function factsOfMap(map: ModbusMap): ChipFacts {
  const measured = map.registers.flatMap((register) =>
    'channel' in register && register.channel !== undefined ? [[register.channel, register.pollS] as const] : [],
  );
  const channels = measured.map(([channel]) => channel);
  const modbus = { pollS: new Map(measured) };
  if (map.actuators.length === 0) return { kind: 'sensor', channels, modbus };
  const highest = (numbers: readonly number[]) => Math.max(0, ...numbers);
  return {
    kind: 'fan',
    channels,
    pwmCount: highest(map.actuators.map(({ pwm }) => pwm)),
    tachometerCount: highest(channels.flatMap((name) => (name.startsWith('fan') ? [Number(name.slice(3))] : []))),
    modbus,
  };
}

export function withMaps(catalogue: ChipCatalogue, maps: ModbusMaps): ChipCatalogue {
  if (maps.size === 0) return catalogue;
  return new Map([...catalogue, ...[...maps].map(([id, map]) => [id, factsOfMap(map)] as const)]);
}
