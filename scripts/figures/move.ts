// Moves of real services on a quiet chassis: the gap their clients see, the whole length, and the time in each state.
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { ColdslotError } from '../../src/core/errors.ts';
import type { ChassisView, EventRecord, MoveView } from '../../src/core/view.ts';
import { callController } from '../../src/surfaces/console/control-client.ts';
import { untilStaffed, untilView } from './chassis-calls.ts';
import { figure, type Measurement } from './figure.ts';
import { Rig } from './rig.ts';
import { median } from './statistics.ts';

const MOVES = 10;
const PAUSE_MS = 500;

type Edge = { readonly state: string; readonly atMs: number };

export const move: Measurement = {
  text: `${MOVES} Moves of services on a quiet chassis, one after the other`,
  run: async (place) => {
    const rig = new Rig(place, { sleds: true });
    try {
      await rig.startController();
      await rig.startHardware();
      await rig.startGuardian();
      await untilStaffed(rig.controlSocket);
      const edges = await followEdges(rig.mqtt);
      const done: MoveView[] = [];
      try {
        while (done.length < MOVES) {
          done.push(await moveOne(rig.controlSocket, done.length));
          await pause(PAUSE_MS);
        }
      } finally {
        await edges.stop();
      }
      return figuresOf(done, edges.byMove);
    } finally {
      await rig.end();
    }
  },
};

function figuresOf(moves: readonly MoveView[], byMove: ReadonlyMap<string, readonly Edge[]>) {
  const inState = new Map<string, number[]>();
  const totalMs: number[] = [];
  for (const { id } of moves) {
    const edges = byMove.get(id) ?? [];
    totalMs.push((edges.at(-1)?.atMs ?? Number.NaN) - (edges[0]?.atMs ?? Number.NaN));
    edges.slice(0, -1).forEach(({ state, atMs }, n) => {
      const durations = inState.get(state) ?? [];
      durations.push((edges[n + 1]?.atMs ?? Number.NaN) - atMs);
      inState.set(state, durations);
    });
  }
  return [
    figure('move-gap', median(moves.flatMap(({ downtimeMs }) => downtimeMs ?? [])), 'ms'),
    figure('move-total', median(totalMs), 'ms'),
    ...[...inState].map(([state, durations]) => figure(`move-${state}`, median(durations), 'ms')),
  ];
}

/** The times of the edges, from the controller's events: each is told as it happens. */
async function followEdges(url: string) {
  const byMove = new Map<string, Edge[]>();
  const client = await connectAsync(url);
  client.on('message', (_topic, payload) => {
    const { source, code, at } = JSON.parse(payload.toString()) as EventRecord;
    if (!source.startsWith('move/') || !code.startsWith('move-')) return;
    const id = source.slice('move/'.length);
    const edges = byMove.get(id) ?? [];
    edges.push({ state: code.slice('move-'.length), atMs: Date.parse(at) });
    byMove.set(id, edges);
  });
  await client.subscribeAsync('coldslot/+/event');
  return { byMove, stop: () => client.endAsync() };
}

/** Moves the next workload to the next slot that takes it, and waits for the end. */
async function moveOne(socket: string, turn: number): Promise<MoveView> {
  const view = await untilView(socket, 'no Move open', ({ moves }) => moves.every(isOver));
  for (const { workload, to } of choices(view, turn)) {
    const id = await tryMove(socket, workload, to);
    if (id === null) continue;
    const ended = await untilView(socket, `Move ${id} at its end`, ({ moves }) =>
      moves.some((one) => one.id === id && isOver(one)),
    );
    const found = ended.moves.find((one) => one.id === id);
    if (found?.state === 'done') return found;
    throw new ColdslotError(
      'failed',
      `move ${id}`,
      `${workload} to slot ${to}: ${found?.state}, ${found?.error ?? ''}`,
    );
  }
  throw new ColdslotError('failed', 'chassis', 'no workload may move anywhere');
}

/** Every workload with every slot, beginning elsewhere each turn. */
function choices(view: ChassisView, turn: number): { readonly workload: string; readonly to: number }[] {
  const movable = view.workloads.filter(({ pinned }) => !pinned);
  return movable.flatMap((_, n) => {
    const workload = movable[(n + turn) % movable.length];
    return workload === undefined
      ? []
      : view.slots.map(({ slot }) => ({ workload: workload.id, to: ((slot + turn) % view.slots.length) + 1 }));
  });
}

/** Null when it is refused. */
async function tryMove(socket: string, workload: string, to: number): Promise<string | null> {
  try {
    const { move } = (await callController(socket, { method: 'move', workload, to, dryRun: false })) as {
      move: MoveView | null;
    };
    return move?.id ?? null;
  } catch (error) {
    if (error instanceof ColdslotError && error.code !== 'no-controller') return null;
    throw error;
  }
}

function isOver({ state }: MoveView): boolean {
  return state === 'done' || state === 'undone';
}
