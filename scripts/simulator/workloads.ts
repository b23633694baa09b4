// The sleds and workloads of a run: few, with little room to spare, so that Moves get in each other's way.
import type { Resources } from '../../src/core/plan.ts';
import type { Random } from '../../src/core/random.ts';
import type { ServiceSpec } from '../../src/protocols/agent-messages.ts';

export interface WorkloadPlan {
  readonly specs: readonly ServiceSpec[];
  readonly capacities: Resources;
  /** By sled: what it is configured to start. */
  readonly configured: readonly (readonly ServiceSpec[])[];
}

export function workloadsOf(random: Random): WorkloadPlan {
  const sleds = 3 + random.int(2);
  const capacities = { cpu: 4 };
  const specs: ServiceSpec[] = [];
  const configured: ServiceSpec[][] = Array.from({ length: sleds }, () => []);
  const count = sleds + random.int(2);
  for (let n = 0; n < count; n++) {
    const spec = specOf(`w${n + 1}`, 1 + random.int(2), random);
    specs.push(spec);
    configured[n % sleds]?.push(spec);
  }
  return { specs, capacities, configured };
}

function specOf(id: string, cpu: number, random: Random): ServiceSpec {
  return {
    id,
    command: '/bin/true',
    args: [],
    environment: {},
    stopDeadlineMs: 1_000 + random.int(4_000),
    health: [],
    healthDeadlineMs: 2_000 + random.int(6_000),
    demand: { cpu },
    moveCostJ: 500,
    pinned: false,
    allowedSlots: null,
    fence: random.next() < 0.65 ? 'power' : 'wait',
    moveWindows: [],
  };
}
