// Whether a Move may start: one at a time for a workload, few at once, both ends there, room and power at the
// destination, where all open Moves together hold what they bring: until each is done, its source holds it, too.
import { ColdslotError } from '../core/errors.ts';
import type { Resources } from '../core/plan.ts';
import type { MoveTrigger } from '../core/view.ts';
import type { AgentStatus, AgentWorkload } from '../protocols/agent-messages.ts';
import type { PowerRoom } from './control.ts';
import type { Owner } from './ledger.ts';
import type { MovePlan } from './move.ts';
import type { Reservation } from './reservations.ts';

export interface MoveRequest {
  readonly workload: string;
  /** Slot numbers, and the ids of the sleds in them. */
  readonly from: number;
  readonly to: number;
  readonly fromSled: string;
  readonly toSled: string;
  readonly trigger: MoveTrigger;
}

export interface MoveLimits {
  readonly maxOpen: number;
  /** Between the same two sleds, either way. */
  readonly maxPerSledPair: number;
}

/** One Move a millisecond for thirty years; numbers stay exact far above. */
const MAX_EPOCH = 1e12;
const MAX_RESOURCES = 64;

export const defaultMoveLimits: MoveLimits = { maxOpen: 4, maxPerSledPair: 1 };

/** What is known when a Move is asked for. */
export interface Situation {
  readonly limits: MoveLimits;
  readonly open: readonly MovePlan[];
  readonly reservations: readonly Reservation[];
  status(sled: string): AgentStatus | null;
  readonly powerRoom?: (slot: number) => PowerRoom | null;
  /** Whose it is by the journal; null when that does not say. */
  readonly owner?: (workload: string) => Owner | null;
}

/** Why the Move cannot start at this moment, as far as that can change; null when it can. */
export function whyNotNow(request: MoveRequest, situation: Situation): string | null {
  try {
    admit(request, situation);
    return null;
  } catch (error) {
    if (error instanceof ColdslotError) return error.message;
    throw error;
  }
}

/** The workload as its sled announces it. @throws ColdslotError `refused`, `conflict` or `not-found`, saying why */
export function admit(request: MoveRequest, situation: Situation): AgentWorkload {
  const { workload, fromSled, toSled } = request;
  const refuse = (why: string, hint = '') => new ColdslotError('refused', workload, why, hint);
  if (fromSled === toSled) throw refuse(`it is on ${toSled} already`);
  checkOpen(request, situation);
  const source = onlineStatus(fromSled, situation);
  const destination = onlineStatus(toSled, situation);
  const announced = source.workloads.find((other) => other.id === workload);
  if (announced === undefined) {
    throw new ColdslotError('not-found', workload, `${fromSled} does not have it`, 'coldslot workload list');
  }
  if (announced.state !== 'running') throw refuse(`it is ${announced.state} on ${fromSled}, only what runs can move`);
  checkOwner(request, situation);
  const strange = whatIsStrange(announced);
  if (strange !== null) throw refuse(`${fromSled} says ${strange} of it`, 'see the log of its agent');
  if (announced.pinned) throw refuse('it is pinned to its slot');
  if (announced.allowedSlots !== null && !announced.allowedSlots.includes(request.to)) {
    throw refuse(`it may not run in slot ${request.to}`, `allowed are ${announced.allowedSlots.join(', ')}`);
  }
  if (destination.bulk === null) throw refuse(`${toSled} does not take bulk data`, 'see the log of its agent');
  const short = whatIsShort(announced.demand, destination, request.to, situation.reservations);
  if (short !== null) throw refuse(`no room on ${toSled}: ${short}`);
  const power = whatPowerIsShort(workload, destination, request.to, situation);
  if (power !== null) throw refuse(`no power in slot ${request.to}: ${power}`);
  return announced;
}

function checkOpen({ workload, fromSled, toSled }: MoveRequest, { limits, open }: Situation): void {
  const conflict = (why: string) => new ColdslotError('conflict', workload, why, 'try again when it has ended');
  const same = open.find((move) => move.workload === workload);
  if (same !== undefined) throw conflict(`Move ${same.id} of it is open`);
  if (open.length >= limits.maxOpen) throw conflict(`${open.length} Moves are open, no more are allowed at once`);
  const pair = open.filter(
    (move) => [fromSled, toSled].includes(move.fromSled) && [fromSled, toSled].includes(move.toSled),
  );
  if (pair.length >= limits.maxPerSledPair) {
    const ids = pair.map((move) => move.id).join(', ');
    throw conflict(`Move ${ids} between ${fromSled} and ${toSled} is open, no more are allowed at once`);
  }
}

/** What no agent of ours says, and what would not fit the journal; null when there is nothing of the kind. */
function whatIsStrange({ epoch, demand }: AgentWorkload): string | null {
  if (epoch > MAX_EPOCH) return `that it is at epoch ${epoch}`;
  const resources = Object.keys(demand).length;
  return resources > MAX_RESOURCES ? `that it needs ${resources} kinds of resources` : null;
}

/** What runs on another sled than the journal's owner is not touched, unless that sled says that it has no copy. */
function checkOwner({ workload, fromSled }: MoveRequest, situation: Situation): void {
  const owner = situation.owner?.(workload) ?? null;
  if (owner === null || owner.sled === fromSled) return;
  const status = situation.status(owner.sled);
  if (status?.state === 'online' && status.workloads.every(({ id }) => id !== workload)) return;
  const why = `it is said to run on ${fromSled}, but by the journal it is ${owner.sled}’s at epoch ${owner.epoch}`;
  throw new ColdslotError('refused', workload, why, `make sure that it runs once; start the agent on ${owner.sled}`);
}

function onlineStatus(sled: string, situation: Situation): AgentStatus {
  const status = situation.status(sled);
  if (status?.state === 'online') return status;
  const why = status === null ? 'its agent has never been heard of' : 'its agent is offline';
  throw new ColdslotError('refused', sled, why, 'start the agent on that sled');
}

/** What is short at the destination, in words; null when the demand fits beside what is there and what is promised. */
function whatIsShort(
  demand: Resources,
  destination: AgentStatus,
  slot: number,
  reservations: readonly Reservation[],
): string | null {
  const there = new Set(destination.workloads.map((workload) => workload.id));
  const promised = reservations.filter((held) => held.slot === slot && !there.has(held.workload));
  for (const [resource, needed] of Object.entries(demand)) {
    const used = [...destination.workloads, ...promised].reduce((sum, one) => sum + (one.demand[resource] ?? 0), 0);
    const free = (destination.capacities[resource] ?? 0) - used;
    if (needed > free + 1e-9)
      return `${resource}: ${needed} needed, ${Math.max(0, Math.round(free * 1000) / 1000)} free`;
  }
  return null;
}

/** The same for the slot's power cap. */
function whatPowerIsShort(
  workload: string,
  destination: AgentStatus,
  slot: number,
  { reservations, powerRoom }: Situation,
): string | null {
  const room = powerRoom?.(slot) ?? null;
  if (room === null) return null;
  const there = new Set(destination.workloads.map((other) => other.id));
  for (const held of reservations) if (held.slot === slot) there.add(held.workload);
  const drawnW = [...there].reduce((sum, id) => sum + room.workloadW(id), room.idleW);
  const neededW = room.workloadW(workload);
  if (neededW === 0 || drawnW + neededW <= room.capW + 1e-6) return null;
  return `${Math.round(neededW)} W needed, ${Math.max(0, Math.round(room.capW - drawnW))} W to spare under its cap of ${Math.round(room.capW)} W`;
}
