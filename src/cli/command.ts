// A command of the command line, and how the right one is found.
import type { CliArguments } from './arguments.ts';
import { usage } from './arguments.ts';
import { argumentsIn, literalsOf, parseForm, type Form } from './form.ts';
import type { Output } from './output.ts';

export interface CommandInput {
  /** The words that the form has in upper case, in its order. */
  readonly words: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  /** The running controller's. */
  readonly socket: string;
}

export interface Command {
  readonly form: Form;
  /** One line of help. */
  readonly about: string;
  readonly run: (input: CommandInput) => Output | Promise<Output>;
}

export function command(form: string, about: string, run: Command['run']): Command {
  return { form: parseForm(form), about, run };
}

/** Options of every command, that say nothing about what it does. */
export const GLOBAL_FLAGS: ReadonlySet<string> = new Set(['--json', '--help']);
export const GLOBAL_VALUES: ReadonlySet<string> = new Set(['--socket']);

export interface Found {
  readonly command: Command;
  readonly words: readonly string[];
}

/** @throws ColdslotError `usage` when no command takes these words, or not with these options */
export function findCommand(commands: readonly Command[], args: CliArguments): Found {
  const found = commands
    .flatMap((entry): Found[] => {
      const words = argumentsIn(entry.form, args.words);
      return words === null ? [] : [{ command: entry, words }];
    })
    .toSorted((a, b) => literalsOf(b.command.form).length - literalsOf(a.command.form).length);
  const fitting = found.find((entry) => optionProblem(entry.command.form, args) === null);
  if (fitting !== undefined) return fitting;
  const said = args.words.join(' ');
  const [nearest] = found;
  if (nearest !== undefined) {
    const { form } = nearest.command;
    throw usage(said, `${optionProblem(form, args)}; expected: ${form.text}`);
  }
  const related = commands.filter((entry) => literalsOf(entry.form)[0] === args.words[0]);
  if (related.length === 0) throw usage(said, 'there is no such command');
  throw usage(said, `expected: ${related.map((entry) => entry.form.text).join(' | ')}`);
}

/** What is wrong with the options for this form, or null. */
function optionProblem(form: Form, args: CliArguments): string | null {
  const given = [...args.flags, ...args.values.keys(), ...args.lists.keys()].filter(
    (name) => !GLOBAL_FLAGS.has(name) && !GLOBAL_VALUES.has(name),
  );
  const unknown = given.find((name) => !form.options.some((option) => option.name === name));
  if (unknown !== undefined) return `${unknown} does not belong here`;
  const missing = form.options.find((option) => option.isRequired && !given.includes(option.name));
  return missing === undefined ? null : `${missing.name} is missing`;
}
