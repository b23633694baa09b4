// The one error class: a code, the thing it is about, what happened and the way out. Hardware failing is not an
// error, it is a Reading.

/** `usage` and `bad-input` end a command with exit status 2, `no-controller` with 4, the others with 1. */
export type ErrorCode =
  | 'usage'
  | 'bad-input'
  | 'not-found'
  | 'refused'
  | 'conflict'
  | 'no-controller'
  | 'io'
  | 'failed';

export class ColdslotError extends Error {
  override readonly name = 'ColdslotError';
  readonly code: ErrorCode;
  /** What it is about: a file with a JSON path, a workload, a port. */
  readonly subject: string;
  /** What to do about it; empty when there is nothing to add. */
  readonly hint: string;

  constructor(code: ErrorCode, subject: string, message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.subject = subject;
    this.hint = hint;
  }
}

/** One line for people: `subject: what happened; what to do`. */
export function describeError(error: unknown): string {
  if (!(error instanceof ColdslotError)) return error instanceof Error ? error.message : String(error);
  return `${error.subject}: ${error.message}${error.hint === '' ? '' : `; ${error.hint}`}`;
}

export function exitCodeOf(error: unknown): 1 | 2 | 4 {
  if (!(error instanceof ColdslotError)) return 1;
  if (error.code === 'usage' || error.code === 'bad-input') return 2;
  return error.code === 'no-controller' ? 4 : 1;
}

/** Ends an exhaustive switch: a new case that nobody handles does not compile. */
export function assertNever(value: never, what = 'value'): never {
  throw new Error(`unexpected ${what}: ${JSON.stringify(value)}`);
}

/** A condition that only a bug in coldslot can break. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (condition !== true && !condition) throw new Error(`invariant broken: ${message}`);
}
