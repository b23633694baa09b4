// Commands that need no controller: a plan from a file, chips, boards.
import { chipCatalogue } from '../board/chip-catalogue.ts';
import { loadBoard } from '../board/load.ts';
import { boardSummaryText, summarizeBoard } from '../board/summary.ts';
import { decodeRegisters } from '../chips/decode.ts';
import { knownChips } from '../chips/registry.ts';
import { ColdslotError } from '../core/errors.ts';
import { readPlanInstance } from '../placement/instance-file.ts';
import { table } from '../surfaces/console/table.ts';
import { integerOf, numberOf } from './arguments.ts';
import { chipListText } from './chip-list.ts';
import { planInterruptibly } from './interruptible-plan.ts';
import { listedChips } from './listed-chips.ts';
import { importCommand } from './board-import.ts';
import { command, type Command, type CommandInput } from './command.ts';
import { journalCommands } from './journal-commands.ts';
import type { Output } from './output.ts';
import { planText } from './plan-text.ts';
import { readText } from './text-file.ts';

export const offlineCommands: readonly Command[] = [
  command('plan --instance F [--seconds S] [--seed N]', 'a plan for an instance from a file', planInstance),
  command('chip decode [--chip NAME] --registers F [--shunt-micro-ohm N]', 'registers as hwmon attributes', decodeChip),
  command('chip list', 'chips and Modbus devices that coldslot can drive, with what each can do', listChips),
  command('board check F', 'whether a board file is right', ({ words }) => checkBoardFile(words[0] ?? '')),
  importCommand,
  ...journalCommands,
];

async function planInstance({ values }: CommandInput): Promise<Output> {
  const file = values.get('--instance') ?? '';
  const seconds = numberOf('--seconds', values.get('--seconds') ?? '1', 0.001, 3600);
  const seed = integerOf('--seed', values.get('--seed') ?? '1', 0, 2 ** 32 - 1);
  const plan = await planInterruptibly(() => readPlanInstance(readText(file), file), { seconds, seed });
  return { json: plan, text: planText(plan) };
}

async function decodeChip({ values }: CommandInput): Promise<Output> {
  const chip = values.get('--chip');
  const shunt = values.get('--shunt-micro-ohm');
  const shuntMicroOhm = shunt === undefined ? {} : { shuntMicroOhm: numberOf('--shunt-micro-ohm', shunt, 1, 1e9) };
  const file = values.get('--registers') ?? '';
  const input = readJson(file);
  const named = chip === undefined || typeof input !== 'object' || input === null ? input : { ...input, chip };
  const attributes = await decodeRegisters(named, { ...shuntMicroOhm, subject: file });
  const rows = Object.entries(attributes).map(([name, value]) => [name, String(value)]);
  return { json: attributes, text: table(rows, ['left', 'right']) };
}

function listChips(): Output {
  const chips = listedChips();
  return { json: chips, text: chipListText(chips) };
}

function checkBoardFile(file: string): Output {
  const board = loadBoard(file, chipCatalogue(knownChips()));
  return { json: { file, ok: true, ...summarizeBoard(board) }, text: `${file}: ok\n${boardSummaryText(board)}` };
}

function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ColdslotError('bad-input', file, `is not JSON: ${(cause as Error).message}`, 'correct the file', {
      cause,
    });
  }
}
