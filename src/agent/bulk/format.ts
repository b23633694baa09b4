// The bulk stream from agent to agent (`coldslot-bulk/1`): a header line, the receiver's answer; then for each entry of
// the state directory a line, and after a file's line its bytes; a trailer line with the digest; the receiver's answer.
// Lines are JSON. The digest is sha256 over all bytes between header and trailer. Parents come before children.
import { posix } from 'node:path';
import * as z from 'zod';
import { ColdslotError } from '../../core/errors.ts';

export const BULK_FORMAT = 'coldslot-bulk/1';
export const MAX_BULK_LINE_BYTES = 16 * 1024;
export const MAX_BULK_ENTRIES = 200_000;
export const MAX_BULK_BYTES = 256 * 1024 ** 3;
export const MAX_PATH_CHARS = 2048;
export const MAX_PATH_DEPTH = 64;
/** A connection on which nothing moves for this long is given up. */
export const BULK_IDLE_MS = 30_000;

const path = z.string().min(1).max(MAX_PATH_CHARS);
const mode = z.int().min(0).max(0o777);
const bytes = z.int().min(0).max(MAX_BULK_BYTES);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const bulkHeaderSchema = z.strictObject({
  format: z.literal(BULK_FORMAT),
  ticket: z.string().max(2048),
  move: z.string().max(63),
  workload: z.string().max(63),
  epoch: z.int().min(1),
  /** How much will come, at most. */
  entries: z.int().min(0).max(MAX_BULK_ENTRIES),
  bytes,
});

export const bulkEntrySchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('directory'), path, mode }),
  z.strictObject({ type: z.literal('file'), path, mode, modifiedMs: z.number().min(0), size: bytes }),
  z.strictObject({ type: z.literal('link'), path, target: z.string().min(1).max(MAX_PATH_CHARS) }),
  z.strictObject({ type: z.literal('end'), entries: z.int().min(0), bytes, digest }),
]);

export const bulkAnswerSchema = z.discriminatedUnion('answer', [
  z.strictObject({ answer: z.literal('send') }),
  /** Received, verified and durable; also instead of `send` when it was received before. */
  z.strictObject({ answer: z.literal('received'), bytes, digest }),
  z.strictObject({ answer: z.literal('refused'), error: z.string().max(400) }),
]);

export type BulkHeader = z.output<typeof bulkHeaderSchema>;
export type BulkLine = z.output<typeof bulkEntrySchema>;
export type BulkEntry = Exclude<BulkLine, { type: 'end' }>;
export type BulkAnswer = z.output<typeof bulkAnswerSchema>;

/** Why a path may not be written below a state directory; null when it may. */
export function whyPathRefused(path: string): string | null {
  const parts = path.split('/');
  if (path.includes('\0')) return 'holds a zero byte';
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'leaves the state directory';
  return parts.length > MAX_PATH_DEPTH ? `is deeper than ${MAX_PATH_DEPTH}` : null;
}

/**
 * Why a symbolic link may not be shipped; null when it may. It must be relative, and climb only at its beginning and
 * not above the state directory: a `..` after a name could climb out through another link.
 */
export function whyLinkRefused(path: string, target: string): string | null {
  if (target.includes('\0')) return 'holds a zero byte';
  if (target.startsWith('/')) return `points to the absolute path ${target}`;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const levels = climbs < 0 ? parts.length : climbs;
  if (parts.slice(levels).includes('..')) return `points to ${target}, which climbs after a name`;
  const folder = posix.dirname(path);
  const depth = folder === '.' ? 0 : folder.split('/').length;
  return levels > depth ? `points out of the state directory: ${target}` : null;
}

/** @throws ColdslotError `bad-input` when the line is not JSON of this shape */
export function parseBulkLine<T>(schema: z.ZodType<T>, line: Uint8Array, what: string): T {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(line).toString('utf8'));
  } catch {
    throw new ColdslotError('bad-input', 'bulk stream', `${what} is not JSON`);
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ColdslotError('bad-input', 'bulk stream', `${what} ${issue?.path.join('.')}: ${issue?.message}`);
}
