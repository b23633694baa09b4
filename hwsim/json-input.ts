// Reads the simulator's JSON input files (plants, scenarios): strict, refused with file, JSON path and expectation.
import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { ColdslotError } from '../src/core/errors.ts';

const MAX_FILE_BYTES = 1 << 20;

/** The file's text. @throws ColdslotError `bad-input` when it cannot be read or is larger than 1 MiB. */
export function readInput(file: string, what: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ColdslotError(
      'bad-input',
      file,
      `cannot read this ${what}: ${reason}`,
      'give the path of an existing file',
    );
  }
  if (text.length <= MAX_FILE_BYTES) return text;
  throw new ColdslotError('bad-input', file, `this ${what} is larger than ${MAX_FILE_BYTES} bytes`);
}

/**
 * Parses JSON text and checks it against a schema.
 * @throws ColdslotError `bad-input`; its subject is `FILE at PATH`, its message every finding (at most five).
 */
export function parseInput<T extends z.ZodType>(schema: T, text: string, file: string): z.output<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ColdslotError('bad-input', file, `not JSON: ${reason}`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [first, ...others] = result.error.issues;
  const more = others.slice(0, 4).map((issue) => `; ${pathOf(issue.path)}: ${issue.message}`);
  throw badInput(file, pathOf(first?.path ?? []), `${first?.message ?? 'invalid'}${more.join('')}`);
}

/** A finding at one place of an input file, worded like those of the schema. */
export function badInput(file: string, path: string, message: string): ColdslotError {
  return new ColdslotError('bad-input', `${file} at ${path}`, message, 'correct the file; nothing was started');
}

/** `slots[2].share.fan0`; the document itself is `(top)`. */
export function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(top)';
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`)).join('');
}
