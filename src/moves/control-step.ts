// The controller's side of all Moves: stepControl(control, event, settings) → {control, effects}, pure and total. It
// admits, allocates epochs, reserves room, drives each Move's own machine (step.ts), fences, and answers sleds that ask
// for their floors.
import { assertNever } from '../core/errors.ts';
import type { ControlEffect, ControlEvent, ControlStart } from './control.ts';
import { appended, feed, retryAppends } from './control-moves.ts';
import { takeAnswer, takeAsk, takeSlotPower, takeStatus, tellPower } from './control-sleds.ts';
import { defaultControlSettings, type Control, type ControlSettings, type LiveMove } from './control-state.ts';
import { takeUndo, takeWant } from './control-wishes.ts';
import { beginWork, endWork, JOURNAL_TIMER, log, putMove, type Work } from './control-work.ts';
import { isFinished, isOpen } from './move.ts';
import { fromRecord, type MoveRecord } from './move-record.ts';

export interface ControlStep {
  readonly control: Control;
  readonly effects: readonly ControlEffect[];
}

/** Takes up what the journal says: every open Move goes on, forwards or back. Asks whether the journal can be written. */
export function startControl(
  { ledger, atMs, wallMs }: ControlStart,
  settings: ControlSettings = defaultControlSettings,
): ControlStep {
  const control: Control = {
    ledger,
    moves: new Map(),
    lastMove: ledger.lastMove,
    burnt: new Map(),
    sleds: new Map(),
    slots: new Map(),
    appends: new Map(),
    requests: new Map(),
    lastToken: 0,
    failure: null,
    wallOffsetMs: wallMs - atMs,
  };
  const work = beginWork(control, settings, atMs);
  for (const record of [...ledger.closed, ...ledger.open.values()]) {
    const live = recovered(record, atMs, wallMs);
    if (isFinished(live.state)) continue;
    putMove(work, live);
    if (isOpen(live.state))
      log(work, 'info', `Move ${record.id} of ${record.workload} goes on from ${record.state.kind}`);
  }
  for (const id of work.control.moves.keys()) feed(work, id, { kind: 'restart', atMs });
  work.probes = true;
  return endWork(work);
}

function recovered(record: MoveRecord, atMs: number, wallMs: number): LiveMove {
  const state = fromRecord(record, { nowMs: atMs, wallMs });
  const { id: move, workload, to: slot, demand } = record;
  const reservation = isOpen(state) ? { move, workload, slot, demand } : null;
  return { state, wallMs: record.wallMs, reservation, inbox: [], pending: null, timerToken: 0 };
}

export function stepControl(
  control: Control,
  event: ControlEvent,
  settings: ControlSettings = defaultControlSettings,
): ControlStep {
  const work = beginWork('wallMs' in event ? atWall(control, event) : control, settings, event.atMs);
  take(work, event);
  return endWork(work);
}

function atWall(control: Control, { atMs, wallMs }: { readonly atMs: number; readonly wallMs: number }): Control {
  return { ...control, wallOffsetMs: wallMs - atMs };
}

function take(work: Work, event: ControlEvent): void {
  switch (event.kind) {
    case 'want':
      return takeWant(work, event);
    case 'undo':
      return takeUndo(work, event);
    case 'answer':
      return takeAnswer(work, event.event);
    case 'asked':
      return takeAsk(work, event.ask);
    case 'status':
      return takeStatus(work, event.status, event.back);
    case 'appended':
      return appended(work, event.token, event.error);
    case 'timer':
      return takeTimer(work, event.timer);
    case 'slot-power':
      return takeSlotPower(work, event);
    case 'power-answer':
      return takePowerAnswer(work, event.token, event.error);
    default:
      return assertNever(event, 'event of the controller');
  }
}

/** A timer of a Move has its name. */
function takeTimer(work: Work, timer: string): void {
  if (timer === JOURNAL_TIMER) return retryAppends(work);
  tellPower(work, timer);
  const live = work.control.moves.get(timer);
  if (live !== undefined) feed(work, timer, { kind: 'timer', atMs: work.atMs, token: live.timerToken });
}

function takePowerAnswer(work: Work, token: number, error: string | null): void {
  const request = work.control.requests.get(token);
  if (request === undefined) return;
  const requests = new Map(work.control.requests);
  requests.delete(token);
  work.control = { ...work.control, requests };
  const { move, action, slot } = request;
  feed(work, move, { kind: 'power-answer', atMs: work.atMs, action, slot, error });
}
