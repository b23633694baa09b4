// The committed JSON Schemas of board files and Modbus maps, as text: generated, so that they cannot say something else
// than the loader.
import { modbusMapJsonSchema } from './modbus/parse-map.ts';
import { boardJsonSchema } from './parse.ts';

export function boardSchemaText(): string {
  const titled = { ...boardJsonSchema(), title: 'coldslot board', description: 'What is soldered where in a chassis.' };
  return `${JSON.stringify(titled, null, 2)}\n`;
}

export function modbusMapSchemaText(): string {
  const description = 'What the registers of a Modbus device mean.';
  return `${JSON.stringify({ ...modbusMapJsonSchema(), title: 'coldslot Modbus map', description }, null, 2)}\n`;
}
