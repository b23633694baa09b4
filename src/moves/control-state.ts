// The state of the controller's side of all Moves: plain data, replaced and never changed by a step. What the journal
// holds durably is `ledger`; everything else is made again from it after a restart, or heard again.
import type { MoveView } from '../core/view.ts';
import type { AgentStatus } from '../protocols/agent-messages.ts';
import { defaultMoveLimits, type MoveLimits, type Situation } from './admission.ts';
import type { PowerRoom, SlotPowerState } from './control.ts';
import type { JournalEntry, Ledger } from './ledger.ts';
import { isOpen, type MoveEffect, type MoveEvent, type MovePlan, type MoveState } from './move.ts';
import { viewOfRecord, viewOfState } from './move-view.ts';
import { defaultPolicy, type MovePolicy } from './policy.ts';
import { watchesPower } from './power-fence.ts';
import type { Reservation } from './reservations.ts';

export interface ControlSettings {
  readonly policy: MovePolicy;
  readonly limits: MoveLimits;
  /** Power that a slot has to spare; null where it has no cap. */
  readonly powerRoom: (slot: number) => PowerRoom | null;
}

export const defaultControlSettings: ControlSettings = {
  policy: defaultPolicy,
  limits: defaultMoveLimits,
  powerRoom: () => null,
};

/** An event of a Move that waits; `undo`: the token of the wish it came from. */
export interface Inboxed {
  readonly event: MoveEvent;
  readonly undo: number | null;
}

/** A step whose edges are not durable yet. */
export interface Pending {
  /** `new`: can still be refused; `token` of its wish. `edge`: cannot be given up; `token` of the undo it answers. */
  readonly kind: 'new' | 'edge';
  readonly token: number | null;
  readonly edges: readonly MoveState[];
  readonly next: MoveState;
  /** Carried out when it is durable. */
  readonly effects: readonly MoveEffect[];
  /** `failed`: waits for the next try. `late`: is tried again. */
  readonly tries: 'first' | 'failed' | 'late';
}

export interface LiveMove {
  readonly state: MoveState;
  /** Of the last change, milliseconds since 1970. */
  readonly wallMs: number;
  /** Room at the destination, until it is given back. */
  readonly reservation: Reservation | null;
  readonly inbox: readonly Inboxed[];
  readonly pending: Pending | null;
  /** Of the one timer that counts. */
  readonly timerToken: number;
}

/** What a frame said of a slot last. */
export interface SlotSeen {
  readonly sled: string | null;
  readonly power: SlotPowerState;
  readonly sinceMs: number;
  /** Since when frames have shown the same sled there. */
  readonly sledSinceMs: number;
}

export interface SledHeard {
  readonly status: AgentStatus | null;
  /** When it last answered a command or asked for its floors; it was not without power then. */
  readonly heardMs: number;
  /** The boot that was granted its floors last, and when. */
  readonly granted: { readonly boot: string; readonly atMs: number } | null;
}

/** A cut or a give that the guardian has not answered. */
export interface PowerRequest {
  readonly move: string;
  readonly action: 'cut' | 'give';
  readonly slot: number;
}

/** Edges on their way to the journal. None: the question whether it can be written. */
export interface Append {
  readonly moves: readonly string[];
  readonly entries: readonly JournalEntry[];
}

export interface Control {
  readonly ledger: Ledger;
  /** Open Moves, and closed ones in which something is owed; in the order they began. */
  readonly moves: ReadonlyMap<string, LiveMove>;
  readonly lastMove: number;
  /** Epochs and floors given out that the ledger does not have, by workload: no later Move may use them. */
  readonly burnt: ReadonlyMap<string, number>;
  readonly sleds: ReadonlyMap<string, SledHeard>;
  readonly slots: ReadonlyMap<number, SlotSeen>;
  /** Under way, by token. */
  readonly appends: ReadonlyMap<number, Append>;
  readonly requests: ReadonlyMap<number, PowerRequest>;
  readonly lastToken: number;
  /** Why the journal could not be written; null when all is well. */
  readonly failure: string | null;
  /** Wall time less monotonic time, as told last. */
  readonly wallOffsetMs: number;
}

/** Why nothing can be written, in words; null when all is well. */
export function journalProblem({ failure }: Control): string | null {
  return failure === null ? null : `journal cannot be written: ${failure}`;
}

export function viewOf(control: Control, live: LiveMove): MoveView {
  const problem = journalProblem(control);
  const trouble = problem === null ? null : `${problem}; moves are refused, cooling goes on`;
  return viewOfState(live.state, live.wallMs, trouble);
}

/** Open Moves first, in the order they began, then the closed ones, newest first. */
export function listMoves(control: Control): MoveView[] {
  const open = [...control.moves.values()].filter(({ state }) => isOpen(state));
  return [...open.map((live) => viewOf(control, live)), ...control.ledger.closed.toReversed().map(viewOfRecord)];
}

export function openMoves({ moves }: Control): MovePlan[] {
  return [...moves.values()].flatMap(({ state }) => (isOpen(state) ? [state.move] : []));
}

/** Room that Moves hold at their destinations. */
export function reservationsOf({ moves }: Control): Reservation[] {
  return [...moves.values()].flatMap(({ reservation }) => (reservation === null ? [] : [reservation]));
}

/** What decides whether a Move may start now. */
export function situationOf(control: Control, settings: ControlSettings): Situation {
  return {
    limits: settings.limits,
    open: openMoves(control),
    reservations: reservationsOf(control),
    status: (sled) => control.sleds.get(sled)?.status ?? null,
    powerRoom: settings.powerRoom,
    owner: (workload) => control.ledger.owners.get(workload) ?? null,
  };
}

/** Whether a Move waits for the power of a sled: from then on frames are worth feeding in. */
export function waitsForPower({ moves }: Control): boolean {
  for (const { state } of moves.values()) if (watchedEnd(state) !== null) return true;
  return false;
}

/** The end whose power matters to this Move now. */
export function watchedEnd(state: MoveState): 'source' | 'destination' | null {
  if (state.kind === 'claimed') return 'source';
  return state.kind === 'undoing' && watchesPower(state) ? 'destination' : null;
}
