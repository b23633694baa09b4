// Performs one step of a job: asks for its effect, or does what happens at once.
import { assertNever, ColdslotError, describeError } from '../../core/errors.ts';
import type { ServiceSpec } from '../../protocols/agent-messages.ts';
import { whatIsShort } from '../capacity.ts';
import { keptEpochs, specOf } from '../records/workload-record.ts';
import { recordAfter } from './script.ts';
import type { Job, Local, Step } from './state.ts';
import { recordOf, type Turn } from './turn.ts';

export type StepOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'waits'; readonly token: number }
  /** For something that no effect reports; `advance` tries it again. */
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails'; readonly error: string };

const done: StepOutcome = { kind: 'done' };
const holds: StepOutcome = { kind: 'holds' };
const waits = (token: number): StepOutcome => ({ kind: 'waits', token });
const fails = (error: string): StepOutcome => ({ kind: 'fails', error });

export function perform(turn: Turn, local: Local, job: Job, step: Step): StepOutcome {
  const { id } = local;
  switch (step.kind) {
    case 'turn':
      return takeTurn(turn, id);
    case 'room':
      return checkRoom(turn, local, step.spec);
    case 'driver':
      return waits(turn.driver(id, step.op));
    case 'write':
      return waits(turn.write(recordAfter(local, step, job.result)));
    case 'clean': {
      const kept = keptEpochs(recordOf(local).role);
      return kept === null ? done : waits(turn.driver(id, { kind: 'clean', kept }));
    }
    case 'stop':
      if (local.up === null && !step.inTime) return done;
      turn.patch(id, { up: null, process: null });
      return waits(turn.driver(id, { kind: 'stop', deadlineMs: step.deadlineMs }));
    case 'start':
      return startUp(turn, local, step);
    case 'try':
      if (job.cancelled) return fails(undone(id, 'the health check was given up'));
      return waits(turn.driver(id, step));
    case 'send':
      if (job.cancelled) return fails(undone(id, 'the transfer was given up'));
      return waits(turn.driver(id, step));
    case 'no-transfer':
      if (local.incoming === null) return done;
      turn.emit({ kind: 'cancel', token: local.incoming.token }); // the source has started over
      return holds;
    case 'admit':
      return admit(turn, local, job);
    case 'settled':
      turn.patch(id, { floor: { kind: 'durable' } });
      return done;
    case 'mark':
      turn.patch(id, { job: { ...job, markMs: turn.atMs, toldMs: turn.atMs } });
      return done;
    case 'froze':
      turn.patch(id, { freezeMs: turn.atMs - job.markMs });
      return done;
    case 'measure':
      return measure(turn, local, job);
    case 'arm':
      turn.emit({
        kind: 'timer',
        timer: probationTimer(id),
        delayMs: Math.max(0, step.leaseMs - (turn.atMs - job.markMs)),
      });
      return done;
    case 'disarm':
      turn.emit({ kind: 'timer', timer: probationTimer(id), delayMs: null });
      return done;
    default:
      return assertNever(step, 'step');
  }
}

export function probationTimer(id: string): string {
  return `probation of ${id}`;
}

function undone(id: string, what: string): string {
  return describeError(new ColdslotError('failed', `service ${id}`, `${what} because the Move was undone`));
}

function takeTurn(turn: Turn, id: string): StepOutcome {
  const { staging } = turn.state;
  if (!staging.includes(id)) turn.change({ staging: [...staging, id] });
  return turn.state.staging[0] === id ? done : holds;
}

/** What is promised here: to what runs, to what is expected, and to kept copies, which may have to run again. */
function checkRoom(turn: Turn, local: Local, spec: ServiceSpec): StepOutcome {
  const { capacities, configured, sled } = turn.settings;
  const promised = turn.locals().flatMap((other) => {
    if (other.id === local.id) return [];
    const begins = other.record === null && other.floor.kind === 'granted';
    const theirs = begins ? configured.find(({ id }) => id === other.id) : specOf(recordOf(other).role);
    return theirs === null || theirs === undefined ? [] : [theirs.demand];
  });
  const short = whatIsShort(capacities, promised, spec.demand);
  return short === null ? done : fails(`sled ${sled}: no room for ${local.id}: ${short}`);
}

function startUp(turn: Turn, local: Local, step: Extract<Step, { kind: 'start' }>): StepOutcome {
  const { spec, epoch, found, paused } = step;
  if (local.up !== null) return done;
  const { floor } = recordOf(local);
  if (epoch < floor) return fails(`service ${local.id}: epoch ${epoch} is below the floor ${floor}; it is not started`);
  turn.patch(local.id, { up: epoch, process: null });
  return waits(turn.driver(local.id, { kind: paused ? 'release' : 'start', spec, epoch, found }));
}

function admit(turn: Turn, local: Local, job: Job): StepOutcome {
  if (job.task.kind !== 'offer') return done;
  const { token, offer } = job.task;
  if (job.cancelled) return fails('the sender has gone');
  turn.patch(local.id, { incoming: { token, offer } });
  turn.emit({ kind: 'admit', token, answer: { kind: 'take', epoch: offer.epoch } });
  return done;
}

function measure(turn: Turn, local: Local, job: Job): StepOutcome {
  if (local.freezeMs === null || job.result?.kind !== 'sent') return done;
  const { freezeMs } = local;
  turn.emit({ kind: 'measured', freezeMs, bytes: job.result.bytes, shipMs: turn.atMs - job.markMs });
  return done;
}
