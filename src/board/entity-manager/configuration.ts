// entity-manager's configuration files (openbmc/entity-manager, docs/entity_manager_config.md): one configuration or an
// array of them, each with a Probe that says when it holds and Exposes, the list of what is then there.
import { ColdslotError } from '../../core/errors.ts';
import { jsonPath } from '../finding.ts';
import { parseJsonText } from '../json-text.ts';
import { withoutComments } from './comments.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** One entry of Exposes. */
export interface Expose {
  readonly type: string;
  readonly name: string;
  readonly fields: Fields;
}

export interface Configuration {
  readonly file: string;
  readonly name: string;
  readonly type: string;
  /** As it stands in the file; probe.ts reads it. */
  readonly probe: unknown;
  readonly exposes: readonly Expose[];
}

export interface SourceText {
  readonly file: string;
  readonly text: string;
}

const HINT = 'expected a configuration of entity-manager, see docs/entity_manager_config.md there';

/** @throws ColdslotError `bad-input`; subject `file:line:column` where it is no JSON, else `file at <JSON path>` */
export function readConfigurations({ file, text }: SourceText): readonly Configuration[] {
  const value = parseJsonText(file, withoutComments(file, text));
  if (!Array.isArray(value)) return [configurationOf(file, value, [])];
  return value.map((one: unknown, index) => configurationOf(file, one, [index]));
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textIn(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === 'string' ? value : undefined;
}

/** A number, or text that is one: "18", "0x4c". */
export function numberIn(fields: Fields, key: string): number | undefined {
  const value = fields[key];
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*(-?\d+(\.\d+)?|0[xX][0-9a-fA-F]+)\s*$/.test(value)) return undefined;
  return Number(value);
}

/** The texts of an array; a text alone counts as an array of one. */
export function textsIn(fields: Fields, key: string): readonly string[] {
  const value = fields[key];
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function configurationOf(file: string, value: unknown, path: readonly PropertyKey[]): Configuration {
  if (!isFields(value)) throw wrong(file, path, 'expected an object');
  const exposes = value['Exposes'] ?? [];
  // entity-manager takes one object for a list of one
  const list: readonly unknown[] = Array.isArray(exposes) ? exposes : [exposes];
  return {
    file,
    name: textIn(value, 'Name') ?? file,
    type: textIn(value, 'Type') ?? '',
    probe: value['Probe'],
    exposes: list.map((one, index) => {
      const at = [...path, 'Exposes', index];
      if (!isFields(one)) throw wrong(file, at, 'expected an object');
      const type = textIn(one, 'Type');
      if (type === undefined) throw wrong(file, [...at, 'Type'], 'expected the type as text');
      return { type, name: textIn(one, 'Name') ?? type, fields: one };
    }),
  };
}

function wrong(file: string, path: readonly PropertyKey[], message: string): ColdslotError {
  return new ColdslotError('bad-input', `${file} at ${jsonPath(...path)}`, message, HINT);
}
