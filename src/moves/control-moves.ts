// Each Move's own machine within the whole: one event after the other, what an edge allows only when the edge is
// durable. Events that come meanwhile wait in the Move's inbox.
import { carryOut } from './control-effects.ts';
import { journalProblem, viewOf, type Inboxed, type LiveMove, type Pending } from './control-state.ts';
import { dropMove, journalFailed, journalIsWell, log, publish, putMove, type Work } from './control-work.ts';
import { fold } from './ledger.ts';
import { isFinished, type MoveEffect, type MoveEvent, type MoveState } from './move.ts';
import { step } from './step.ts';

/** Answers are dropped rather than piled up behind a slow journal: commands are repeated. */
const MAX_INBOX_PROGRESS = 16;
const MAX_INBOX = 64;

/** Gives a Move an event; it is worked on now, or when what is under way is durable. */
export function feed(work: Work, id: string, event: MoveEvent, undo: number | null = null): void {
  const live = work.control.moves.get(id);
  if (live === undefined) return;
  if (live.inbox.length >= inboxLimit(event)) return;
  putMove(work, { ...live, inbox: [...live.inbox, { event, undo }] });
  drain(work, id);
}

/** What an agent says is said again, and so is what frames tell of power; all else is bounded by itself. */
function inboxLimit(event: MoveEvent): number {
  switch (event.kind) {
    case 'answer':
      return event.outcome === 'progress' ? MAX_INBOX_PROGRESS : MAX_INBOX;
    case 'online':
    case 'power':
      return MAX_INBOX_PROGRESS;
    default:
      return Infinity;
  }
}

/** Works on the inbox until it is empty or an edge must become durable first. */
function drain(work: Work, id: string): void {
  for (;;) {
    const live = work.control.moves.get(id);
    const item = live?.inbox[0];
    if (live === undefined || live.pending !== null || item === undefined) return;
    const { state, effects } = step(live.state, item.event, work.settings.policy);
    const inbox = live.inbox.slice(1);
    const edges = edgesOf(effects);
    if (edges.length > 0) {
      const pending = { kind: 'edge', token: item.undo, edges, next: state, effects, tries: 'first' } as const;
      putMove(work, { ...live, inbox, pending });
      work.toAppend.add(id);
      return;
    }
    putMove(work, { ...live, state, inbox });
    settle(work, id, live.state, effects, item.undo);
  }
}

/** A new Move: it exists from here on, and is refused if it cannot be made durable. */
export function beginPending(work: Work, live: LiveMove, effects: readonly MoveEffect[], token: number): void {
  const pending: Pending = {
    kind: 'new',
    token,
    edges: edgesOf(effects),
    next: live.state,
    effects,
    tries: 'first',
  };
  putMove(work, { ...live, pending });
  work.toAppend.add(live.state.move.id);
}

/** An append is durable, or may or may not be on the disk. */
export function appended(work: Work, token: number, error: string | null): void {
  const append = work.control.appends.get(token);
  if (append === undefined) return;
  const appends = new Map(work.control.appends);
  appends.delete(token);
  const { moves, entries } = append;
  const ledger = error === null ? entries.reduce(fold, work.control.ledger) : work.control.ledger;
  work.control = { ...work.control, appends, ledger };
  if (error === null) journalIsWell(work);
  else journalFailed(work, error);
  for (const id of moves) {
    if (error === null) isDurable(work, id);
    else notDurable(work, id);
  }
}

/** Tries again what could not be written; nothing of it: whether the journal can be written. */
export function retryAppends(work: Work): void {
  for (const [id, live] of work.control.moves) {
    if (live.pending?.tries !== 'failed') continue;
    putMove(work, { ...live, pending: { ...live.pending, tries: 'late' } });
    work.toAppend.add(id);
  }
  work.probes = work.control.failure !== null;
}

function isDurable(work: Work, id: string): void {
  const live = work.control.moves.get(id);
  if (live === undefined || live.pending === null) return;
  const { kind, token, next, effects, tries } = live.pending;
  // deadlines taken before a long wait do not hold: the Move starts over in its new state
  const restart: Inboxed[] = tries === 'late' ? [{ event: { kind: 'restart', atMs: work.atMs }, undo: null }] : [];
  putMove(work, { ...live, state: next, pending: null, inbox: [...restart, ...live.inbox] });
  const held = tries === 'late' ? effects.filter((effect) => !NOT_WHEN_LATE.has(effect.kind)) : effects;
  if (kind === 'new' && token !== null) acceptNew(work, id, token);
  settle(work, id, live.state, held, kind === 'edge' ? token : null);
  drain(work, id);
}

const NOT_WHEN_LATE: ReadonlySet<MoveEffect['kind']> = new Set(['send', 'timer', 'cut', 'give']);

function acceptNew(work: Work, id: string, token: number): void {
  const live = work.control.moves.get(id);
  if (live === undefined) return;
  const { workload, fromSled, toSled, epoch } = live.state.move;
  log(work, 'info', `Move ${id}: ${workload} from ${fromSled} to ${toSled}, epoch ${epoch}`);
  work.effects.push({ kind: 'accepted', token, view: viewOf(work.control, live) });
}

/** A new Move is refused; an edge of an open one cannot be given up, because it may be on the disk. */
function notDurable(work: Work, id: string): void {
  const live = work.control.moves.get(id);
  if (live === undefined || live.pending === null) return;
  if (live.pending.kind === 'edge') {
    const waiting = { ...live, pending: { ...live.pending, tries: 'failed' } as const };
    return publish(work, waiting);
  }
  dropMove(work, id);
  if (live.pending.token !== null) refuseForJournal(work, live.pending.token);
}

export function refuseForJournal(work: Work, token: number): void {
  const why = journalProblem(work.control) ?? 'journal cannot be written';
  const hint = 'moves are refused, cooling goes on';
  work.effects.push({ kind: 'refused', token, code: 'io', subject: 'moves', why, hint });
}

/** After a step whose state counts: carries out its effects and answers who asked for it. */
function settle(work: Work, id: string, before: MoveState, effects: readonly MoveEffect[], undo: number | null): void {
  const { state } = work.control.moves.get(id) as LiveMove;
  if (state.kind !== before.kind) {
    const why = state.kind === 'undoing' || state.kind === 'undone' ? `: ${state.move.error ?? 'no reason given'}` : '';
    log(work, 'info', `Move ${id} ${before.kind} → ${state.kind}${why}`);
  }
  for (const effect of effects) carryOut(work, id, effect);
  if (undo !== null) answerUndo(work, id, undo);
  if (isFinished(state)) dropMove(work, id);
}

function answerUndo(work: Work, id: string, token: number): void {
  const live = work.control.moves.get(id) as LiveMove;
  const { state } = live;
  if (state.kind === 'undoing' || state.kind === 'undone') {
    work.effects.push({ kind: 'accepted', token, view: viewOf(work.control, live) });
    return;
  }
  const why = `it is ${state.kind}, from here it only goes on`;
  work.effects.push({ kind: 'refused', token, code: 'refused', subject: id, why, hint: 'start a new Move back' });
}

function edgesOf(effects: readonly MoveEffect[]): MoveState[] {
  return effects.flatMap((effect) => (effect.kind === 'journal' ? [effect.state] : []));
}
