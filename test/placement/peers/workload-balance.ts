// OpenStack Watcher, "workload balance migration strategy": of the hosts whose CPU use is at or over the threshold, busiest
// first, the instance that brings its host closest to the mean from above goes to the least used host that stays under
// the threshold with it. One move an audit; the published threshold is 25 %. Load is power here, see cpu-load.ts.
import { fullLoadW } from './cpu-load.ts';
import { Hosts } from './hosts.ts';
import type { Peer } from './peer.ts';

export interface WorkloadBalanceOptions {
  /** Share of a host's CPUs in use, %. */
  readonly thresholdPercent?: number;
}

export function workloadBalance({ thresholdPercent = 25 }: WorkloadBalanceOptions = {}): Peer {
  return {
    name: 'workload_balance',
    source: 'openstack/watcher watcher/decision_engine/strategy/strategies/workload_balance.py',
    decide({ instance }) {
      const hosts = new Hosts(instance);
      const workW = instance.slots.map((_, s) => hosts.workW(s));
      const fullW = workW.map((presentW, s) => fullLoadW(instance, s, presentW));
      const percent = (s: number) => (fullW[s] === 0 ? 0 : (100 * workW[s]!) / fullW[s]!);
      const byUse = instance.slots.map((_, s) => s).toSorted((a, b) => percent(a) - percent(b));
      const meanW = workW.reduce((sum, w) => sum + w, 0) / workW.length;
      const sources = byUse.filter((s) => percent(s) >= thresholdPercent).toReversed();
      const w = closestToMean(hosts, sources, (s) => workW[s]! - meanW);
      if (w === null) return [];
      const { powerW } = instance.workloads[w]!;
      const target = byUse.find(
        (s) =>
          percent(s) < thresholdPercent &&
          powerW + workW[s]! < (thresholdPercent / 100) * fullW[s]! &&
          hosts.canMove(w, s),
      );
      if (target !== undefined) hosts.move(w, target);
      return hosts.moves;
    },
  };
}

/** Of the first host that has one: the instance whose leaving keeps the host at the mean or above, by the least. */
function closestToMean(hosts: Hosts, sources: readonly number[], overW: (s: number) => number): number | null {
  for (const s of sources) {
    let chosen: number | null = null;
    let leastW = Infinity;
    for (const w of hosts.inSlot(s)) {
      const { pinned, powerW } = hosts.instance.workloads[w]!;
      const leftW = overW(s) - powerW;
      if (pinned || leftW < 0 || leftW >= leastW) continue;
      [chosen, leastW] = [w, leftW];
    }
    if (chosen !== null) return chosen;
  }
  return null;
}
