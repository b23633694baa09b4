// What an agent must not act on, judged from the truth rather than from what the agent knows.
import type { AgentEffect, AgentInput } from '../../src/agent/machine/machine.ts';
import type { AgentCommand } from '../../src/protocols/agent-messages.ts';
import type { Sled } from './sled.ts';
import { Violation } from './violation.ts';

const ACTS: ReadonlySet<AgentEffect['kind']> = new Set(['write', 'write-boot', 'driver', 'cancel']);
/** Verbs that count only from the floor on. */
const FROM_FLOOR: ReadonlySet<AgentCommand['verb']> = new Set(['stage', 'thaw', 'commit', 'freeze', 'ship']);

/** Why the sled must not act on a command whose ticket is good; null when it may. */
export function whyRefuse({ disk, grantedFloors }: Sled, command: AgentCommand): string | null {
  if (grantedFloors === null) return 'no floors were granted for this boot';
  const floor = disk.records.get(command.workload)?.floor ?? 0;
  return FROM_FLOOR.has(command.verb) && command.epoch < floor ? `its epoch is below the floor ${floor}` : null;
}

/** @throws Violation when something is done in answer to an input that was to be refused */
export function mustNotAct(sled: string, input: AgentInput, effects: readonly AgentEffect[], refusal: string): void {
  const acts = effects.find((effect) => ACTS.has(effect.kind) || takes(effect));
  if (acts === undefined) return;
  const what = input.kind === 'command' ? `${input.command.verb} of ${input.command.move}` : input.kind;
  throw new Violation(`${sled} acts on ${what} (${acts.kind}) although ${refusal}`);
}

function takes(effect: AgentEffect): boolean {
  return effect.kind === 'admit' && effect.answer.kind !== 'refuse';
}
