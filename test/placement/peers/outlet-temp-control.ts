// OpenStack Watcher, "outlet temperature based strategy": of the hosts at or over the threshold the one with the hottest
// outlet gives its first instance to the host with the coolest outlet, under the threshold, that has room. One move an
// audit. The threshold is in °C already; 35 °C is the published default, and from 40 to 60 °C none did clearly better on 88
// generated chassis.
import { Hosts } from './hosts.ts';
import type { Peer } from './peer.ts';

export interface OutletTempOptions {
  readonly thresholdC?: number;
}

export function outletTempControl({ thresholdC = 35 }: OutletTempOptions = {}): Peer {
  return {
    name: thresholdC === 35 ? 'outlet_temp_control' : `outlet_temp_control ${thresholdC} °C`,
    source: 'openstack/watcher watcher/decision_engine/strategy/strategies/outlet_temp_control.py',
    decide({ instance, outletC }) {
      const hosts = new Hosts(instance);
      const byOutlet = instance.slots.map((_, s) => s).toSorted((a, b) => outletC[a]! - outletC[b]!);
      const targets = byOutlet.filter((s) => outletC[s]! < thresholdC);
      const sources = byOutlet.filter((s) => outletC[s]! >= thresholdC).toReversed();
      const w = firstActive(hosts, sources);
      if (w === null) return [];
      const target = targets.find((s) => hosts.canMove(w, s));
      if (target !== undefined) hosts.move(w, target);
      return hosts.moves;
    },
  };
}

/** The first instance of the first host that has one; those taken out of Watcher's scope are pinned here. */
function firstActive(hosts: Hosts, sources: readonly number[]): number | null {
  for (const s of sources) {
    const active = hosts.inSlot(s).find((w) => !hosts.instance.workloads[w]!.pinned);
    if (active !== undefined) return active;
  }
  return null;
}
