// The chassis model: air flow, inlet and steady-state temperature of every slot, and air-mover power, as functions of
// sled power and air-mover ratio. °C, K, W, m³/s, ratio 0..1. Index-based so that a planner can call it very often.
//
//   flow    Q_s = openness_s · Σ_m share_sm · maxFlow_m · n_m
//   inlet   I_s = ambient + Σ_j preheat_sj · P_j / (1200 · Q_j)      or  ambient + Σ_j kPerW_sj · P_j
//   slot    T_s = I_s + P_s · (r_s + k_s · Q_s^-0.8)
//   movers  W   = Σ_m idle_m + max_m · n_m³
import { amountOf } from '../core/plan.ts';
import type { PlanAirMover, PlanInstance, PlanSlot, Recirculation } from '../core/plan.ts';
import { AIR_J_PER_M3K } from '../core/units.ts';

/** Stands for a temperature without bound (heat and no air to carry it); finite, so that it survives JSON. */
export const UNBOUNDED_C = 1e6;

/** Exponent of the flow in the convective resistance. */
export const FLOW_EXPONENT = 0.8;

export interface ChassisModel {
  readonly slotIds: readonly string[];
  readonly moverIds: readonly string[];
  readonly ambientC: number;
  /** Flow into slot s per unit ratio of mover m, m³/s, at [s · movers + m]. */
  readonly gainM3s: Float64Array;
  readonly rKPerW: Float64Array;
  readonly kFlow: Float64Array;
  readonly minRatio: Float64Array;
  /** Given speeds; NaN where the speed is free. */
  readonly fixedRatio: Float64Array;
  readonly idlePowerW: Float64Array;
  readonly maxPowerW: Float64Array;
  readonly coupling: Coupling;
}

/**
 * Heat of sled `column[i]` that reaches the inlet of slot s, for i from `rowStart[s]` to `rowStart[s + 1]`.
 * `weight` is m³·K/J (preheat / 1200, to be multiplied by P/Q) for `airflow`, K/W for `linear`.
 */
export interface Coupling {
  readonly kind: 'airflow' | 'linear';
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  readonly weight: Float64Array;
}

export type ModelInput = Pick<PlanInstance, 'ambientC' | 'recirculation'> & {
  readonly airMovers: readonly PlanAirMover[];
  readonly slots: readonly Pick<PlanSlot, 'id' | 'openness' | 'share' | 'rKPerW' | 'kFlow'>[];
};

export function buildChassisModel(input: ModelInput): ChassisModel {
  const { slots, airMovers } = input;
  const gainM3s = new Float64Array(slots.length * airMovers.length);
  slots.forEach((slot, s) => {
    airMovers.forEach((mover, m) => {
      gainM3s[s * airMovers.length + m] = slot.openness * amountOf(slot.share, mover.id) * mover.maxFlowM3s;
    });
  });
  return {
    slotIds: slots.map((slot) => slot.id),
    moverIds: airMovers.map((mover) => mover.id),
    ambientC: input.ambientC,
    gainM3s,
    rKPerW: Float64Array.from(slots, (slot) => slot.rKPerW),
    kFlow: Float64Array.from(slots, (slot) => slot.kFlow),
    minRatio: Float64Array.from(airMovers, (mover) => mover.minRatio),
    fixedRatio: Float64Array.from(airMovers, (mover) => mover.fixedRatio ?? NaN),
    idlePowerW: Float64Array.from(airMovers, (mover) => mover.idlePowerW),
    maxPowerW: Float64Array.from(airMovers, (mover) => mover.maxPowerW),
    coupling: buildCoupling(input.recirculation, slots.length),
  };
}

function buildCoupling(recirculation: Recirculation, slots: number): Coupling {
  if (recirculation.kind === 'none') {
    return {
      kind: 'linear',
      rowStart: new Int32Array(slots + 1),
      column: new Int32Array(0),
      weight: new Float64Array(0),
    };
  }
  const matrix = recirculation.kind === 'airflow' ? recirculation.preheat : recirculation.kPerW;
  const scale = recirculation.kind === 'airflow' ? 1 / AIR_J_PER_M3K : 1;
  const rowStart = new Int32Array(slots + 1);
  const column: number[] = [];
  const weight: number[] = [];
  for (let s = 0; s < slots; s++) {
    for (let j = 0; j < slots; j++) {
      const value = matrix[s]?.[j] ?? 0;
      if (value === 0) continue;
      column.push(j);
      weight.push(value * scale);
    }
    rowStart[s + 1] = column.length;
  }
  return { kind: recirculation.kind, rowStart, column: Int32Array.from(column), weight: Float64Array.from(weight) };
}

/** Flow of every slot, m³/s, for the given ratios. */
export function flowsInto(model: ChassisModel, ratios: Float64Array, flows: Float64Array): void {
  const movers = ratios.length;
  for (let s = 0, at = 0; s < flows.length; s++) {
    let flow = 0;
    for (let m = 0; m < movers; m++, at++) flow += model.gainM3s[at]! * ratios[m]!;
    flows[s] = flow;
  }
}

/** Steady-state inlets and temperatures, °C. Heat that no air carries away makes them UNBOUNDED_C, never Infinity. */
export function temperaturesInto(
  model: ChassisModel,
  powers: Float64Array,
  flows: Float64Array,
  inlets: Float64Array,
  temperatures: Float64Array,
): void {
  const { kind, rowStart, column, weight } = model.coupling;
  for (let s = 0; s < powers.length; s++) {
    let inlet = model.ambientC;
    const end = rowStart[s + 1]!;
    for (let i = rowStart[s]!; i < end; i++) {
      const j = column[i]!;
      const heat = weight[i]! * powers[j]!;
      if (heat !== 0) inlet += kind === 'airflow' ? heat / flows[j]! : heat;
    }
    const power = powers[s]!;
    const convective = model.kFlow[s]! * power;
    let temperature = inlet + power * model.rKPerW[s]!;
    if (convective !== 0) temperature += convective * Math.exp(-FLOW_EXPONENT * Math.log(flows[s]!));
    inlets[s] = inlet < UNBOUNDED_C ? inlet : UNBOUNDED_C;
    temperatures[s] = temperature < UNBOUNDED_C ? temperature : UNBOUNDED_C;
  }
}

/** Power of all air movers at the given ratios, W. */
export function moverPowerW(model: ChassisModel, ratios: Float64Array): number {
  let power = 0;
  for (let m = 0; m < ratios.length; m++) power += model.idlePowerW[m]! + model.maxPowerW[m]! * ratios[m]! ** 3;
  return power;
}

export interface SteadyState {
  readonly flowM3s: Float64Array;
  readonly inletC: Float64Array;
  readonly temperatureC: Float64Array;
}

/** All slots at once, in fresh arrays. */
export function steadyState(model: ChassisModel, powers: Float64Array, ratios: Float64Array): SteadyState {
  const flowM3s = new Float64Array(powers.length);
  const inletC = new Float64Array(powers.length);
  const temperatureC = new Float64Array(powers.length);
  flowsInto(model, ratios, flowM3s);
  temperaturesInto(model, powers, flowM3s, inletC, temperatureC);
  return { flowM3s, inletC, temperatureC };
}
