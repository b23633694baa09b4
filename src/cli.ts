// coldslot COMMAND: talks to a running controller over its local socket; some commands need none.
import { parseArguments, usage, type CliArguments } from './cli/arguments.ts';
import { findCommand, GLOBAL_FLAGS, GLOBAL_VALUES } from './cli/command.ts';
import { controllerCommands } from './cli/controller-commands.ts';
import { helpText } from './cli/help.ts';
import { offlineCommands } from './cli/offline-commands.ts';
import { written, type Output } from './cli/output.ts';
import { describeError, exitCodeOf } from './core/errors.ts';
import { controlSocketIn, defaultRunDirectory } from './core/run-directory.ts';
import { printable } from './surfaces/console/cells.ts';

const commands = [...controllerCommands, ...offlineCommands];

function knownOptions() {
  const options = commands.flatMap((command) => command.form.options);
  const names = (takesValue: boolean, isList: boolean) =>
    options
      .filter((option) => option.takesValue === takesValue && option.isList === isList)
      .map((option) => option.name);
  return {
    flags: new Set([...GLOBAL_FLAGS, ...names(false, false)]),
    values: new Set([...GLOBAL_VALUES, ...names(true, false)]),
    lists: new Set(names(true, true)),
  };
}

function run(args: CliArguments): Output | Promise<Output> {
  if (args.flags.has('--help') || args.words[0] === 'help') {
    const text = helpText(controllerCommands, offlineCommands);
    return { json: { help: text }, text };
  }
  if (args.words.length === 0) throw usage('coldslot', 'which command?');
  const { command, words } = findCommand(commands, args);
  const uid = process.getuid?.() ?? 0;
  const socket = args.values.get('--socket') ?? controlSocketIn(defaultRunDirectory(process.env, uid));
  return command.run({ words, flags: args.flags, values: args.values, lists: args.lists, socket });
}

// A reader that has seen enough (`coldslot sdr list | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  const args = parseArguments(process.argv.slice(2), knownOptions());
  process.stdout.write(written(await run(args), args.flags.has('--json')));
} catch (error) {
  process.stderr.write(`coldslot: ${printable(describeError(error))}\n`);
  process.exitCode = exitCodeOf(error);
}
