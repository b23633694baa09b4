// Plays a scenario on a plant without the product: fans by a plain PI stand-in, Moves at given times, loads exact.
import type { PlantMetrics } from '../../../hwsim/contract.ts';
import { Plant } from '../../../hwsim/plant/plant.ts';
import type { PlantParameters } from '../../../hwsim/plant/parameters.ts';
import { initialLoadW, type Scenario } from '../../../hwsim/scenario.ts';
import { ScenarioRunner } from '../../../hwsim/scenario/runner.ts';
import { RunRecorder, type RunRecord } from '../../../hwsim/scenario/run-record.ts';

export interface PlannedMove {
  readonly atS: number;
  readonly workload: string;
  readonly to: number;
}

export interface Course {
  readonly metrics: PlantMetrics;
  readonly record: RunRecord;
  /** Fan ratio and each slot's CPU temperature, every second. */
  readonly samples: readonly { timeS: number; ratio: number; cpuC: ReadonlyMap<number, number> }[];
}

export interface LoopGains {
  readonly perK: number;
  readonly perKS: number;
  readonly targetMarginK: number;
  readonly minRatio: number;
}

export const USUAL_GAINS: LoopGains = { perK: 0.02, perKS: 0.002, targetMarginK: 8, minRatio: 0.2 };

/** Proportional and integral on the worst margin; falls at most 0.02 a second; starts at full speed. */
class FanStandIn {
  ratio = 1;
  #integral = 0.4;
  readonly #gains: LoopGains;

  constructor(gains: LoopGains) {
    this.#gains = gains;
  }

  step(worstMarginK: number): number {
    const { perK, perKS, targetMarginK, minRatio } = this.#gains;
    const errorK = targetMarginK - worstMarginK;
    this.#integral = Math.min(1, Math.max(0, this.#integral + perKS * errorK));
    const wanted = Math.min(1, Math.max(minRatio, perK * errorK + this.#integral));
    this.ratio = Math.max(wanted, this.ratio - 0.02);
    return this.ratio;
  }
}

export function playCourse(
  parameters: PlantParameters,
  scenario: Scenario,
  forS: number,
  options: { readonly moves?: readonly PlannedMove[]; readonly limitC?: number; readonly gains?: LoopGains } = {},
): Course {
  const limitC = options.limitC ?? 85;
  const limits = new Map(parameters.slots.map((slot) => [slot.slot, limitC]));
  const plant = new Plant({ parameters, limits });
  const work = new Work(scenario);
  for (const [slot, powerW] of initialLoadW(scenario)) plant.setSlotLoadPower(slot, powerW);
  plant.warmUp(0.5);
  const runner = new ScenarioRunner(scenario);
  const recorder = new RunRecorder(limits);
  const fans = new FanStandIn(options.gains ?? USUAL_GAINS);
  const samples: Course['samples'][number][] = [];
  const pending = [...(options.moves ?? [])];
  for (let timeS = 0; timeS < forS; timeS++) {
    for (const action of runner.due(timeS)) {
      if (action.kind === 'load') work.cores.set(action.workload, action.cores);
      else if (action.kind === 'block-slot') plant.setOpenness(action.slot, action.openness);
      else if (action.kind === 'ambient') plant.setAmbient(action.ambientC);
      else if (action.kind === 'fan-health') plant.setFanHealth(action.fan, action.rotor, action.factor);
      else if (action.kind === 'sled-pull') plant.setPresent(action.slot, false);
      else if (action.kind === 'sled-push') plant.setPresent(action.slot, true);
    }
    while ((pending[0]?.atS ?? Infinity) <= timeS) {
      const { workload, to } = pending.shift()!;
      const from = work.place.get(workload)!;
      work.place.set(workload, to);
      recorder.move({ id: workload, workload, from, to, outcome: 'done', endedAtS: timeS });
    }
    for (const { slot } of scenario.sleds) plant.setSlotLoadPower(slot, work.loadW(slot));
    const truth = plant.truth();
    const powered = [...truth.slots.values()].filter((slot) => slot.present);
    const ratio = fans.step(Math.min(...powered.map((slot) => limitC - slot.cpuC)));
    for (const { id } of parameters.fans) plant.setFanRatio(id, ratio);
    samples.push({ timeS, ratio, cpuC: new Map(powered.map((slot) => [slot.slot, slot.cpuC])) });
    plant.step(1);
    recorder.observe(plant.truth());
  }
  return { metrics: plant.metrics(), record: recorder.record(plant.metrics()), samples };
}

/** Which workload burns how much where. */
class Work {
  readonly cores: Map<string, number>;
  readonly place: Map<string, number>;
  readonly #wattsPerCore: number;

  constructor(scenario: Scenario) {
    const all = scenario.sleds.flatMap((sled) => sled.workloads.map((workload) => ({ sled, workload })));
    this.cores = new Map(all.map(({ workload }) => [workload.id, workload.cores]));
    this.place = new Map(all.map(({ sled, workload }) => [workload.id, sled.slot]));
    this.#wattsPerCore = scenario.wattsPerCore;
  }

  loadW(slot: number): number {
    const here = [...this.place].filter(([, place]) => place === slot);
    return here.reduce((sum, [workload]) => sum + (this.cores.get(workload) ?? 0), 0) * this.#wattsPerCore;
  }
}
