// What a task means when its turn has come: the steps to take, or nothing more than an answer.
import { assertNever } from '../../core/errors.ts';
import { specOf } from '../records/workload-record.ts';
import { tellAnswer } from './answers.ts';
import { decide } from './decide.ts';
import { endProbation, received, takeIn } from './destination.ts';
import { configure, recover } from './recover.ts';
import { kill, script, write } from './script.ts';
import type { Local, Script, Task } from './state.ts';
import { recordOf, type Turn } from './turn.ts';
import { scriptOf } from './verbs.ts';

/** Null: there is nothing to do, and it has been told. */
export function beginTask(turn: Turn, local: Local, task: Task): Script | null {
  switch (task.kind) {
    case 'command':
      return beginCommand(turn, local, task);
    case 'recover':
      return beginRecover(turn, local);
    case 'end-probation': {
      const { role } = recordOf(local);
      return role.kind === 'probation' && role.move === task.move ? endProbation(role) : null;
    }
    case 'note':
      return beginNote(local);
    case 'offer':
      return beginOffer(turn, local, task);
    case 'received':
      return beginReceived(turn, local, task);
    case 'end':
      return beginEnd(local, task.services);
    default:
      return assertNever(task, 'task');
  }
}

function beginCommand(turn: Turn, local: Local, task: Extract<Task, { kind: 'command' }>): Script | null {
  const { command, from } = task;
  const nowWallMs = task.wallMs + (turn.atMs - task.atMs);
  const decision = decide(local.record, command, nowWallMs);
  switch (decision.kind) {
    case 'refuse':
      tellAnswer(turn, command, 'failed', decision.error);
      return null;
    case 'done':
      tellAnswer(turn, command, 'done', null);
      return null;
    case 'act':
      return scriptOf(local, command, from, decision.act, nowWallMs);
    default:
      return assertNever(decision, 'decision');
  }
}

function beginRecover(turn: Turn, local: Local): Script | null {
  const floor = local.floor.kind === 'granted' ? local.floor.floor : (local.record?.floor ?? 0);
  const { record } = local;
  if (record === null) {
    const spec = turn.settings.configured.find(({ id }) => id === local.id);
    return spec === undefined ? null : configure(spec, floor);
  }
  if (record.role.kind === 'unreadable')
    turn.log('error', `${local.id} is left alone: ${record.role.reason}; fence it, or repair its record`);
  return recover(record, floor);
}

function beginNote(local: Local): Script | null {
  const { role } = recordOf(local);
  const { process } = local;
  if (role.kind !== 'running' || role.epoch !== local.up || process === null) return null;
  const known = role.process;
  if (known?.pid === process.pid && known.startTicks === process.startTicks && known.bootId === process.bootId)
    return null;
  return script(write({ ...role, process }));
}

function beginOffer(turn: Turn, local: Local, task: Extract<Task, { kind: 'offer' }>): Script | null {
  const { token, offer } = task;
  const { role } = recordOf(local);
  const mine = 'move' in role && role.move === offer.move && role.epoch === offer.epoch;
  if (mine && role.kind === 'staged') return takeIn;
  if (mine && (role.kind === 'received' || role.kind === 'probation')) {
    const { bytes, digest } = role;
    turn.emit({ kind: 'admit', token, answer: { kind: 'have', bytes, digest } });
  } else {
    const error = `workload ${local.id}: is not staged here`;
    turn.emit({ kind: 'admit', token, answer: { kind: 'refuse', error } });
  }
  return null;
}

function beginReceived(turn: Turn, local: Local, task: Extract<Task, { kind: 'received' }>): Script | null {
  const { role } = recordOf(local);
  const offer = local.incoming?.token === task.token ? local.incoming.offer : null;
  if (role.kind === 'staged' && role.move === offer?.move && role.epoch === offer.epoch)
    return received(role, task.bytes, task.digest);
  const error = `workload ${local.id}: is no longer staged here`;
  turn.emit({ kind: 'bulk-done', token: task.token, error });
  return null;
}

/** A copy on probation is killed whether or not services are left running. */
function beginEnd(local: Local, services: 'leave' | 'stop'): Script {
  const { role } = recordOf(local);
  if (role.kind === 'probation') return endProbation(role);
  if (local.up === null) return script();
  if (services === 'leave') return script({ kind: 'driver', op: { kind: 'leave' } });
  return script({ kind: 'stop', deadlineMs: specOf(role)?.stopDeadlineMs ?? 0, inTime: false }, kill);
}
