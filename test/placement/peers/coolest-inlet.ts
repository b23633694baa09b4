// Coolest inlet first: work goes to the servers with the coldest inlets until they are full, then to the next coldest.
// The paper places jobs as they arrive. Here an audit takes the workloads from the warmest inlet on and gives each the
// coldest inlet with room; only for a difference that a sensor can tell, so that jitter moves nothing.
import { Hosts } from './hosts.ts';
import type { Peer } from './peer.ts';

export interface CoolestInletOptions {
  /** Ours, not the paper's, K: the step of a common inlet sensor. */
  readonly leastGainK?: number;
}

export function coolestInlet({ leastGainK = 0.5 }: CoolestInletOptions = {}): Peer {
  return {
    name: 'coolest inlet first',
    source: 'Moore, Chase, Ranganathan, Sharma: Making Scheduling "Cool", USENIX ATC 2005, CoolestInlets',
    decide({ instance, inletC }) {
      const hosts = new Hosts(instance);
      const coldestFirst = instance.slots.map((_, s) => s).toSorted((a, b) => inletC[a]! - inletC[b]!);
      for (const from of coldestFirst.toReversed()) {
        for (const w of hosts.inSlot(from)) {
          if (hosts.at[w] !== from) continue; // has followed another
          const to = coldestFirst.find((s) => inletC[from]! - inletC[s]! < leastGainK || hosts.canMove(w, s));
          if (to !== undefined && inletC[from]! - inletC[to]! >= leastGainK) hosts.move(w, to);
        }
      }
      return hosts.moves;
    },
  };
}
