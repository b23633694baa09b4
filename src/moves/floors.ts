// The floors of a sled that has booted, from the durable ledger: below its floor no copy of a workload may start there,
// and no command of a Move counts. A floor never stands above a copy that must run again: an undo brings the source
// back at its own, older epoch.
import { assertNever } from '../core/errors.ts';
import type { FloorsAsk } from '../protocols/floors.ts';
import type { Ledger } from './ledger.ts';
import type { MoveRecord } from './move-record.ts';

type Asked = FloorsAsk['workloads'][number];

/** The floor of one workload on a sled; never below the one that the sled has. */
export function floorFor(ledger: Ledger, sled: string, { id, floor }: Asked): number {
  const open = [...ledger.open.values()].find(({ workload }) => workload === id);
  const found = open === undefined ? floorWithoutMove(ledger, sled, id) : floorInMove(open, ledger, sled);
  return Math.max(floor, found);
}

export function floorsFor(ledger: Ledger, ask: FloorsAsk): Record<string, number> {
  return Object.fromEntries(ask.workloads.map((asked) => [asked.id, floorFor(ledger, ask.sled, asked)]));
}

/** 0: the one that the sled has. */
function floorInMove({ workload, fromSled, toSled, epoch, state }: MoveRecord, ledger: Ledger, sled: string): number {
  if (sled === toSled) return epoch + (state.kind === 'undoing' ? 1 : 0); // nothing of it may start there any more
  if (sled !== fromSled) return epoch;
  switch (state.kind) {
    case 'committed':
    case 'claimed':
    case 'fenced':
    case 'done':
      return epoch;
    case 'planned':
    case 'staged':
    case 'frozen':
    case 'shipped':
    case 'thawed':
    case 'undoing':
    case 'undone':
      return ownEpochOf(ledger, sled, workload); // its copy runs, or will run again, at its own epoch
    default:
      return assertNever(state, 'state of a Move');
  }
}

/** 0 where the journal does not know it. */
function ownEpochOf({ owners }: Ledger, sled: string, workload: string): number {
  const owner = owners.get(workload);
  return owner?.sled === sled ? owner.epoch : 0;
}

function floorWithoutMove(ledger: Ledger, sled: string, workload: string): number {
  const owner = ledger.owners.get(workload);
  if (owner === undefined) return 0;
  if (owner.sled === sled) return ownEpochOf(ledger, sled, workload);
  return Math.max(owner.epoch, ledger.epochs.get(workload) ?? 0) + 1;
}
