// The command line taken apart: words, and the options that may stand anywhere.
import { ColdslotError } from '../core/errors.ts';

export interface CliArguments {
  readonly words: readonly string[];
  readonly json: boolean;
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}

const FLAGS = new Set(['--apply', '--dry-run', '--help', '--audit']);
const VALUES = new Set(['--socket', '--instance', '--seconds', '--seed', '--chip', '--registers', '--shunt-micro-ohm']);

/** @throws ColdslotError `usage` for an option that no command knows, or one without its value */
export function parseArguments(argv: readonly string[]): CliArguments {
  const words: string[] = [];
  const flags = new Set<string>();
  const values = new Map<string, string>();
  let json = false;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    const [name = '', inline] = word.startsWith('--') ? splitOption(word) : [word];
    if (word === '--json') json = true;
    else if (word === '-h') flags.add('--help');
    else if (FLAGS.has(word)) flags.add(word);
    else if (VALUES.has(name)) {
      const value = inline ?? argv[++index];
      if (value === undefined) throw usage(name, 'expects a value');
      values.set(name, value);
    } else if (word.startsWith('-') && !/^-?\d/.test(word)) throw usage(word, 'no command knows this option');
    else words.push(word);
  }
  return { words, json, flags, values };
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

function splitOption(word: string): [string, string | undefined] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}
