// What a starting agent does about a workload, from its record alone: what owns its epoch runs, what waits for the
// controller stays stopped, what nobody wants is gone.
import { assertNever } from '../../core/errors.ts';
import type { RoleOf } from '../records/workload-record.ts';
import type { LocalWorkload } from './local-workload.ts';
import { endProbation } from './destination.ts';

/** @throws ColdslotError when a copy that must not run cannot be killed, or the record not be written */
export async function recover(local: LocalWorkload): Promise<void> {
  const role = local.role();
  switch (role.kind) {
    case 'running':
      await local.cleanDirectories();
      return local.startHost(role.spec, role.epoch, role.process);
    case 'freezing':
      return takeBackFreeze(local, role);
    case 'probation':
      return endProbation(local, role.move);
    case 'absent':
    case 'staged':
    case 'received':
    case 'frozen':
    case 'shipped':
      await local.killAll();
      return local.cleanDirectories();
    case 'unreadable':
      local.context.log.error(`${local.id} is left alone: ${role.reason}; fence it, or repair its record`);
      return;
    default:
      return assertNever(role, 'role');
  }
}

/** The agent died while it stopped the service, so nobody was told it is frozen: it runs on, or again. */
async function takeBackFreeze(local: LocalWorkload, role: RoleOf<'freezing'>): Promise<void> {
  const { spec, ownEpoch: epoch, process } = role;
  await local.putRole({ kind: 'running', epoch, spec, process });
  await local.startHost(spec, epoch, process);
}
