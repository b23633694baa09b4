// The command line taken apart: words, and the options that may stand anywhere among them.
import { ColdslotError } from '../core/errors.ts';

export interface CliArguments {
  readonly words: readonly string[];
  /** Options without a value that were given, by name with dashes. */
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  /** Options that take one value or more (`F…`), and may be given again. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

export interface KnownOptions {
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
  readonly lists?: ReadonlySet<string>;
}

/** @throws ColdslotError `usage` for an option that is not known, given twice, or without its value */
export function parseArguments(argv: readonly string[], known: KnownOptions): CliArguments {
  const words: string[] = [];
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [name, inline] = splitOption(word === '-h' ? '--help' : word);
    if (known.flags.has(name) && inline === undefined) flags.add(name);
    else if (known.values.has(name)) {
      if (values.has(name)) throw usage(name, 'is given twice');
      values.set(name, inline ?? valueOf(name, rest.shift()));
    } else if (known.lists?.has(name) === true) {
      const first = inline ?? valueOf(name, rest.shift());
      const more = inline === undefined ? wordsAhead(rest) : [];
      lists.set(name, [...(lists.get(name) ?? []), first, ...more]);
    } else if (isOption(name)) throw usage(word, known.flags.has(name) ? 'takes no value' : 'is no option of coldslot');
    else words.push(word);
  }
  return { words, flags, values, lists };
}

export function usage(subject: string, message: string): ColdslotError {
  return new ColdslotError('usage', subject, message, 'see: coldslot help');
}

/** A number option or word. @throws ColdslotError `usage` */
export function numberOf(subject: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < low || value > high) {
    throw usage(subject, `expected a number from ${low} to ${high}, not '${text}'`);
  }
  return value;
}

/** A whole number. @throws ColdslotError `usage` */
export function integerOf(subject: string, text: string, low: number, high: number): number {
  const value = numberOf(subject, text, low, high);
  if (!Number.isInteger(value)) throw usage(subject, `expected a whole number, not '${text}'`);
  return value;
}

function splitOption(word: string): [string, string | undefined] {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function valueOf(name: string, next: string | undefined): string {
  if (next === undefined || isOption(next)) throw usage(name, 'expects a value');
  return next;
}

/** Takes the words before the next option off `rest`. */
function wordsAhead(rest: string[]): string[] {
  const end = rest.findIndex(isOption);
  return rest.splice(0, end < 0 ? rest.length : end);
}

/** `-5` is a number, `-` a word. */
function isOption(word: string): boolean {
  return /^-[^\d]/.test(word);
}
