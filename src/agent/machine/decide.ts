// What a command of a Move means to a sled, from the record alone: pure, no I/O. Refuse, say it is done already, or
// act. The jobs carry out what is decided here.
import { assertNever } from '../../core/errors.ts';
import type { AgentCommand, AgentVerb } from '../../protocols/agent-messages.ts';
import type { TicketClaims } from '../../protocols/ticket.ts';
import {
  endOf,
  moveOf,
  type EndedMove,
  type Role,
  type RoleOf,
  type WorkloadRecord,
} from '../records/workload-record.ts';

/** An act carries the role it starts from, so that nobody need ask again. */
export type Act =
  | { readonly kind: 'stage' }
  | { readonly kind: 'freeze'; readonly role: RoleOf<'running'> | RoleOf<'freezing'> }
  | { readonly kind: 'ship'; readonly role: RoleOf<'frozen'> }
  | { readonly kind: 'thaw'; readonly role: RoleOf<'received'> | RoleOf<'probation'> }
  | { readonly kind: 'commit'; readonly role: RoleOf<'received'> | RoleOf<'probation'> }
  | { readonly kind: 'fence' }
  | { readonly kind: 'abort'; readonly role: RoleOf<'staged'> | RoleOf<'received'> | RoleOf<'probation'> }
  | { readonly kind: 'resume'; readonly role: RoleOf<'freezing'> | RoleOf<'frozen'> | RoleOf<'shipped'> }
  /** Nothing to undo here; remember that this Move is over, so that a delayed verb of it does nothing. */
  | { readonly kind: 'close'; readonly as: 'aborted' | 'resumed' };

export type Decision =
  | { readonly kind: 'refuse'; readonly error: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'act'; readonly act: Act };

const done: Decision = { kind: 'done' };
const refuse = (error: string): Decision => ({ kind: 'refuse', error });
const act = (what: Act): Decision => ({ kind: 'act', act: what });

/** Which end of a Move a verb is for. */
export function sideOf(verb: AgentVerb): 'source' | 'destination' | 'either' {
  switch (verb) {
    case 'freeze':
    case 'ship':
    case 'fence':
    case 'resume':
      return 'source';
    case 'stage':
    case 'thaw':
    case 'commit':
    case 'abort':
      return 'destination';
    case 'query':
      return 'either';
    default:
      return assertNever(verb, 'verb');
  }
}

/** Why a ticket does not allow this command on this sled; null when it does. */
export function whyTicketRefuses(
  claims: TicketClaims,
  command: Pick<AgentCommand, 'move' | 'workload' | 'epoch' | 'verb'>,
  chassis: string,
  sled: string,
): string | null {
  if (claims.chassis !== chassis) return `the ticket is for chassis ${claims.chassis}, this is ${chassis}`;
  if (claims.move !== command.move) return `the ticket is for Move ${claims.move}`;
  if (claims.workload !== command.workload) return `the ticket is for workload ${claims.workload}`;
  if (claims.epoch !== command.epoch) return `the ticket is for epoch ${claims.epoch}`;
  const side = sideOf(command.verb);
  if (side !== 'destination' && claims.from === sled) return null;
  if (side !== 'source' && claims.to === sled) return null;
  return `the ticket is for a Move from ${claims.from} to ${claims.to}; ${command.verb} is not for ${sled}`;
}

/** What to do about a command whose ticket was found good. `query` is answered from the record without a decision. */
export function decide(record: WorkloadRecord | null, command: AgentCommand, nowWallMs: number): Decision {
  const end = endOf(record, command.move);
  const decision = end === undefined ? decideOpen(record, command) : decideEnded(end, command.verb);
  if (decision.kind !== 'act') return decision;
  const dueMs = Date.parse(command.deadline);
  if (Number.isNaN(dueMs)) return refuse(`its deadline is not a date: ${command.deadline}`);
  if (nowWallMs > dueMs) return refuse(`it came ${Math.ceil(nowWallMs - dueMs)} ms after its deadline`);
  if (command.epoch < (record?.floor ?? 0) && !isHarmlessBelowFloor(record, command.verb))
    return refuse(`epoch ${command.epoch} is below the floor ${record?.floor}`);
  return decision;
}

/** They take nothing from an owner: an abort never, a fence not where there is no copy. They may be owed for long. */
function isHarmlessBelowFloor(record: WorkloadRecord | null, verb: AgentVerb): boolean {
  return verb === 'abort' || (verb === 'fence' && record?.role.kind === 'absent');
}

/** The Move is over on this sled: what was done stays done, what was undone stays undone. */
function decideEnded(end: EndedMove, verb: AgentVerb): Decision {
  const repeats: Record<EndedMove['as'], readonly AgentVerb[]> = {
    committed: ['stage', 'thaw', 'commit'],
    fenced: ['freeze', 'ship', 'fence'],
    aborted: ['abort'],
    resumed: ['resume'],
  };
  return repeats[end.as].includes(verb) ? done : refuse(`the Move is over here: ${end.as}`);
}

function decideOpen(record: WorkloadRecord | null, command: AgentCommand): Decision {
  const role: Role = record?.role ?? { kind: 'absent' };
  const other = moveOf(role);
  if (other === command.move && 'epoch' in role && role.epoch !== command.epoch)
    return refuse(`Move ${command.move} is for epoch ${role.epoch}, not ${command.epoch}`);
  const mine = other === command.move;
  if (other !== null && !mine && command.verb !== 'abort') return refuse(`it takes part in Move ${other}`);
  switch (command.verb) {
    case 'stage':
      return decideStage(role, record?.floor ?? 0, command);
    case 'freeze':
      return decideFreeze(role, command.epoch);
    case 'ship':
      return decideShip(role, command);
    case 'thaw':
      return decideThaw(role);
    case 'commit':
      return decideCommit(role);
    case 'fence':
      return decideFence(role, command.epoch);
    case 'abort':
      return decideAbort(role, mine);
    case 'resume':
      return decideResume(role, record?.floor ?? 0);
    case 'query':
      return done;
    default:
      return assertNever(command.verb, 'verb');
  }
}

function decideStage(role: Role, floor: number, command: AgentCommand): Decision {
  if (role.kind === 'staged' || role.kind === 'received' || role.kind === 'probation') return done;
  if (role.kind !== 'absent') return refuse(`a copy is here already, ${role.kind}`);
  if (command.epoch <= floor) return refuse(`epoch ${command.epoch} is not above the floor ${floor}`);
  if (command.spec === null) return refuse('stage needs a spec');
  if (command.spec.id !== command.workload) return refuse(`the spec is of "${command.spec.id}"`);
  return act({ kind: 'stage' });
}

function decideFreeze(role: Role, epoch: number): Decision {
  if (role.kind === 'frozen' || role.kind === 'shipped') return done;
  if (role.kind === 'freezing') return act({ kind: 'freeze', role });
  if (role.kind !== 'running') return refuse(`nothing runs here: ${role.kind}`);
  if (role.epoch >= epoch) return refuse(`it runs at epoch ${role.epoch}, not below ${epoch}`);
  return act({ kind: 'freeze', role });
}

function decideShip(role: Role, command: AgentCommand): Decision {
  if (role.kind === 'shipped') return done;
  if (role.kind !== 'frozen') return refuse(`it is not frozen: ${role.kind}`);
  if (command.peer === null) return refuse('ship needs a peer');
  return act({ kind: 'ship', role });
}

function decideThaw(role: Role): Decision {
  if (role.kind === 'probation' && role.passed) return done;
  // It has passed before, and the controller may have committed since: one more try must not put that in doubt.
  if (role.kind === 'received' && role.thawed) return done;
  if (role.kind === 'probation' || role.kind === 'received') return act({ kind: 'thaw', role });
  return refuse(role.kind === 'staged' ? 'its state has not been received' : `nothing to thaw: ${role.kind}`);
}

function decideCommit(role: Role): Decision {
  if (role.kind === 'probation' && role.passed) return act({ kind: 'commit', role });
  // Thawed once, then lost to a restart or the end of probation: the Move is committed, it must go on from here.
  if (role.kind === 'received' && role.thawed) return act({ kind: 'commit', role });
  return refuse(`it has not been thawed: ${role.kind}`);
}

function decideFence(role: Role, epoch: number): Decision {
  if (role.kind === 'staged' || role.kind === 'received' || role.kind === 'probation')
    return refuse(`it is the destination of an open Move: ${role.kind}`);
  if (role.kind === 'running' && role.epoch >= epoch)
    return refuse(`it runs at epoch ${role.epoch}, which is not below ${epoch}`);
  return act({ kind: 'fence' });
}

function decideAbort(role: Role, mine: boolean): Decision {
  if (mine && (role.kind === 'staged' || role.kind === 'received' || role.kind === 'probation'))
    return act({ kind: 'abort', role });
  return act({ kind: 'close', as: 'aborted' });
}

function decideResume(role: Role, floor: number): Decision {
  if (role.kind === 'freezing' || role.kind === 'frozen' || role.kind === 'shipped') {
    if (role.ownEpoch < floor) return refuse(`its copy of epoch ${role.ownEpoch} is below the floor ${floor}`);
    return act({ kind: 'resume', role });
  }
  if (role.kind === 'running') return act({ kind: 'close', as: 'resumed' }); // it never was frozen by this Move
  return refuse(`no copy is kept here: ${role.kind}`);
}
