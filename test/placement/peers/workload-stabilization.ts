// OpenStack Watcher, "workload stabilization": when the standard deviation of the hosts' CPU use is over the threshold,
// every instance is tried on `retry_count` hosts drawn at random; those that lower the deviation are made, best first,
// while each lowers it further, until it is under the threshold. Published defaults: metric instance_cpu_usage,
// threshold 0.1, weight 1, host_choice retry, retry_count 1. Load is power here, see cpu-load.ts.
import type { Random } from '../../../src/core/random.ts';
import { fullLoadW } from './cpu-load.ts';
import { Hosts } from './hosts.ts';
import type { Peer } from './peer.ts';

export interface WorkloadStabilizationOptions {
  /** Draws the hosts that are tried; audits go on in its stream. */
  readonly random: Random;
  readonly threshold?: number;
  readonly retryCount?: number;
}

export function workloadStabilization(options: WorkloadStabilizationOptions): Peer {
  const { random, threshold = 0.1, retryCount = 1 } = options;
  return {
    name: 'workload_stabilization',
    source: 'openstack/watcher watcher/decision_engine/strategy/strategies/workload_stabilization.py',
    decide({ instance }) {
      const hosts = new Hosts(instance);
      const fullW = instance.slots.map((_, s) => fullLoadW(instance, s, hosts.workW(s)));
      const loads = instance.slots.map((_, s) => (fullW[s] === 0 ? 0 : hosts.workW(s) / fullW[s]!));
      if (deviation(loads) <= threshold) return [];
      const loadsWith = (w: number, slot: number) => movedLoads(loads, fullW, hosts, w, slot);
      const cases = instance.workloads.flatMap((workload, w) => {
        if (workload.pinned) return [];
        const others = instance.slots.flatMap((_, s) => (s === hosts.at[w] ? [] : [s]));
        return improving(sample(random, others, retryCount), deviation(loads), (s) => deviation(loadsWith(w, s))).map(
          ({ slot, value }) => ({ w, slot, value }),
        );
      });
      let least = 1;
      for (const { w, slot } of cases.toSorted((a, b) => a.value - b.value)) {
        if (!hosts.canMove(w, slot)) continue;
        const next = loadsWith(w, slot);
        const value = deviation(next);
        if (value < least) {
          least = value;
          next.forEach((load, s) => (loads[s] = load));
          hosts.move(w, slot);
        }
        if (value < threshold) break;
      }
      return hosts.moves;
    },
  };
}

/** Each host that lowers the deviation below that of those before it. */
function improving(slots: readonly number[], from: number, valueOf: (slot: number) => number) {
  const found: { slot: number; value: number }[] = [];
  let least = from;
  for (const slot of slots) {
    const value = valueOf(slot);
    if (value >= least) continue;
    least = value;
    found.push({ slot, value });
  }
  return found;
}

function movedLoads(loads: readonly number[], fullW: readonly number[], hosts: Hosts, w: number, slot: number) {
  const { powerW } = hosts.instance.workloads[w]!;
  const moved = [...loads];
  const from = hosts.at[w]!;
  if (fullW[from]! > 0) moved[from]! -= powerW / fullW[from]!;
  moved[slot]! += fullW[slot]! > 0 ? powerW / fullW[slot]! : 1;
  return moved;
}

function sample(random: Random, items: readonly number[], count: number): number[] {
  const left = [...items];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random.int(left.length), 1)[0]!);
}

/** Of the population, as get_sd does. */
function deviation(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
