// Round robin: one workload after the other to the next slot in the ring, passing over those without room, as the
// scheduler "rr" of IPVS passes over overloaded servers. Every audit deals from the first slot on, so a chassis that is
// dealt out already stays as it is; pinned workloads are not dealt.
import { Hosts } from './hosts.ts';
import type { Peer } from './peer.ts';

export function roundRobin(): Peer {
  return {
    name: 'round robin',
    source: 'torvalds/linux net/netfilter/ipvs/ip_vs_rr.c',
    decide({ instance }) {
      const hosts = new Hosts(instance);
      const count = instance.slots.length;
      let last = count - 1;
      instance.workloads.forEach((workload, w) => {
        if (workload.pinned) return;
        for (let step = 1; step <= count; step++) {
          const slot = (last + step) % count;
          if (hosts.at[w] !== slot && !hosts.canMove(w, slot)) continue;
          if (hosts.at[w] !== slot) hosts.move(w, slot);
          last = slot;
          return;
        }
      });
      return hosts.moves;
    },
  };
}
