// The text of a board file → a Board, or a refusal that names every wrong place. Form only; check.ts looks at what the
// parts say about each other.
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';
import { refusal, type Finding } from './finding.ts';
import { parseJsonText } from './json-text.ts';
import { boardSchema, type Board } from './schema.ts';
import { schemaFindings } from './schema-findings.ts';

export const BOARD_HINT = 'boards/board.schema.json describes board files';

/** The JSON Schema of board files as people write them: defaults may be left out. */
export function boardJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(boardSchema, { io: 'input' });
}

/** @throws ColdslotError `bad-input`; its subject is `file at <JSON path>`, or `file:line:column` where it is not JSON */
export function parseBoard(file: string, text: string): Board {
  const parsed = readForm(file, text);
  if ('board' in parsed) return parsed.board;
  throw refusal(file, parsed.findings, BOARD_HINT);
}

function readForm(file: string, text: string): { readonly board: Board } | { readonly findings: readonly Finding[] } {
  const value = parseJsonText(file, text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ColdslotError('bad-input', `${file} at $`, 'expected an object, the board', BOARD_HINT);
  }
  const result = boardSchema.safeParse(value);
  if (result.success) return { board: result.data };
  return { findings: schemaFindings(result.error.issues, value, boardJsonSchema()) };
}
