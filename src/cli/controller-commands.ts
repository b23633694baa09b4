// Commands that a running controller carries out.
import type { Plan } from '../core/plan.ts';
import type { ChassisView, MoveView } from '../core/view.ts';
import { callController } from '../surfaces/console/control-client.ts';
import { numberOf, usage, type CliArguments } from './arguments.ts';
import type { Output } from './output.ts';
import { planText } from './plan-text.ts';
import {
  chassisStatusCommand,
  fanListCommand,
  moveListCommand,
  moveShowCommand,
  sdrCommand,
  sensorCommand,
  slotListCommand,
  statusCommand,
  workloadListCommand,
} from './view-commands.ts';

type ViewCommand = (view: ChassisView) => Output;

const VIEW_COMMANDS: Readonly<Record<string, ViewCommand>> = {
  status: statusCommand,
  'sdr list': sdrCommand,
  'sensor list': sensorCommand,
  'chassis status': chassisStatusCommand,
  'fan list': fanListCommand,
  'slot list': slotListCommand,
  'workload list': workloadListCommand,
  'move list': moveListCommand,
};

/** Null when the words are no command of the controller's. */
export async function controllerCommand(socket: string, args: CliArguments): Promise<Output | null> {
  const show = VIEW_COMMANDS[args.words.join(' ')];
  if (show !== undefined) return show(await view(socket));
  const [first, ...rest] = args.words;
  switch (first) {
    case 'plan':
      exactly(rest, 0, 'plan [--apply]');
      return planCommand(socket, args.flags.has('--apply'));
    case 'move':
      return moveCommand(socket, rest, args.flags.has('--dry-run'));
    case 'drain':
      exactly(rest, 1, 'drain SLOT');
      return drainCommand(socket, slotOf(rest[0] ?? ''));
    case 'fan':
      return fanCommand(socket, rest);
    default:
      return null;
  }
}

async function planCommand(socket: string, apply: boolean): Promise<Output> {
  const plan = (await callController(socket, { method: 'plan', apply })) as Plan;
  return {
    json: plan,
    text: `${planText(plan)}${apply || plan.moves.length === 0 ? '' : '\nnothing was moved; do it with: coldslot plan --apply'}`,
  };
}

async function moveCommand(socket: string, words: readonly string[], dryRun: boolean): Promise<Output> {
  const [first = '', second = ''] = words;
  if (first === 'show') {
    exactly(words, 2, 'move show ID');
    return moveShowCommand(await view(socket), second);
  }
  if (first === 'undo') {
    exactly(words, 2, 'move undo ID');
    const move = (await callController(socket, { method: 'move-undo', id: second })) as MoveView;
    return { json: move, text: `${move.id}: ${move.workload} is being brought back to slot ${move.from}` };
  }
  exactly(words, 2, 'move WORKLOAD SLOT [--dry-run]');
  const to = slotOf(second);
  const result = (await callController(socket, { method: 'move', workload: first, to, dryRun })) as {
    move: MoveView | null;
    from: number;
  };
  const text =
    result.move === null
      ? `${first} could move from slot ${result.from} to slot ${to}`
      : `${result.move.id}: ${first} moves from slot ${result.from} to slot ${to}`;
  return { json: result, text };
}

async function drainCommand(socket: string, slot: number): Promise<Output> {
  const result = (await callController(socket, { method: 'drain', slot })) as {
    plan: Plan;
    moving: string[];
    staying: { workload: string; reason: string }[];
  };
  const lines = [
    result.moving.length === 0
      ? `nothing moves off slot ${slot}`
      : `moving off slot ${slot}: ${result.moving.join(', ')}`,
    ...result.staying.map((entry) => `${entry.workload} stays: ${entry.reason}`),
  ];
  return { json: result, text: lines.join('\n') };
}

async function fanCommand(socket: string, words: readonly string[]): Promise<Output> {
  const [action, fan, speed] = words;
  if (action === 'auto' && words.length <= 2) {
    const result = await callController(socket, { method: 'fan-auto', fan: fan ?? null });
    return { json: result, text: `${fan ?? 'all fans'} back under the cooling loop` };
  }
  if (action !== 'set' || fan === undefined || speed === undefined || words.length !== 3)
    throw usage('fan', 'expected: fan list | fan set FAN PERCENT | fan auto [FAN]');
  const percent = numberOf('fan set', speed.replace(/%$/, ''), 0, 100);
  const result = await callController(socket, { method: 'fan-set', fan, ratio: percent / 100 });
  return {
    json: result,
    text: `${fan} set to ${percent} %; it still speeds up when a limit is near. Undo with: coldslot fan auto ${fan}`,
  };
}

async function view(socket: string): Promise<ChassisView> {
  return (await callController(socket, { method: 'view' })) as ChassisView;
}

function slotOf(text: string): number {
  const value = numberOf('SLOT', text.replace(/^slot/, ''), 0, 255);
  if (!Number.isInteger(value)) throw usage('SLOT', `expected a slot number, not '${text}'`);
  return value;
}

function exactly(words: readonly string[], count: number, form: string): void {
  if (words.length !== count) throw usage(form.split(' ')[0] ?? form, `expected: ${form}`);
}
