// Commands that need no controller: a plan from a file, chips, boards.
import { readFileSync } from 'node:fs';
import { chipCatalogue } from '../board/chip-catalogue.ts';
import { loadBoard } from '../board/load.ts';
import { boardSummaryText, summarizeBoard } from '../board/summary.ts';
import { decodeRegisters } from '../chips/decode.ts';
import { knownChips } from '../chips/registry.ts';
import { ColdslotError } from '../core/errors.ts';
import { readPlanInstance } from '../placement/instance-file.ts';
import { makePlan } from '../placement/plan.ts';
import { table } from '../surfaces/console/table.ts';
import { numberOf, usage, type CliArguments } from './arguments.ts';
import type { Output } from './output.ts';
import { planText } from './plan-text.ts';

const MAX_FILE_BYTES = 64 << 20;

/** Null when the words are no command of this kind. */
export async function offlineCommand(args: CliArguments): Promise<Output | null> {
  const [first, second, ...rest] = args.words;
  if (first === 'plan' && args.values.has('--instance')) return planInstance(args);
  if (first === 'chip' && second === 'decode' && rest.length === 0) return decodeChip(args);
  if (first === 'chip' && second === 'list' && rest.length === 0) return listChips();
  if (first === 'board' && second === 'check') {
    const [file] = rest;
    if (file === undefined || rest.length !== 1) throw usage('board check', 'expected: board check F');
    return checkBoardFile(file);
  }
  return null;
}

function planInstance(args: CliArguments): Output {
  if (args.words.length !== 1) throw usage('plan', `unexpected '${args.words[1]}'`);
  const file = args.values.get('--instance') ?? '';
  const seconds = numberOf('--seconds', args.values.get('--seconds') ?? '1', 0.001, 3600);
  const seed = numberOf('--seed', args.values.get('--seed') ?? '1', 0, 2 ** 32 - 1);
  const plan = makePlan(readPlanInstance(readText(file), file), { seconds, seed, now: () => performance.now() });
  return { json: plan, text: planText(plan) };
}

async function decodeChip(args: CliArguments): Promise<Output> {
  const file = args.values.get('--registers');
  const chip = args.values.get('--chip');
  if (file === undefined) throw usage('chip decode', 'expected: chip decode --chip NAME --registers F');
  const shunt = args.values.get('--shunt-micro-ohm');
  const options = shunt === undefined ? {} : { shuntMicroOhm: numberOf('--shunt-micro-ohm', shunt, 1, 1e9) };
  const input = readJson(file);
  const named = chip === undefined || typeof input !== 'object' || input === null ? input : { ...input, chip };
  const attributes = await decodeRegisters(named, options);
  return { json: attributes, text: table(Object.entries(attributes).map(([name, value]) => [name, String(value)])) };
}

function listChips(): Output {
  const chips = knownChips();
  return { json: chips, text: table(chips.map((chip) => [chip.name, chip.kind, chip.channels.join(' ')])) };
}

function checkBoardFile(file: string): Output {
  const board = loadBoard(file, chipCatalogue(knownChips()));
  return { json: { file, ok: true, ...summarizeBoard(board) }, text: `${file}: ok\n${boardSummaryText(board)}` };
}

function readText(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length <= MAX_FILE_BYTES) return text;
  } catch (cause) {
    throw new ColdslotError('bad-input', file, `cannot be read: ${(cause as Error).message}`, 'check the path', {
      cause,
    });
  }
  throw new ColdslotError('bad-input', file, `is larger than ${MAX_FILE_BYTES} bytes`);
}

function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ColdslotError('bad-input', file, `is not JSON: ${(cause as Error).message}`, '', { cause });
  }
}
