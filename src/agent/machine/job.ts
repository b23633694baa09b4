// Works jobs off: performs step after step until one has to be waited for, takes its result, does the repair where a
// step has failed, and then the next task of the workload.
import { describeError, ColdslotError } from '../../core/errors.ts';
import { beginTask } from './begin-task.ts';
import { finishTask } from './finish-task.ts';
import type { DriverResult } from './machine.ts';
import { perform } from './perform.ts';
import type { Job, Script, Step, Task } from './state.ts';
import type { Turn } from './turn.ts';

/** What waits for one workload at most; no protocol needs more. */
const MAX_QUEUE = 64;

export function enqueue(turn: Turn, id: string, task: Task): void {
  const { queue } = turn.local(id);
  if (queue.length >= MAX_QUEUE && task.kind === 'command') return; // it is sent again
  turn.patch(id, { queue: [...queue, task] });
  nextTask(turn, id);
}

/** Begins what waits, unless something is under way. */
export function nextTask(turn: Turn, id: string): void {
  for (;;) {
    const local = turn.find(id);
    if (local === undefined || local.job !== null) return;
    const [task, ...queue] = local.queue;
    if (task === undefined) {
      if (local.record === null && local.floor.kind === 'durable' && local.writing.length === 0) turn.remove(id);
      return;
    }
    turn.patch(id, { queue });
    const script = beginTask(turn, turn.local(id), task);
    if (script !== null) beginJob(turn, id, task, script);
  }
}

function beginJob(turn: Turn, id: string, task: Task, script: Script): void {
  const cancelled = task.kind === 'command' && task.cancelled;
  const idle = { next: 0, token: null, error: null, result: null, markMs: turn.atMs, toldMs: turn.atMs };
  turn.patch(id, { job: { ...script, ...idle, task, cancelled } });
  work(turn, id);
}

/** Goes on with a job that waits for nothing that was asked for. */
export function advance(turn: Turn, id: string): void {
  work(turn, id);
  nextTask(turn, id);
}

function work(turn: Turn, id: string): void {
  for (;;) {
    const job = turn.find(id)?.job ?? null;
    if (job === null || job.token !== null) return;
    const step = job.steps[job.next];
    if (step === undefined) return end(turn, id, job, job.error);
    const outcome = perform(turn, turn.local(id), job, step);
    if (outcome.kind === 'holds') return;
    if (outcome.kind === 'fails') fail(turn, id, outcome.error);
    else if (outcome.kind === 'waits') change(turn, id, { token: outcome.token });
    else change(turn, id, { next: job.next + 1 });
  }
}

function change(turn: Turn, id: string, part: Partial<Job>): void {
  const { job } = turn.local(id);
  if (job !== null) turn.patch(id, { job: { ...job, ...part } });
}

/** The result of what the job waits for. */
export function takeResult(turn: Turn, id: string, result: DriverResult): void {
  const local = turn.local(id);
  const { job } = local;
  const step = job?.steps[job.next];
  if (job === null || step === undefined) return;
  const error = whyFailed(turn, id, step, result);
  if (error === null) {
    if (step.kind === 'start') startedUp(turn, id, result);
    change(turn, id, { token: null, next: job.next + 1, result: step.kind === 'write' ? job.result : result });
  } else {
    change(turn, id, { token: null });
    fail(turn, id, error);
  }
  advance(turn, id);
}

function startedUp(turn: Turn, id: string, result: DriverResult): void {
  if (result.kind !== 'started' || turn.local(id).up === null) return;
  const { queue } = turn.patch(id, { process: result.process });
  turn.patch(id, { queue: [...queue, { kind: 'note' }] });
  turn.changed();
}

/** Null when it has not failed, or the verb does not depend on it. */
function whyFailed(turn: Turn, id: string, step: Step, result: DriverResult): string | null {
  if (result.kind === 'late' && step.kind === 'stop' && step.inTime) {
    const why = `did not end within ${step.deadlineMs} ms of SIGTERM; it was killed and started again`;
    const hint = 'raise stopDeadlineMs or make it end on SIGTERM';
    return describeError(new ColdslotError('failed', `service ${id}`, why, hint));
  }
  if (result.kind !== 'failed') return null;
  if (step.kind === 'clean') {
    turn.log('warn', `obsolete state of ${id} could not be deleted: ${result.error}`);
    return null;
  }
  const optional = step.kind === 'start' || (step.kind === 'write' && step.orLog);
  if (optional) turn.log('error', result.error);
  return optional ? null : result.error;
}

function fail(turn: Turn, id: string, error: string): void {
  const { job } = turn.local(id);
  if (job === null) return;
  if (job.next < job.repairFrom) return end(turn, id, job, error);
  change(turn, id, { steps: job.repair, next: 0, repairFrom: Infinity, repair: [], error });
}

function end(turn: Turn, id: string, job: Job, error: string | null): void {
  turn.patch(id, { job: null });
  finishTask(turn, id, job, error);
  const { staging } = turn.state;
  if (!staging.includes(id)) return;
  turn.change({ staging: staging.filter((other) => other !== id) });
  const [first] = turn.state.staging;
  if (first !== undefined && staging[0] === id) advance(turn, first);
}
