// What is wrong in a board file: where (a JSON path) and what was expected; and the refusal that lists it all.
import { ColdslotError } from '../core/errors.ts';

export interface Finding {
  /** JSON path from the root: `$.devices[3].address`. */
  readonly path: string;
  /** What was expected there. */
  readonly message: string;
}

/** More than this are counted, not listed. */
const MAX_LISTED = 10;

/** A JSON path as people write it: `$.devices[3].address`. */
export function jsonPath(...keys: readonly PropertyKey[]): string {
  const steps = keys.map((key) => {
    if (typeof key === 'number') return `[${key}]`;
    const name = String(key);
    return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  });
  return `$${steps.join('')}`;
}

export function finding(keys: readonly PropertyKey[], message: string): Finding {
  return { path: jsonPath(...keys), message };
}

/** One refusal for all findings: the first is its subject, the others follow with their paths. */
export function refusal(file: string, findings: readonly Finding[], hint: string): ColdslotError {
  const [first, ...others] = findings;
  if (first === undefined) return new ColdslotError('bad-input', file, 'expected a board file', hint);
  const listed = others.slice(0, MAX_LISTED - 1).map(({ path, message }) => `and at ${path}: ${message}`);
  const left = others.length - listed.length;
  const more = left > 0 ? [`and ${left} more`] : [];
  const message = [first.message, ...listed, ...more].join('; ');
  return new ColdslotError('bad-input', `${file} at ${first.path}`, message, hint);
}
