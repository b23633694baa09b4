// Maps as tests write them: only what matters, the rest by default.
import { modbusMapSchema, type ModbusMap, type ModbusRegister } from '../../../src/protocols/modbus/register-map.ts';

export function sampleMap(parts: Readonly<Record<string, unknown>> = {}): ModbusMap {
  return modbusMapSchema.parse({
    format: 'coldslot-modbus-map/1',
    id: 'sample',
    name: 'Sample',
    probe: { at: 0 },
    registers: [{ name: 'inlet', at: 0, type: 'i16', scale: 0.1, unit: 'C', channel: 'temp1' }],
    ...parts,
  });
}

export function register(parts: Readonly<Record<string, unknown>>): ModbusRegister {
  const [one] = sampleMap({ registers: [{ name: 'one', at: 0, ...parts }] }).registers;
  if (one === undefined) throw new Error('the map has one register');
  return one;
}
