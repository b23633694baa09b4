// Small instances written out by hand, to be varied by tests.
import type { PlanInstance, PlanSlot, PlanWorkload } from '../../src/core/plan.ts';

/** The example of the formats, with the two slots and four workloads its matrix and rules speak of. */
export function exampleInstance(): PlanInstance {
  const slot = {
    idlePowerW: 60,
    powerCapW: 450,
    limitC: 85,
    marginK: 5,
    openness: 1,
    share: { fan0: 0.5 },
    rKPerW: 0.05,
    kFlow: 0.004,
    capacity: { cpu: 32, memoryGiB: 256 },
  };
  const workload = {
    slot: 's0',
    powerW: 22,
    demand: { cpu: 4, memoryGiB: 16 },
    moveCostJ: 900,
    pinned: false,
    allowedSlots: null,
  };
  return {
    format: 'coldslot-plan-instance/1',
    ambientC: 25,
    horizonS: 3600,
    maxMoves: null,
    airMovers: [{ id: 'fan0', minRatio: 0.2, maxFlowM3s: 0.03, idlePowerW: 1.5, maxPowerW: 18, fixedRatio: null }],
    slots: [
      { ...slot, id: 's0' },
      { ...slot, id: 's1' },
    ],
    recirculation: {
      kind: 'airflow',
      preheat: [
        [0, 0.3],
        [0, 0],
      ],
    },
    workloads: [
      { ...workload, id: 'w0' },
      { ...workload, id: 'w1' },
      { ...workload, id: 'w2' },
      { ...workload, id: 'w3', slot: 's1' },
    ],
    rules: [
      { kind: 'apart', workloads: ['w0', 'w3'] },
      { kind: 'together', workloads: ['w1', 'w2'] },
    ],
    chassisPowerCapW: null,
  };
}

/** Slots with `cpu` capacity only, no recirculation; workloads as [id, slot, powerW, cpu]. */
export function plainInstance(
  capacities: readonly number[],
  work: readonly (readonly [id: string, slot: number, powerW: number, cpu: number])[],
  change: {
    readonly slots?: Readonly<Record<number, Partial<PlanSlot>>>;
    readonly workloads?: Readonly<Record<string, Partial<PlanWorkload>>>;
  } & Partial<Omit<PlanInstance, 'slots' | 'workloads'>> = {},
): PlanInstance {
  const { slots = {}, workloads = {}, ...rest } = change;
  return {
    format: 'coldslot-plan-instance/1',
    ambientC: 25,
    horizonS: 3600,
    maxMoves: null,
    airMovers: [{ id: 'fan0', minRatio: 0.2, maxFlowM3s: 0.06, idlePowerW: 1, maxPowerW: 20, fixedRatio: null }],
    slots: capacities.map((cpu, s) => ({
      id: String(s + 1),
      idlePowerW: 40,
      powerCapW: null,
      limitC: 85,
      marginK: 5,
      openness: 1,
      share: { fan0: 1 / capacities.length },
      rKPerW: 0.08,
      kFlow: 0.004,
      capacity: { cpu },
      ...slots[s + 1],
    })),
    recirculation: { kind: 'none' },
    workloads: work.map(([id, slot, powerW, cpu]) => ({
      id,
      slot: String(slot),
      powerW,
      demand: { cpu },
      moveCostJ: 100,
      pinned: false,
      allowedSlots: null,
      ...workloads[id],
    })),
    rules: [],
    chassisPowerCapW: null,
    ...rest,
  };
}

/** A clock that stands still: only steps limit a plan made with it. */
export const STOPPED = { seconds: 10, seed: 1, now: () => 0 };
