// All mutants by name.
import { agentMutants } from './agent-mutants.ts';
import { controlMutants } from './control-mutants.ts';
import { diskMutants } from './disk-mutants.ts';
import type { Mutant } from './mutant.ts';

export const mutants: ReadonlyMap<string, Mutant> = new Map([...diskMutants, ...controlMutants, ...agentMutants]);
