// The scenario files of the project, by name, and a small one to change in tests.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadScenario, type Scenario } from '../../../hwsim/scenario.ts';

const folder = fileURLToPath(new URL('../../../hwsim/scenarios/', import.meta.url));

export function scenarioNames(): string[] {
  return readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
}

export function scenarioNamed(name: string): Scenario {
  return loadScenario(`${folder}${name}.json`);
}

export function smallScenario(): Scenario {
  const workload = (id: string, cores: number) => ({
    id,
    cores,
    memoryMiB: 8,
    demand: { cpu: 4, memoryGiB: 8 },
    moveCostJ: 400,
    pinned: false,
    allowedSlots: null,
  });
  const capacity = { cpu: 8, memoryGiB: 32 };
  return {
    format: 'coldslot-scenario/1',
    name: 'small',
    text: 'for tests',
    wattsPerCore: 2500,
    sleds: [
      {
        slot: 1,
        id: 'sled1',
        model: 'm',
        agent: true,
        capacity,
        workloads: [workload('a', 0.02), workload('b', 0.03)],
      },
      { slot: 2, id: 'sled2', model: 'm', agent: true, capacity, workloads: [workload('c', 0.01)] },
    ],
    steps: [
      { atS: 10, say: 'first', do: [{ kind: 'load', workload: 'a', cores: 0.05 }] },
      { atS: 10, say: 'at the same time', do: [{ kind: 'block-slot', slot: 1, openness: 0.5 }] },
      { atS: 30, say: 'pulled', do: [{ kind: 'sled-pull', slot: 2 }] },
      { atS: 50, say: 'pushed', do: [{ kind: 'sled-push', slot: 2 }] },
    ],
    expect: [{ kind: 'within-limits', byS: 60 }],
  };
}
