// Commands that a running controller carries out.
import type { Plan } from '../core/plan.ts';
import type { SledPower } from '../core/ports.ts';
import type { ChassisView, MoveView } from '../core/view.ts';
import { callController } from '../surfaces/console/control-client.ts';
import { integerOf, numberOf } from './arguments.ts';
import { command, type Command, type CommandInput } from './command.ts';
import type { Output } from './output.ts';
import { planText } from './plan-text.ts';
import {
  chassisStatusCommand,
  fanListCommand,
  moveListCommand,
  moveShowCommand,
  powerStatusCommand,
  sdrCommand,
  sensorCommand,
  slotListCommand,
  statusCommand,
  workloadListCommand,
} from './view-commands.ts';

const HIGHEST_SLOT = 255;

export const controllerCommands: readonly Command[] = [
  shows('status', 'the chassis in a few lines', statusCommand),
  shows('slot list', 'slots: temperature, margin, power, state', slotListCommand),
  shows('workload list', 'what runs where', workloadListCommand),
  shows('fan list', 'fans: commanded speed, tachometers, state', fanListCommand),
  command('fan set FAN PERCENT', 'fix a fan’s speed; it still speeds up near a limit', setFan),
  command('fan auto [FAN]', 'back under the cooling loop: one fan, or all', autoFan),
  shows('sdr list', 'sensors, as ipmitool sdr shows them', sdrCommand),
  shows('sensor list', 'sensors with state', sensorCommand),
  shows('chassis status', 'power and faults', chassisStatusCommand),
  command('chassis power status [SLOT]', 'power of a slot, or of all', powerStatus),
  command('chassis power on SLOT', 'give a slot power; also after a leak, once it is dry', power('on')),
  command('chassis power off SLOT', 'cut a slot’s power, at once', power('off')),
  command('chassis power cycle SLOT', 'cut a slot’s power and give it again', power('cycle')),
  command('plan [--apply]', 'the plan as of now, with reasons; moves only with --apply', plan),
  command('move WORKLOAD SLOT [--dry-run]', 'move one workload', move),
  shows('move list', 'Moves, open and closed', moveListCommand),
  command('move show ID', 'one Move', async ({ socket, words }) => moveShowCommand(await view(socket), words[0] ?? '')),
  command('move undo ID', 'bring a workload back, while that can be done', undoMove),
  command('drain SLOT', 'move all work off a slot, as far as it fits elsewhere', drain),
];

function shows(form: string, about: string, show: (view: ChassisView) => Output): Command {
  return command(form, about, async ({ socket }) => show(await view(socket)));
}

async function view(socket: string): Promise<ChassisView> {
  return (await callController(socket, { method: 'view' })) as ChassisView;
}

async function plan({ socket, flags }: CommandInput): Promise<Output> {
  const apply = flags.has('--apply');
  const made = (await callController(socket, { method: 'plan', apply })) as Plan;
  const lines = [planText(made)];
  if (made.moves.length > 0)
    lines.push(
      apply ? 'started; follow them with: coldslot move list' : 'nothing was moved; do it with: coldslot plan --apply',
    );
  return { json: made, text: lines.join('\n') };
}

async function move({ socket, words, flags }: CommandInput): Promise<Output> {
  const [workload = '', to = ''] = words;
  const call = { method: 'move', workload, to: slotOf(to), dryRun: flags.has('--dry-run') } as const;
  const result = (await callController(socket, call)) as { move: MoveView | null; from: number };
  const text =
    result.move === null
      ? `${workload} could move from slot ${result.from} to slot ${call.to}`
      : `${result.move.id}: ${workload} moves from slot ${result.from} to slot ${call.to}`;
  return { json: result, text };
}

async function undoMove({ socket, words }: CommandInput): Promise<Output> {
  const undone = (await callController(socket, { method: 'move-undo', id: words[0] ?? '' })) as MoveView;
  return { json: undone, text: `${undone.id}: ${undone.workload} is being brought back to slot ${undone.from}` };
}

async function drain({ socket, words }: CommandInput): Promise<Output> {
  const slot = slotOf(words[0] ?? '');
  const result = (await callController(socket, { method: 'drain', slot })) as {
    moving: string[];
    staying: { workload: string; reason: string }[];
  };
  const moving =
    result.moving.length === 0
      ? `nothing moves off slot ${slot}`
      : `moving off slot ${slot}: ${result.moving.join(', ')}`;
  return {
    json: result,
    text: [moving, ...result.staying.map(({ reason }) => reason)].join('\n'),
  };
}

async function powerStatus({ socket, words }: CommandInput): Promise<Output> {
  return powerStatusCommand(await view(socket), words[0] === undefined ? null : slotOf(words[0]));
}

function power(action: SledPower) {
  return async ({ socket, words }: CommandInput): Promise<Output> => {
    const slot = slotOf(words[0] ?? '');
    const result = await callController(socket, { method: 'power', slot, action });
    return { json: result, text: `slot ${slot}: power ${action}` };
  };
}

async function setFan({ socket, words }: CommandInput): Promise<Output> {
  const [fan = '', speed = ''] = words;
  const percent = numberOf('PERCENT', speed.replace(/%$/, ''), 0, 100);
  const result = await callController(socket, { method: 'fan-set', fan, ratio: percent / 100 });
  const text = `${fan} set to ${percent} %; it still speeds up when a limit is near. Undo with: coldslot fan auto ${fan}`;
  return { json: result, text };
}

async function autoFan({ socket, words }: CommandInput): Promise<Output> {
  const fan = words[0] ?? null;
  const result = await callController(socket, { method: 'fan-auto', fan });
  return { json: result, text: `${fan === null ? 'all fans are' : `${fan} is`} back under the cooling loop` };
}

/** `3` or `slot3`. */
function slotOf(text: string): number {
  return integerOf('SLOT', text.replace(/^slot/, ''), 0, HIGHEST_SLOT);
}
