// The work of a simulation without processes: each workload heats the slot it was placed in, by the scenario's figures.
import { ColdslotError } from '../src/core/errors.ts';
import type { PlantControls } from './contract.ts';
import type { Scenario } from './scenario.ts';

export class PaperLoad {
  readonly #plant: PlantControls;
  readonly #wattsPerCore: number;
  readonly #workloads: Map<string, { readonly slot: number; cores: number }>;

  constructor(scenario: Scenario, plant: PlantControls) {
    this.#plant = plant;
    this.#wattsPerCore = scenario.wattsPerCore;
    this.#workloads = new Map(
      scenario.sleds.flatMap((sled) =>
        sled.workloads.map((workload): [string, { slot: number; cores: number }] => [
          workload.id,
          { slot: sled.slot, cores: workload.cores },
        ]),
      ),
    );
  }

  /** @throws ColdslotError `not-found` */
  setLoad(workload: string, cores: number): void {
    const entry = this.#workloads.get(workload);
    if (entry === undefined) {
      throw new ColdslotError('not-found', `workload ${workload}`, 'the scenario has no such workload');
    }
    entry.cores = cores;
    const there = [...this.#workloads.values()].filter((other) => other.slot === entry.slot);
    const sum = there.reduce((total, other) => total + other.cores, 0);
    this.#plant.setSlotLoadPower(entry.slot, sum * this.#wattsPerCore);
  }
}
