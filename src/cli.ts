// coldslot COMMAND: talks to a running controller over its local socket, except for plan --instance, chip and board.
import { describeError, exitCodeOf } from './core/errors.ts';
import { controlSocketIn, defaultRunDirectory } from './core/run-directory.ts';
import { parseArguments, usage, type CliArguments } from './cli/arguments.ts';
import { controllerCommand } from './cli/controller-commands.ts';
import { offlineCommand } from './cli/offline-commands.ts';
import { print, type Output } from './cli/output.ts';

const HELP = `coldslot COMMAND [--json] [--socket PATH]

  status                          the chassis in a few lines
  slot list                       slots with temperature, margin, power and state
  fan list | fan set FAN PERCENT | fan auto [FAN]
  sdr list | sensor list          sensors, as ipmitool shows them
  chassis status
  workload list                   what runs where
  plan [--apply]                  the plan as of now, with reasons; a dry run unless --apply
  move WORKLOAD SLOT [--dry-run]  move one workload
  move list | move show ID | move undo ID
  drain SLOT                      move all work off a slot

without a controller:
  plan --instance F [--seconds S] [--seed N]
  chip decode --chip NAME --registers F [--shunt-micro-ohm N]
  chip list
  board check F

exit status: 0 done, 1 it failed, 2 wrong usage or bad input, 4 no controller`;

async function run(args: CliArguments): Promise<Output> {
  const [first] = args.words;
  if (args.flags.has('--help') || first === 'help') return { json: { help: HELP }, text: HELP };
  if (first === undefined) throw usage('coldslot', 'which command?');
  const uid = process.getuid?.() ?? 0;
  const socket = args.values.get('--socket') ?? controlSocketIn(defaultRunDirectory(process.env, uid));
  const output = (await offlineCommand(args)) ?? (await controllerCommand(socket, args));
  if (output === null) throw usage(args.words.join(' '), 'there is no such command');
  return output;
}

try {
  const args = parseArguments(process.argv.slice(2));
  print(await run(args), args.json);
} catch (error) {
  process.stderr.write(`coldslot: ${describeError(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
