// Whether a workload still fits on this sled: what was promised to others and what it asks for, against capacities.
import type { Resources } from '../core/plan.ts';

export function sumOf(demands: readonly Resources[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const demand of demands)
    for (const [resource, amount] of Object.entries(demand)) sum[resource] = (sum[resource] ?? 0) + amount;
  return sum;
}

/** What is short, in words; null when it fits. A resource that has no capacity here is 0. */
export function whatIsShort(capacities: Resources, promised: readonly Resources[], asked: Resources): string | null {
  const used = sumOf(promised);
  const short = Object.entries(asked).flatMap(([resource, amount]) => {
    const free = (capacities[resource] ?? 0) - (used[resource] ?? 0);
    return amount > free + 1e-9 ? [`${resource}: ${round(amount)} asked, ${round(Math.max(0, free))} free`] : [];
  });
  return short.length === 0 ? null : short.join(', ');
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
