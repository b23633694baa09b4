// The agent as a machine: begin from what the disk holds, then step(state, input) → {state, effects}. Pure and total:
// an input that means nothing in a state changes nothing.
import { assertNever } from '../../core/errors.ts';
import { tellAnswer } from './answers.ts';
import { ask, askAgain, ASK_TIMER, askTimerFired, bootWritten, keepBoot, takeGrant } from './floors.ts';
import { enqueue, nextTask, takeResult } from './job.ts';
import type { AgentDisk, AgentEffect, AgentInput, AgentSettings } from './machine.ts';
import { probationTimer } from './perform.ts';
import type { AgentState, Local } from './state.ts';
import { interrupt, offerEnded, takeCommand, takeOffer, takeReceived } from './take-in.ts';
import { newLocal, recordOf, Turn } from './turn.ts';

const PROGRESS_INTERVAL_MS = 500;

export interface AgentStep {
  readonly state: AgentState;
  readonly effects: readonly AgentEffect[];
}

/** An agent that starts: in a boot with its floors granted it takes up what it has, else it asks first. */
export function beginAgent(disk: AgentDisk, settings: AgentSettings, atMs: number): AgentStep {
  const granted = disk.grantedBoot === settings.boot;
  const locals = new Map<string, Local>();
  const floor: Local['floor'] = granted ? { kind: 'durable' } : { kind: 'unknown' };
  for (const record of disk.records) locals.set(record.workload, newLocal(record.workload, record, floor));
  // One without a record was never asked about, in whichever boot.
  for (const { id } of settings.configured)
    if (!locals.has(id)) locals.set(id, newLocal(id, null, { kind: 'unknown' }));
  const turn = new Turn(
    {
      granted,
      durableBoot: disk.grantedBoot,
      bootToken: null,
      asking: null,
      locals,
      staging: [],
      nextToken: 1,
      ending: null,
      dropped: 0,
    },
    settings,
    atMs,
  );
  if (granted) for (const { workload } of disk.records) enqueue(turn, workload, { kind: 'recover' });
  askAgain(turn);
  return { state: turn.state, effects: turn.effects };
}

export function stepAgent(state: AgentState, input: AgentInput, settings: AgentSettings): AgentStep {
  const turn = new Turn(state, settings, input.atMs);
  take(turn, input);
  keepBoot(turn);
  if (turn.state.ending === 'leave' || turn.state.ending === 'stop') endWhenIdle(turn);
  return { state: turn.state, effects: turn.effects };
}

function take(turn: Turn, input: AgentInput): void {
  switch (input.kind) {
    case 'command':
      return takeCommand(turn, input);
    case 'floors':
      for (const id of takeGrant(turn, input.boot, input.floors)) enqueue(turn, id, { kind: 'recover' });
      return;
    case 'connected':
      return ask(turn);
    case 'written':
      return written(turn, input.token, input.error);
    case 'driver': {
      const local = turn.locals().find((each) => each.job?.token === input.token);
      if (local !== undefined) takeResult(turn, local.id, input.result);
      return;
    }
    case 'progress':
      return progress(turn, input.token, input.bytes);
    case 'offer':
      return takeOffer(turn, input);
    case 'received':
      return takeReceived(turn, input);
    case 'offer-ended':
      return offerEnded(turn, input.token);
    case 'process':
      return processSeen(turn, input);
    case 'timer':
      return timerFired(turn, input.timer);
    case 'ending':
      return beginEnding(turn, input.services);
    default:
      assertNever(input, 'input');
  }
}

function written(turn: Turn, token: number, error: string | null): void {
  if (token === turn.state.bootToken) return bootWritten(turn, error);
  const local = turn.locals().find((each) => each.writing.some((write) => write.token === token));
  if (local === undefined) return;
  const record = local.writing.find((write) => write.token === token)?.record ?? null;
  turn.patch(local.id, { writing: local.writing.filter((write) => write.token !== token) });
  if (error === null) {
    turn.patch(local.id, { record });
    turn.changed();
  }
  if (local.job?.token === token)
    takeResult(turn, local.id, error === null ? { kind: 'done' } : { kind: 'failed', error });
  else nextTask(turn, local.id);
}

function progress(turn: Turn, token: number, bytes: number): void {
  const local = turn.locals().find((each) => each.job?.token === token);
  const job = local?.job;
  if (local === undefined || job === null || job?.task.kind !== 'command') return;
  if (turn.atMs - job.toldMs < PROGRESS_INTERVAL_MS) return;
  turn.patch(local.id, { job: { ...job, toldMs: turn.atMs } });
  tellAnswer(turn, job.task.command, 'progress', null, bytes);
}

function processSeen(turn: Turn, { workload, epoch, process }: Extract<AgentInput, { kind: 'process' }>): void {
  const local = turn.find(workload);
  if (local === undefined) return;
  const { role } = recordOf(local);
  if (local.up === epoch) {
    turn.patch(workload, { process });
    turn.changed();
    const noted = local.queue.some((task) => task.kind === 'note');
    if (process !== null && !noted && turn.state.ending === null) enqueue(turn, workload, { kind: 'note' });
  } else if (role.kind === 'probation' && role.epoch === epoch && local.job?.steps[local.job.next]?.kind === 'try') {
    turn.write({ ...recordOf(local), role: { ...role, process } }); // found again more surely after a crash
  }
}

function timerFired(turn: Turn, timer: string): void {
  if (timer === ASK_TIMER) return askTimerFired(turn);
  const local = turn.locals().find(({ id }) => probationTimer(id) === timer);
  if (local === undefined) return;
  const { role } = recordOf(local);
  if (role.kind !== 'probation') return; // committed or undone meanwhile
  const words = `${local.id} was thawed for Move ${role.move} and not committed in time; its copy is killed`;
  turn.log('warn', words);
  enqueue(turn, local.id, { kind: 'end-probation', move: role.move });
}

function beginEnding(turn: Turn, services: 'leave' | 'stop'): void {
  if (turn.state.ending !== null) return;
  turn.change({ ending: services });
  turn.emit({ kind: 'timer', timer: ASK_TIMER, delayMs: null });
  for (const { id, queue } of turn.locals()) {
    interrupt(turn, id, null);
    for (const task of queue) {
      if (task.kind === 'received') turn.emit({ kind: 'bulk-done', token: task.token, error: 'its agent ends' });
      if (task.kind !== 'offer') continue;
      turn.emit({ kind: 'admit', token: task.token, answer: { kind: 'refuse', error: 'its agent ends' } });
    }
    turn.patch(id, { queue: [] });
  }
  for (const { id } of turn.locals()) enqueue(turn, id, { kind: 'end', services });
}

function endWhenIdle(turn: Turn): void {
  if (turn.locals().some((local) => local.job !== null || local.queue.length > 0 || local.writing.length > 0)) return;
  turn.change({ ending: 'ended' });
  turn.emit({ kind: 'ended' });
}
