// What an agent that starts does about a workload, from its record and its floor: what owns its epoch runs, what waits
// for the controller stays stopped, what is below its floor or wanted by nobody is gone.
import { assertNever } from '../../core/errors.ts';
import type { ServiceSpec } from '../../protocols/agent-messages.ts';
import type { Role, WorkloadRecord } from '../records/workload-record.ts';
import { endProbation } from './destination.ts';
import { driver, kill, script, start, write } from './script.ts';
import type { Script, Step } from './state.ts';

/** The epoch of a service that is started from the configuration. */
export const FIRST_EPOCH = 1;

const settled: Step = { kind: 'settled' };

/** Epoch of the copy that is kept here; 0: none, or not known. */
export function copyEpoch(role: Role): number {
  if ('ownEpoch' in role) return role.ownEpoch;
  return 'epoch' in role ? role.epoch : 0;
}

/** @param floor the one granted, or the record's own where none needed to be */
export function recover(record: WorkloadRecord, floor: number): Script {
  const { role } = record;
  if (copyEpoch(role) !== 0 && copyEpoch(role) < floor)
    return script(kill, write({ kind: 'absent' }, null, floor), settled, { kind: 'clean' });
  const raised = floor > record.floor ? [write(role, null, floor)] : [];
  return script(...raised, settled, ...takeUp(role));
}

function takeUp(role: Role): readonly Step[] {
  switch (role.kind) {
    case 'running':
      return [{ kind: 'clean' }, start(role.spec, role.epoch, role.process)];
    case 'freezing': {
      // The agent died while it stopped the service, so nobody was told it is frozen: it runs on, or again.
      const { spec, ownEpoch: epoch, process } = role;
      return [write({ kind: 'running', epoch, spec, process }), start(spec, epoch, process)];
    }
    case 'probation':
      return endProbation(role).steps;
    case 'absent':
    case 'staged':
    case 'received':
    case 'frozen':
    case 'shipped':
      return [kill, { kind: 'clean' }];
    case 'unreadable':
      return [];
    default:
      return assertNever(role, 'role');
  }
}

/** A configured service of which nothing is known here: it begins, unless its floor says that it lives elsewhere. */
export function configure(spec: ServiceSpec, floor: number): Script {
  if (floor > FIRST_EPOCH) return script(write({ kind: 'absent' }, null, floor), settled);
  const running = write({ kind: 'running', epoch: FIRST_EPOCH, spec, process: null }, null, floor);
  const prepare = driver({ kind: 'prepare', epoch: FIRST_EPOCH });
  return script(prepare, running, settled, start(spec, FIRST_EPOCH, null));
}
