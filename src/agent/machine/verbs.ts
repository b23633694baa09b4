// From what was decided about a command to the steps that do it.
import { assertNever } from '../../core/errors.ts';
import type { AgentCommand } from '../../protocols/agent-messages.ts';
import type { Act } from './decide.ts';
import { abort, close, commit, stage, thaw } from './destination.ts';
import { script } from './script.ts';
import { fence, freeze, resume, ship } from './source.ts';
import type { Local, Script } from './state.ts';
import { recordOf } from './turn.ts';

/** The steps of what was decided. */
export function scriptOf(local: Local, command: AgentCommand, from: string, act: Act, nowWallMs: number): Script {
  const record = recordOf(local);
  const process = local.up !== null ? local.process : 'process' in record.role ? record.role.process : null;
  switch (act.kind) {
    case 'stage':
      return command.spec === null ? script() : stage(command, command.spec, from);
    case 'freeze':
      return freeze(command, act.role, process);
    case 'ship':
      return ship(command, act.role);
    case 'thaw':
      return thaw(command, act.role, nowWallMs);
    case 'commit':
      return commit(command, act.role);
    case 'fence':
      return fence(command, record.role, process);
    case 'abort':
      return abort(command);
    case 'resume':
      return resume(command, act.role, process);
    case 'close':
      return close(command, record, act.as);
    default:
      return assertNever(act, 'act');
  }
}
