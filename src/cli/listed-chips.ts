// Everything that `chip list` names: chips with drivers, and Modbus devices with maps of coldslot's own.
import { factsOfMap } from '../board/modbus/map-facts.ts';
import { ownMaps } from '../board/modbus/map-folder.ts';
import type { ChipAbilities } from '../chips/chip-abilities.ts';
import { chipAbilities } from '../chips/chip-abilities.ts';
import type { ModbusMap } from '../protocols/modbus/register-map.ts';
import { unitOf } from '../sensing/sensor.ts';

export interface ListedChip extends Omit<ChipAbilities, 'kind'> {
  readonly kind: ChipAbilities['kind'] | 'modbus';
}

export function listedChips(): readonly ListedChip[] {
  const source = ownMaps();
  const maps = source.ids().flatMap((id) => source.find(id) ?? []);
  return [...chipAbilities(), ...maps.map(listedMap)];
}

/** Flags of a map become events, as the conditions of a chip do. */
function listedMap(map: ModbusMap): ListedChip {
  const { channels, pwmCount = 0 } = factsOfMap(map);
  return {
    name: map.id,
    kind: 'modbus',
    channels: channels.map((channel) => ({ channel, unit: unitOf(channel) })),
    outputs: pwmCount,
    watchdogS: [],
    pec: false,
    conditions: map.registers.some(({ type }) => type === 'flags'),
    decode: false,
    identity: false,
    shunt: false,
  };
}
