// Heat in one slot: a CPU and a memory node in the slot's air stream, joined through the board and through the air.
// °C, W, W/K, J/K, m³/s.
import { AIR_J_PER_M3K } from '../../src/core/units.ts';
import type { NodeParameters, SledParameters } from './parameters.ts';
import type { PlateStream } from './liquid-loop.ts';
import { relax } from './relax.ts';

/** Above this leakage grows no further: the part would be broken, and the model must not run away. */
const LEAKAGE_CEILING_C = 110;

export interface SledState {
  readonly inletC: number;
  readonly cpuC: number;
  readonly memoryC: number;
  readonly outletC: number;
  /** What the sled draws. */
  readonly powerW: number;
  /** What the air takes away. */
  readonly airHeatW: number;
  /** What a cold plate takes away. */
  readonly coolantHeatW: number;
}

export interface SledInputs {
  /** Idle and work, before leakage; 0 when it has no power. */
  readonly basePowerW: number;
  readonly flowM3s: number;
  readonly inletTargetC: number;
  readonly inletTimeS: number;
  readonly coolingFactor: number;
  /** Through the cold plate on the CPU; null = there is none, or the coolant stands. */
  readonly coolant: PlateStream | null;
}

export function restingSled(temperatureC: number): SledState {
  const t = temperatureC;
  return { inletC: t, cpuC: t, memoryC: t, outletC: t, powerW: 0, airHeatW: 0, coolantHeatW: 0 };
}

/** Leakage as a share of the CPU's own power. */
export function leakageShare(sled: SledParameters, cpuC: number): number {
  const { share, atC, doublingK } = sled.leakage;
  return share * 2 ** ((Math.min(cpuC, LEAKAGE_CEILING_C) - atC) / doublingK);
}

/**
 * Heat a node gives off per K above the air that reaches it. The air warms on the way (ε-NTU, one side at constant
 * temperature): never more than the stream's own heat capacity.
 */
export function conductanceWPerK(node: NodeParameters, sled: SledParameters, flowM3s: number, factor = 1): number {
  const forced = factor * node.forcedWPerK * (flowM3s / sled.referenceFlowM3s) ** node.exponent;
  const streamWPerK = AIR_J_PER_M3K * flowM3s;
  return streamWPerK * (1 - Math.exp(-(node.naturalWPerK + forced) / streamWPerK));
}

export function stepSled(sled: SledParameters, before: SledState, inputs: SledInputs, dtS: number): SledState {
  const streamWPerK = AIR_J_PER_M3K * inputs.flowM3s;
  const inletC = relax(before.inletC, inputs.inletTargetC, inputs.inletTimeS, dtS);
  const ownCpuW = sled.cpuPowerShare * inputs.basePowerW;
  const leakageW = leakageShare(sled, before.cpuC) * ownCpuW;
  const memoryW = sled.memoryPowerShare * inputs.basePowerW;

  const toAir = conductanceWPerK(sled.cpu, sled, inputs.flowM3s, inputs.coolingFactor);
  const { wPerK: toCoolant, supplyC } = inputs.coolant ?? { wPerK: 0, supplyC: 0 };
  const cpuSum = toAir + sled.couplingWPerK + toCoolant;
  const cpuHeatW = ownCpuW + leakageW + toAir * inletC + sled.couplingWPerK * before.memoryC;
  const cpuGoal = (cpuHeatW + toCoolant * supplyC) / cpuSum;
  const cpuC = relax(before.cpuC, cpuGoal, sled.cpu.heatCapacityJPerK / cpuSum, dtS);
  const cpuToAirW = toAir * (cpuC - inletC);

  const memoryToAir = conductanceWPerK(sled.memory, sled, inputs.flowM3s);
  const wakeC = inletC + (sled.memoryInWake * cpuToAirW) / streamWPerK;
  const memorySum = memoryToAir + sled.couplingWPerK;
  const memoryGoal = (memoryW + memoryToAir * wakeC + sled.couplingWPerK * cpuC) / memorySum;
  const memoryC = relax(before.memoryC, memoryGoal, sled.memory.heatCapacityJPerK / memorySum, dtS);

  const restW = inputs.basePowerW - ownCpuW - memoryW;
  const airHeatW = cpuToAirW + memoryToAir * (memoryC - wakeC) + restW;
  const outletC = inletC + airHeatW / streamWPerK;
  const coolantHeatW = toCoolant * (cpuC - supplyC);
  return { inletC, cpuC, memoryC, outletC, powerW: inputs.basePowerW + leakageW, airHeatW, coolantHeatW };
}
