// The vocabulary of the controller's side of all Moves together: step(control, event) → {control, effects}. It admits,
// allocates epochs, reserves room, drives each Move's own machine (step.ts), fences, and answers sleds that ask for
// their floors. The shell only carries effects. Times are the controller's monotonic milliseconds unless a name says wall.
import type { MoveTrigger, MoveView } from '../core/view.ts';
import type { AgentEvent, AgentStatus } from '../protocols/agent-messages.ts';
import type { FloorsAsk } from '../protocols/floors.ts';
import type { JournalEntry, Ledger } from './ledger.ts';
import type { FenceCode, MovePlan, Send, SlotPowerState } from './move.ts';

/** A wish for a Move, with the slots and sleds it concerns. `token` names it in `accepted` and `refused`. */
export interface MoveWanted {
  readonly token: number;
  readonly workload: string;
  readonly from: number;
  readonly to: number;
  readonly fromSled: string;
  readonly toSled: string;
  readonly trigger: MoveTrigger;
}

export type ControlEvent =
  | ({ readonly kind: 'want'; readonly atMs: number; readonly wallMs: number } & MoveWanted)
  | {
      readonly kind: 'undo';
      readonly atMs: number;
      readonly token: number;
      readonly move: string;
      readonly why: string;
    }
  /** An agent's answer, parsed, from the topic of the sled it names. */
  | { readonly kind: 'answer'; readonly atMs: number; readonly event: AgentEvent }
  | { readonly kind: 'asked'; readonly atMs: number; readonly ask: FloorsAsk }
  /** An agent's published record. `back`: it is known to have come (back) online; else that is seen from the record. */
  | { readonly kind: 'status'; readonly atMs: number; readonly status: AgentStatus; readonly back?: boolean }
  /** Of an `append` effect; `failed`: it may or may not be on the disk. */
  | {
      readonly kind: 'appended';
      readonly atMs: number;
      readonly wallMs: number;
      readonly token: number;
      readonly error: string | null;
    }
  | { readonly kind: 'timer'; readonly atMs: number; readonly wallMs: number; readonly timer: string }
  /**
   * What a frame says of a slot; of every slot, while something waits for it (`waitsForPower`). `sled`: what sits there,
   * null = nothing, or not known. `sinceMs`: read not before this.
   */
  | {
      readonly kind: 'slot-power';
      readonly atMs: number;
      readonly slot: number;
      readonly sled: string | null;
      readonly power: SlotPowerState;
      readonly sinceMs: number;
    }
  /** The guardian's answer to `cut` or `give`. */
  | { readonly kind: 'power-answer'; readonly atMs: number; readonly token: number; readonly error: string | null };

export type ControlEffect =
  /**
   * To be made durable, and reported by `appended`. What depends on it comes with the answer to that, so that an append
   * is always the last effect of a list, and the only one. Without entries: can the journal be written?
   */
  | { readonly kind: 'append'; readonly token: number; readonly entries: readonly JournalEntry[] }
  | { readonly kind: 'send'; readonly move: MovePlan; readonly send: Send }
  | {
      readonly kind: 'grant';
      readonly sled: string;
      readonly boot: string;
      readonly floors: Readonly<Record<string, number>>;
    }
  /** Cut the slot's power, or give it back. Reported by `power-answer`, confirmed by `slot-power`. */
  | { readonly kind: 'cut' | 'give'; readonly token: number; readonly slot: number; readonly why: string }
  | { readonly kind: 'timer'; readonly timer: string; readonly delayMs: number | null }
  | { readonly kind: 'publish'; readonly view: MoveView }
  | { readonly kind: 'accepted'; readonly token: number; readonly view: MoveView }
  | {
      readonly kind: 'refused';
      readonly token: number;
      readonly code: 'refused' | 'conflict' | 'not-found' | 'io';
      /** What it is about: the workload, a sled, the Move. */
      readonly subject: string;
      readonly why: string;
      readonly hint: string;
    }
  /** For the log of events: an edge of a fence. */
  | { readonly kind: 'event'; readonly code: `move-${FenceCode}`; readonly view: MoveView; readonly text: string }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly text: string };

/** What the controller side is started with. */
export interface ControlStart {
  readonly ledger: Ledger;
  readonly atMs: number;
  readonly wallMs: number;
}

/** Power under a slot's cap, counted like the planner does: watts of the sled without work, and with each workload. */
export interface PowerRoom {
  readonly capW: number;
  readonly idleW: number;
  readonly workloadW: (workload: string) => number;
}

export type { SlotPowerState };
