// The vocabulary of the controller's side of all Moves together: step(control, event) → {control, effects}. It admits,
// allocates epochs, reserves room, drives each Move's own machine (step.ts), fences, and answers sleds that ask for
// their floors. The shell only carries effects. Times are the controller's monotonic milliseconds unless a name says wall.
import type { Resources } from '../core/plan.ts';
import type { MoveTrigger, MoveView } from '../core/view.ts';
import type { AgentEvent, AgentStatus } from '../protocols/agent-messages.ts';
import type { FloorsAsk } from '../protocols/floors.ts';
import type { JournalEntry, Ledger } from './ledger.ts';
import type { MovePlan, Send } from './move.ts';

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

/** What the guardian's frames say of a slot: `confirmed-off` needs a fresh power-good line or power reading, or an empty slot. */
export type SlotPowerState = 'on' | 'confirmed-off' | 'unknown';

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
  /** An agent's published record. */
  | { readonly kind: 'status'; readonly atMs: number; readonly status: AgentStatus }
  /** Of an `append` effect; `failed`: it may or may not be on the disk. */
  | {
      readonly kind: 'appended';
      readonly atMs: number;
      readonly wallMs: number;
      readonly token: number;
      readonly error: string | null;
    }
  | { readonly kind: 'timer'; readonly atMs: number; readonly wallMs: number; readonly timer: string }
  /** From each frame in which a slot with a fence under way, or its sled, changed; `sinceMs`: read not before this. */
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
  /** Durable before the effects after it in the list are carried out: the shell holds those back until `appended`. */
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
      readonly why: string;
      readonly hint: string;
    }
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

export type { Resources };
