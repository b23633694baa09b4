// JSON text → value, strictly (RFC 8259): says line and column of what is wrong, and refuses a key given twice, which
// JSON.parse would silently take the last of.
import { ColdslotError } from '../core/errors.ts';

/** A board of 64 slots and 512 devices is far below it. */
export const MAX_JSON_BYTES = 4 << 20;
const MAX_DEPTH = 32;

const literals: Readonly<Record<string, true>> = { true: true, false: true, null: true };

class SyntaxFault extends Error {
  readonly offset: number;

  constructor(offset: number, expectation: string) {
    super(expectation);
    this.offset = offset;
  }
}

/** @throws ColdslotError `bad-input`, subject `file:line:column`, saying what was expected there */
export function parseJsonText(file: string, text: string): unknown {
  if (text.length > MAX_JSON_BYTES) {
    throw new ColdslotError('bad-input', file, `expected at most ${MAX_JSON_BYTES} bytes, it has ${text.length}`);
  }
  const value = quickly(text);
  if (value !== undefined) return value;
  try {
    new Scanner(text).document();
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    const { line, column } = placeOf(text, error.offset);
    throw new ColdslotError('bad-input', `${file}:${line}:${column}`, `not valid JSON: ${error.message}`);
  }
  return JSON.parse(text);
}

/**
 * What JSON.parse makes of it, when that has as many keys as the text; undefined when the scanner must look. A guardian
 * on a small processor is ready a good deal sooner so.
 */
function quickly(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const written = text.match(/"(?:[^"\\]|\\.)*"[ \t\r\n]*:/g)?.length ?? 0;
    return keyCount(value, 0) === written ? value : undefined;
  } catch {
    return undefined;
  }
}

/** NaN when it is nested too deep. */
function keyCount(value: unknown, depth: number): number {
  if (depth > MAX_DEPTH) return Number.NaN;
  if (typeof value !== 'object' || value === null) return 0;
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const part of Object.values(value)) count += keyCount(part, depth + 1);
  return count;
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Walks the text once; `#at` is the next character. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#fault('expected the end of the file');
  }

  #value(depth: number): void {
    if (depth > MAX_DEPTH) throw this.#fault(`expected at most ${MAX_DEPTH} levels of nesting`);
    this.#space();
    const next = this.#text[this.#at];
    if (next === '{') this.#object(depth);
    else if (next === '[') this.#array(depth);
    else if (next === '"') this.#string();
    else this.#scalar();
  }

  #object(depth: number): void {
    this.#at++;
    const seen = new Set<string>();
    this.#space();
    if (this.#take('}')) return;
    do {
      this.#space();
      const start = this.#at;
      const key = this.#string('a key in double quotes');
      if (seen.has(key)) throw new SyntaxFault(start, `expected each key once, ${JSON.stringify(key)} is here again`);
      seen.add(key);
      this.#space();
      if (!this.#take(':')) throw this.#fault('expected ":" after the key');
      this.#value(depth + 1);
      this.#space();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#fault('expected "," or "}"');
  }

  #array(depth: number): void {
    this.#at++;
    this.#space();
    if (this.#take(']')) return;
    do {
      this.#value(depth + 1);
      this.#space();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#fault('expected "," or "]"');
  }

  #string(what = 'a string'): string {
    // oxlint-disable-next-line no-control-regex -- RFC 8259 section 7: control characters must be escaped
    const token = this.#match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    if (token === null) throw this.#fault(`expected ${what}`);
    return JSON.parse(token) as string;
  }

  #scalar(): void {
    const start = this.#at;
    if (this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y) !== null) return;
    const word = this.#match(/[a-zA-Z]+/y);
    if (word === null || literals[word] !== true) throw new SyntaxFault(start, 'expected a value');
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(sticky: RegExp): string | null {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0] ?? null;
    if (found !== null) this.#at += found.length;
    return found;
  }

  #fault(expectation: string): SyntaxFault {
    const found = this.#text[this.#at];
    return new SyntaxFault(
      this.#at,
      `${expectation}, found ${found === undefined ? 'the end' : JSON.stringify(found)}`,
    );
  }
}
