// Every peer, with its published defaults.
import type { Random } from '../../../src/core/random.ts';
import { coolestInlet } from './coolest-inlet.ts';
import { fansOnly } from './fans-only.ts';
import { leastAllocated } from './least-allocated.ts';
import { outletTempControl } from './outlet-temp-control.ts';
import type { Peer } from './peer.ts';
import { roundRobin } from './round-robin.ts';
import { workloadBalance } from './workload-balance.ts';
import { workloadStabilization } from './workload-stabilization.ts';

/** Fresh ones for one chassis: workload_stabilization draws from the stream. */
export function allPeers(random: Random): readonly Peer[] {
  return [
    fansOnly(),
    outletTempControl(),
    workloadBalance(),
    workloadStabilization({ random }),
    coolestInlet(),
    leastAllocated(),
    roundRobin(),
  ];
}
