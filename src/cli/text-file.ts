// A file named on the command line, as text.
import { readFileSync, statSync } from 'node:fs';
import { ColdslotError } from '../core/errors.ts';

const MAX_FILE_BYTES = 64 << 20;

/** @throws ColdslotError `bad-input` when it cannot be read or is too long */
export function readText(file: string): string {
  let bytes: number;
  try {
    bytes = statSync(file).size;
    if (bytes <= MAX_FILE_BYTES) return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new ColdslotError('bad-input', file, `cannot be read: ${why}`, 'check the path', { cause });
  }
  throw new ColdslotError('bad-input', file, `has ${bytes} bytes`, `at most ${MAX_FILE_BYTES} are read`);
}
