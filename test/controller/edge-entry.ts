// Journal entries for tests: Move number N of workload wN, with epoch N.
import { encodeEntry } from '../../src/moves/ledger.ts';
import type { MoveRecord } from '../../src/moves/move-record.ts';

export function edgeEntry(number: number, state: MoveRecord['state'] = { kind: 'done' }): Uint8Array {
  const move: MoveRecord = {
    id: `m${number}`,
    workload: `w${number % 50}`,
    from: 1,
    to: 2,
    fromSled: 'sled1',
    toSled: 'sled2',
    trigger: 'operator',
    demand: { cpu: 1 },
    epoch: number,
    stopDeadlineMs: 10_000,
    healthDeadlineMs: 10_000,
    bytes: 0,
    rounds: 0,
    freezeSentWallMs: null,
    downtimeMs: null,
    error: null,
    wallMs: 1_700_000_000_000,
    state,
  };
  return encodeEntry({ kind: 'edge', move });
}
