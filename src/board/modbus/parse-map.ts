// The text of a Modbus map → a map that has passed every check, or a refusal that names every wrong place.
import * as z from 'zod';
import { ColdslotError } from '../../core/errors.ts';
import { checkMap } from '../../protocols/modbus/map-checks.ts';
import { modbusMapSchema, type ModbusMap } from '../../protocols/modbus/register-map.ts';
import { finding, refusal } from '../finding.ts';
import { parseJsonText } from '../json-text.ts';
import { schemaFindings } from '../schema-findings.ts';

const HINT = 'boards/modbus-map.schema.json describes Modbus maps';

/** The JSON Schema of maps as people write them: defaults may be left out. */
export function modbusMapJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(modbusMapSchema, { io: 'input' });
}

/**
 * @param id which map it is expected to be: its file is named so
 * @throws ColdslotError `bad-input`; its subject is `file at <JSON path>`
 */
export function parseMap(file: string, text: string, id: string): ModbusMap {
  const value = parseJsonText(file, text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ColdslotError('bad-input', `${file} at $`, 'expected an object, the map', HINT);
  }
  const result = modbusMapSchema.safeParse(value);
  if (!result.success) throw refusal(file, schemaFindings(result.error.issues, value, modbusMapJsonSchema()), HINT);
  const map = result.data;
  const named = map.id === id ? [] : [finding(['id'], `expected "${id}" as its file is named, found "${map.id}"`)];
  const findings = [...named, ...checkMap(map).map(({ keys, message }) => finding(keys, message))];
  if (findings.length > 0) throw refusal(file, findings, HINT);
  return map;
}
