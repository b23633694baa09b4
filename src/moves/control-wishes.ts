// Wishes: a Move to start, a Move to undo.
import { ColdslotError } from '../core/errors.ts';
import type { AgentWorkload } from '../protocols/agent-messages.ts';
import { admit, type MoveRequest } from './admission.ts';
import type { ControlEvent } from './control.ts';
import { beginPending, feed, refuseForJournal } from './control-moves.ts';
import { situationOf } from './control-state.ts';
import { momentOf, type Work } from './control-work.ts';
import { moveId, nextEpoch } from './ledger.ts';
import { isOpen, type MovePlan } from './move.ts';
import { begin } from './step.ts';

type Want = Extract<ControlEvent, { kind: 'want' }>;
type Undo = Extract<ControlEvent, { kind: 'undo' }>;

export function takeWant(work: Work, { token, ...want }: Want): void {
  if (work.control.failure !== null) return refuseForJournal(work, token);
  const { workload, from, to, fromSled, toSled, trigger } = want;
  const request: MoveRequest = { workload, from, to, fromSled, toSled, trigger };
  try {
    startMove(work, request, admit(request, situationOf(work.control, work.settings)), token);
  } catch (error) {
    if (!(error instanceof ColdslotError)) throw error;
    refuse(work, token, error);
  }
}

function startMove(work: Work, request: MoveRequest, announced: AgentWorkload, token: number): void {
  const { control, settings, atMs } = work;
  const { workload } = request;
  const { demand, fence, epoch: ownEpoch } = announced;
  const known = Math.max(ownEpoch, control.burnt.get(workload) ?? 0);
  const epoch = nextEpoch(control.ledger, workload, known);
  const lastMove = control.lastMove + 1;
  const plan: MovePlan = { ...request, id: moveId(lastMove), demand, epoch, ownEpoch, fence };
  const { state, effects } = begin(plan, atMs, settings.policy);
  work.control = { ...control, lastMove, burnt: new Map(control.burnt).set(workload, epoch) };
  const reservation = { move: plan.id, workload, slot: plan.to, demand };
  const { wallMs } = momentOf(work);
  const live = { state, wallMs, reservation, inbox: [], pending: null, timerToken: 0 };
  beginPending(work, live, effects, token);
}

function refuse(work: Work, token: number, error: ColdslotError): void {
  const { code } = error;
  const known = code === 'conflict' || code === 'not-found' ? code : 'refused';
  const { subject, message: why, hint } = error;
  work.effects.push({ kind: 'refused', token, code: known, subject, why, hint });
}

export function takeUndo(work: Work, { token, move, why }: Undo): void {
  const { control, atMs } = work;
  const live = control.moves.get(move);
  const no = (code: 'refused' | 'not-found', text: string, hint: string) =>
    void work.effects.push({ kind: 'refused', token, code, subject: move, why: text, hint });
  if (live === undefined || !isOpen(live.state)) {
    const hasBeen = live !== undefined || control.ledger.closed.some(({ id }) => id === move);
    if (!hasBeen) return no('not-found', 'there is no such Move', 'coldslot move list');
    return no('refused', 'it has ended', 'start a new Move in the other direction');
  }
  if (control.failure !== null) return refuseForJournal(work, token);
  feed(work, move, { kind: 'undo', atMs, why }, token);
}
