// Kubernetes: the scheduler's score LeastAllocated (the share of CPU and memory that is not requested, each 0 to 100,
// their mean), and because a scheduler never moves what runs, the descheduler's LowNodeUtilization that evicts for it:
// nodes over the target in any resource, fullest first, give pods up while nodes under the thresholds in all have room.
// Shipped policy (kubernetes/base/configmap.yaml): thresholds 20 %, targets 50 % of cpu, memory and pods; 110 pods a node.
import { Hosts } from './hosts.ts';
import type { Peer } from './peer.ts';

const LOW_PERCENT = 20;
const TARGET_PERCENT = 50;
/** Of the kubelet by default. */
const PODS_MAX = 110;
const MAX_NODE_SCORE = 100;

type Resource = 'cpu' | 'memoryGiB' | 'pods';
const RESOURCES = ['cpu', 'memoryGiB', 'pods'] as const;

export function leastAllocated(): Peer {
  return {
    name: 'least allocated',
    source:
      'kubernetes/kubernetes pkg/scheduler/framework/plugins/noderesources/least_allocated.go, ' +
      'kubernetes-sigs/descheduler pkg/framework/plugins/nodeutilization/lownodeutilization.go',
    decide({ instance }) {
      const hosts = new Hosts(instance);
      const all = instance.slots.map((_, s) => s);
      const low = all.filter((s) => RESOURCES.every((name) => percent(hosts, s, name) <= LOW_PERCENT));
      const sources = all.filter((s) => !low.includes(s) && isOverTarget(hosts, s));
      if (low.length === 0 || low.length === all.length || sources.length === 0) return [];
      evict(hosts, sources, low);
      return hosts.moves;
    },
  };
}

/** Fullest first is by bytes + milli-cores + pods, as sortNodesByUsage adds them up. */
function evict(hosts: Hosts, sources: readonly number[], low: readonly number[]): void {
  const availableOf = (name: Resource) =>
    low.reduce((sum, s) => sum + (TARGET_PERCENT / 100) * capacity(hosts, s, name) - used(hosts, s, name), 0);
  const available = new Map(RESOURCES.map((name) => [name, availableOf(name)]));
  const mayGoOn = (s: number) => isOverTarget(hosts, s) && RESOURCES.every((name) => available.get(name)! > 0);
  const requested = (s: number) =>
    used(hosts, s, 'memoryGiB') * 2 ** 30 + used(hosts, s, 'cpu') * 1000 + used(hosts, s, 'pods');
  for (const s of sources.toSorted((a, b) => requested(b) - requested(a))) {
    for (const w of hosts.inSlot(s)) {
      if (!mayGoOn(s)) break;
      if (hosts.instance.workloads[w]!.pinned || hosts.at[w] !== s) continue;
      // evicted; the scheduler may send it back to where it was
      for (const name of RESOURCES) available.set(name, available.get(name)! - request(hosts, w, name));
      const to = bestScored(hosts, w);
      if (to !== s) hosts.move(w, to);
    }
  }
}

/** The node with the most points for the pod among those it fits on, its own among them; the first of equals. */
function bestScored(hosts: Hosts, w: number): number {
  let best = hosts.at[w]!;
  let most = score(hosts, w, best);
  hosts.instance.slots.forEach((_, s) => {
    if (s === hosts.at[w] || !hosts.canMove(w, s)) return;
    const points = score(hosts, w, s);
    if (points > most) [best, most] = [s, points];
  });
  return best;
}

/** Whole points, as the plugin divides integers. */
function score(hosts: Hosts, w: number, s: number): number {
  const points = (name: 'cpu' | 'memoryGiB') => {
    const all = capacity(hosts, s, name);
    const asked = used(hosts, s, name) + (hosts.at[w] === s ? 0 : request(hosts, w, name));
    return all === 0 || asked > all ? 0 : Math.floor(((all - asked) * MAX_NODE_SCORE) / all);
  };
  return Math.floor((points('cpu') + points('memoryGiB')) / 2);
}

function isOverTarget(hosts: Hosts, s: number): boolean {
  return RESOURCES.some((name) => percent(hosts, s, name) > TARGET_PERCENT);
}

function percent(hosts: Hosts, s: number, name: Resource): number {
  const all = capacity(hosts, s, name);
  return all === 0 ? 0 : (100 * used(hosts, s, name)) / all;
}

function capacity(hosts: Hosts, s: number, name: Resource): number {
  return name === 'pods' ? PODS_MAX : (hosts.instance.slots[s]!.capacity[name] ?? 0);
}

function used(hosts: Hosts, s: number, name: Resource): number {
  return name === 'pods' ? hosts.inSlot(s).length : hosts.used(s, name);
}

function request(hosts: Hosts, w: number, name: Resource): number {
  return name === 'pods' ? 1 : (hosts.instance.workloads[w]!.demand[name] ?? 0);
}
