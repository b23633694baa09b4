// What follows when a job has come to its end: an answer, or a line in the log.
import { assertNever } from '../../core/errors.ts';
import { tellAnswer } from './answers.ts';
import { askAgain } from './floors.ts';
import { probationTimer } from './perform.ts';
import type { Job, Task } from './state.ts';
import type { Turn } from './turn.ts';

/** A copy that could not be killed when its probation was over is killed again after this. */
const KILL_AGAIN_MS = 5000;

export function finishTask(turn: Turn, id: string, job: Job, error: string | null): void {
  const { task } = job;
  switch (task.kind) {
    case 'command':
      return answer(turn, id, task, error);
    case 'recover':
      if (error !== null) turn.log('error', `${id} could not be taken up: ${error}`);
      if (turn.local(id).floor.kind !== 'durable') unsettle(turn, id);
      return;
    case 'end-probation':
      if (error === null) return;
      turn.log('error', error);
      turn.emit({ kind: 'timer', timer: probationTimer(id), delayMs: KILL_AGAIN_MS });
      return;
    case 'note':
      if (error !== null) turn.log('warn', error);
      return;
    case 'offer':
      if (error !== null) turn.emit({ kind: 'admit', token: task.token, answer: { kind: 'refuse', error } });
      return;
    case 'received':
      turn.patch(id, { incoming: null });
      turn.emit({ kind: 'bulk-done', token: task.token, error });
      return;
    case 'end':
      if (error !== null) turn.log('error', error);
      return;
    default:
      assertNever(task, 'task');
  }
}

function answer(turn: Turn, id: string, task: Extract<Task, { kind: 'command' }>, error: string | null): void {
  const { command } = task;
  const words = `${command.verb} of ${id} for Move ${command.move}`;
  if (error === null) turn.log('info', `${words}: done`);
  else turn.log('warn', `${words}: ${error}`);
  tellAnswer(turn, command, error === null ? 'done' : 'failed', error);
}

/** Its floor is not durable: it takes part in nothing until it has been asked for again. */
function unsettle(turn: Turn, id: string): void {
  const { queue } = turn.patch(id, { floor: { kind: 'unknown' } });
  for (const task of queue)
    if (task.kind === 'offer') {
      const error = `workload ${id}: its floor is not known yet; try again`;
      turn.emit({ kind: 'admit', token: task.token, answer: { kind: 'refuse', error } });
    }
  turn.patch(id, { queue: queue.filter((task) => task.kind === 'end') });
  askAgain(turn);
}
