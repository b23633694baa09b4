// The machines of a run: the real step functions and what surrounds them, each of which a mutant may replace by
// something that is wrong on purpose.
import type { AgentDisk, AgentInput, AgentSettings } from '../../src/agent/machine/machine.ts';
import type { ControlEvent, ControlStart } from '../../src/moves/control.ts';
import {
  openMoves,
  reservationsOf,
  waitsForPower,
  type Control,
  type ControlSettings,
} from '../../src/moves/control-state.ts';
import { startControl, stepControl, type ControlStep } from '../../src/moves/control-step.ts';
import type { JournalEntry } from '../../src/moves/ledger.ts';
import type { AgentCommand } from '../../src/protocols/agent-messages.ts';
import { beginAgent, stepAgent, type AgentStep } from '../../src/agent/machine/step.ts';
import type { AgentState } from '../../src/agent/machine/state.ts';
import type { SyncMode } from './record-disk.ts';
import type { Opened } from './tickets.ts';

/** Something of a workload that is not at rest, in words. */
export interface Unrest {
  readonly workload: string;
  readonly text: string;
}

export type AskedWith = Pick<AgentCommand, 'move' | 'workload' | 'epoch' | 'verb'>;

export interface Machines {
  readonly startAgent: (disk: AgentDisk, settings: AgentSettings, atMs: number) => AgentStep;
  readonly stepAgent: (state: AgentState, input: AgentInput, settings: AgentSettings) => AgentStep;
  readonly startControl: (start: ControlStart) => ControlStep;
  readonly stepControl: (control: Control, event: ControlEvent) => ControlStep;
  /** What an agent makes of a ticket that says this. */
  readonly openTicket: (asked: AskedWith, opened: Opened, sled: string) => Opened;
  /** Whether the journal takes an entry. */
  readonly keepsEntry: (entry: JournalEntry) => boolean;
  readonly journalSync: SyncMode;
  readonly recordSync: SyncMode;
  /** Whether frames of the guardian matter now. */
  readonly waitsForPower: (control: Control) => boolean;
  readonly openMoves: (control: Control) => readonly Unrest[];
  readonly reserved: (control: Control) => readonly Unrest[];
}

/** Breaks the sound machines of one run. */
export type Mutate = (sound: Machines) => Machines;

export function soundMachines(settings: ControlSettings): Machines {
  return {
    startAgent: beginAgent,
    stepAgent,
    startControl: (start) => startControl(start, settings),
    stepControl: (control, event) => stepControl(control, event, settings),
    openTicket: (_asked, opened) => opened,
    keepsEntry: () => true,
    journalSync: 'waits',
    recordSync: 'waits',
    waitsForPower,
    openMoves: (control) =>
      openMoves(control).map(({ id, workload }) => ({ workload, text: `${id} ${stateOf(control, id)}` })),
    reserved: (control) => reservationsOf(control).map(({ move, workload }) => ({ workload, text: move })),
  };
}

function stateOf(control: Control, move: string): string {
  return control.moves.get(move)?.state.kind ?? 'unknown';
}
