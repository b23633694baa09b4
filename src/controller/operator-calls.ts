// What operators may ask for, through any surface: plan, move, undo, drain, fans. Checked here, refused in words.
import { assertNever, ColdslotError } from '../core/errors.ts';
import { isOpenMove, type MoveView } from '../core/view.ts';
import type { Plan } from '../core/plan.ts';
import type { OperatorCall } from '../surfaces/source.ts';
import type { PlacedWorkload } from './agent-directory.ts';
import type { Chassis } from './chassis.ts';
import type { MoveQueue } from './move-queue.ts';
import type { Planning } from './planning.ts';
import { trustCall, type ChassisTrust } from './pki/chassis-trust.ts';
import { operatePower, type SledPowerControl } from './operator-power.ts';

export interface OperatorParts {
  readonly chassis: Chassis;
  readonly planning: Planning;
  readonly queue: MoveQueue;
  readonly undo: (id: string) => Promise<MoveView>;
  readonly power: SledPowerControl;
  /** Null on a broker that is not the chassis's own. */
  readonly trust: ChassisTrust | null;
}

export async function operatorCall(parts: OperatorParts, call: OperatorCall): Promise<unknown> {
  switch (call.method) {
    case 'plan':
      return plan(parts, call.apply);
    case 'move':
      return move(parts, call.workload, call.to, call.dryRun);
    case 'move-undo':
      return parts.undo(call.id);
    case 'drain':
      return drain(parts, call.slot);
    case 'power':
      return operatePower(parts.chassis, parts.power, call.slot, call.action);
    case 'pki-enroll':
    case 'pki-revoke':
    case 'pki-list':
      return trustCall(parts.trust, call);
    case 'fan-set':
      return setFan(parts, call.fan, call.ratio);
    case 'fan-auto':
      return autoFan(parts, call.fan);
    default:
      return assertNever(call, 'call');
  }
}

async function plan(parts: OperatorParts, apply: boolean): Promise<Plan> {
  const planned = await parts.planning.planNow();
  if (!apply) return planned.plan;
  if (parts.queue.busy())
    throw new ColdslotError('conflict', 'plan --apply', 'Moves are under way already', 'wait for them, or undo them');
  parts.planning.startMoves(planned.plan.moves, 'operator');
  return planned.plan;
}

/** The Move, and with `dryRun` what stands against it. */
async function move(
  parts: OperatorParts,
  workload: string,
  to: number,
  dryRun: boolean,
): Promise<{ move: MoveView | null; from: number; to: number }> {
  const placed = findWorkload(parts.chassis, workload);
  const from = placed.slot;
  if (from === null)
    throw new ColdslotError('failed', `workload ${workload}`, `the slot of its sled ${placed.sled} is not known`);
  checkDestination(parts.chassis, placed, to);
  if (parts.chassis.moves.some((other) => isOpenMove(other) && other.workload === workload)) {
    throw new ColdslotError('conflict', `workload ${workload}`, 'it is being moved already', 'see: coldslot move list');
  }
  if (dryRun) return { move: null, from, to };
  return { move: await parts.queue.startNow({ workload, from, to, trigger: 'operator' }), from, to };
}

function checkDestination(chassis: Chassis, placed: PlacedWorkload, to: number): void {
  const { id, pinned, allowedSlots } = placed.workload;
  const subject = `workload ${id}`;
  if (!chassis.board.slots.some((slot) => slot.number === to)) {
    const known = chassis.board.slots.map((slot) => slot.number).join(', ');
    throw new ColdslotError('bad-input', `slot ${to}`, 'there is no such slot', `slots are ${known}`);
  }
  if (placed.slot === to) throw new ColdslotError('refused', subject, `it runs in slot ${to} already`);
  if (pinned) throw new ColdslotError('refused', subject, 'it is pinned to its sled');
  if (allowedSlots !== null && !allowedSlots.includes(to)) {
    throw new ColdslotError('refused', subject, `it may not run in slot ${to}`, `allowed: ${allowedSlots.join(', ')}`);
  }
  if (placed.workload.state !== 'running')
    throw new ColdslotError('refused', subject, `it is ${placed.workload.state}, not running`);
  if (!placed.online) throw new ColdslotError('refused', subject, `the agent of ${placed.sled} is offline`);
  if (chassis.frame?.slots.some((seen) => seen.slot === to && seen.leak !== undefined))
    throw new ColdslotError('refused', `slot ${to}`, 'there is a leak', 'see: coldslot slot list');
  if (chassis.agents.sledIn(to) === null)
    throw new ColdslotError('refused', `slot ${to}`, 'no sled with an agent is online there');
}

/** Moves all work off a slot, as much as fits; says what stays and why. */
async function drain(
  parts: OperatorParts,
  slot: number,
): Promise<{ plan: Plan; moving: string[]; staying: { workload: string; reason: string }[] }> {
  const { chassis, planning, queue } = parts;
  if (!chassis.board.slots.some((entry) => entry.number === slot))
    throw new ColdslotError('bad-input', `slot ${slot}`, 'there is no such slot');
  if (queue.busy())
    throw new ColdslotError('conflict', `slot ${slot}`, 'Moves are under way already', 'wait for them, or undo them');
  const here = chassis.agents.workloads().filter((placed) => placed.slot === slot);
  const { plan: drained } = await planning.planDrain(slot);
  if (drained.status === 'infeasible') {
    throw new ColdslotError(
      'refused',
      `slot ${slot}`,
      'its work does not fit elsewhere',
      (drained.conflicts ?? []).join('; '),
    );
  }
  const leaving = new Set(drained.moves.map((entry) => entry.workload));
  planning.startMoves(drained.moves, 'drain');
  const staying = here
    .filter((placed) => !leaving.has(placed.workload.id))
    .map((placed) => ({
      workload: placed.workload.id,
      reason:
        drained.held.find((entry) => entry.workload === placed.workload.id)?.reason.text ??
        `${placed.workload.id} stays in its slot: it may not be moved`,
    }));
  return { plan: drained, moving: [...leaving], staying };
}

function setFan(parts: OperatorParts, fan: string, ratio: number): { fan: string; ratio: number } {
  checkFan(parts.chassis, fan);
  parts.planning.setManual(fan, ratio);
  parts.chassis.log({
    severity: 'warning',
    source: `fan/${fan}`,
    code: 'fan-manual',
    text: `${fan} is set to ${Math.round(ratio * 100)} % by an operator; it still speeds up when a limit is near`,
  });
  return { fan, ratio };
}

function autoFan(parts: OperatorParts, fan: string | null): { fans: string[] } {
  if (fan !== null) checkFan(parts.chassis, fan);
  const fans = parts.chassis.board.airMovers.map((mover) => mover.id).filter((id) => fan === null || id === fan);
  for (const id of fans) parts.planning.setManual(id, null);
  parts.chassis.log({
    severity: 'info',
    source: 'fan',
    code: 'fan-auto',
    text: `${fans.join(', ')} back under the cooling loop`,
  });
  return { fans };
}

function checkFan(chassis: Chassis, fan: string): void {
  if (chassis.board.airMovers.some((mover) => mover.id === fan)) return;
  const known = chassis.board.airMovers.map((mover) => mover.id).join(', ');
  throw new ColdslotError('bad-input', `fan ${fan}`, 'there is no such fan', `fans are ${known}`);
}

function findWorkload(chassis: Chassis, workload: string): PlacedWorkload {
  const placed = chassis.agents.workloads().find((entry) => entry.workload.id === workload);
  if (placed === undefined)
    throw new ColdslotError(
      'bad-input',
      `workload ${workload}`,
      'no agent announces it',
      'see: coldslot workload list',
    );
  return placed;
}
