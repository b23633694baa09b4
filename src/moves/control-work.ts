// One step over all Moves under way: the state as changed so far, and what is to be done. Private to the step; it ends
// with at most one append, which comes last.
import type { ControlEffect } from './control.ts';
import { journalProblem, viewOf, type Control, type ControlSettings, type LiveMove } from './control-state.ts';
import type { JournalEntry } from './ledger.ts';
import { toRecord, type Moment } from './move-record.ts';

/** The one timer for trying to write the journal again. */
export const JOURNAL_TIMER = 'journal';
const JOURNAL_RETRY_MS = 5_000;

export interface Work {
  control: Control;
  readonly settings: ControlSettings;
  readonly atMs: number;
  readonly effects: ControlEffect[];
  /** Moves with edges to append. */
  readonly toAppend: Set<string>;
  /** Asks whether the journal can be written. */
  probes: boolean;
}

export function beginWork(control: Control, settings: ControlSettings, atMs: number): Work {
  return { control, settings, atMs, effects: [], toAppend: new Set(), probes: false };
}

export function momentOf({ control, atMs }: Work): Moment {
  return { nowMs: atMs, wallMs: Math.round(atMs + control.wallOffsetMs) };
}

export function putMove(work: Work, live: LiveMove): void {
  const { control } = work;
  work.control = { ...control, moves: new Map(control.moves).set(live.state.move.id, live) };
}

export function dropMove(work: Work, id: string): void {
  const moves = new Map(work.control.moves);
  if (!moves.delete(id)) return;
  work.control = { ...work.control, moves };
  work.effects.push({ kind: 'timer', timer: id, delayMs: null });
}

export function publish(work: Work, live: LiveMove): void {
  const changed = { ...live, wallMs: momentOf(work).wallMs };
  putMove(work, changed);
  work.effects.push({ kind: 'publish', view: viewOf(work.control, changed) });
}

export function log(work: Work, level: 'info' | 'warn', text: string): void {
  work.effects.push({ kind: 'log', level, text });
}

export function nextToken(work: Work): number {
  const token = work.control.lastToken + 1;
  work.control = { ...work.control, lastToken: token };
  return token;
}

/** @returns what the step comes to */
export function endWork(work: Work): { readonly control: Control; readonly effects: readonly ControlEffect[] } {
  if (work.toAppend.size === 0 && !work.probes) return work;
  const moment = momentOf(work);
  const ids = [...work.toAppend];
  const entries = ids.flatMap((id): JournalEntry[] => {
    const edges = work.control.moves.get(id)?.pending?.edges ?? [];
    return edges.map((state) => ({ kind: 'edge', move: toRecord(state, moment) }));
  });
  const token = nextToken(work);
  work.control = { ...work.control, appends: new Map(work.control.appends).set(token, { moves: ids, entries }) };
  work.effects.push({ kind: 'append', token, entries });
  return work;
}

/** The journal could not be written: that is told once, and tried again until it can. */
export function journalFailed(work: Work, error: string): void {
  const { failure } = work.control;
  work.control = { ...work.control, failure: error };
  if (failure !== error) log(work, 'warn', `${journalProblem(work.control)}; moves are refused`);
  work.effects.push({ kind: 'timer', timer: JOURNAL_TIMER, delayMs: JOURNAL_RETRY_MS });
}

export function journalIsWell(work: Work): void {
  if (work.control.failure === null) return;
  work.control = { ...work.control, failure: null };
  log(work, 'info', 'the journal can be written again');
}
