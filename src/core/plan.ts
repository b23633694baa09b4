// A Plan: an assignment of workloads to slots and air-mover speeds, with predicted temperatures, a bound and a reason
// for every move and every workload that stays. The types of `coldslot-plan-instance/1` and `coldslot-plan/1`.

export const PLAN_INSTANCE_FORMAT = 'coldslot-plan-instance/1';
export const PLAN_FORMAT = 'coldslot-plan/1';

/** Resources by name (`cpu` in cores, `memoryGiB`); a resource not named is 0. */
export type Resources = Readonly<Record<string, number>>;

/** The amount under a name that came from outside; 0 for one that is not there, "constructor" among them. */
export function amountOf(amounts: Readonly<Record<string, number>>, name: string): number {
  return Object.hasOwn(amounts, name) ? amounts[name]! : 0;
}

export interface PlanAirMover {
  readonly id: string;
  readonly minRatio: number;
  readonly maxFlowM3s: number;
  readonly idlePowerW: number;
  /** Power above idle at ratio 1; grows with the cube of the ratio. */
  readonly maxPowerW: number;
  /** Speed that is given, not decided; null = decided by the plan. */
  readonly fixedRatio: number | null;
}

export interface PlanSlot {
  readonly id: string;
  readonly idlePowerW: number;
  readonly powerCapW: number | null;
  readonly limitC: number;
  readonly marginK: number;
  readonly openness: number;
  /** Share of each air mover's flow that reaches this slot. */
  readonly share: Readonly<Record<string, number>>;
  readonly rKPerW: number;
  readonly kFlow: number;
  readonly capacity: Resources;
}

export type Recirculation =
  | { readonly kind: 'none' }
  | { readonly kind: 'airflow'; readonly preheat: readonly (readonly number[])[] }
  | { readonly kind: 'linear'; readonly kPerW: readonly (readonly number[])[] };

export interface PlanWorkload {
  readonly id: string;
  readonly slot: string;
  readonly powerW: number;
  readonly demand: Resources;
  readonly moveCostJ: number;
  readonly pinned: boolean;
  readonly allowedSlots: readonly string[] | null;
}

export interface PlanRule {
  readonly kind: 'apart' | 'together';
  readonly workloads: readonly string[];
}

export interface PlanInstance {
  readonly format: typeof PLAN_INSTANCE_FORMAT;
  readonly ambientC: number;
  readonly horizonS: number;
  readonly maxMoves: number | null;
  readonly airMovers: readonly PlanAirMover[];
  readonly slots: readonly PlanSlot[];
  readonly recirculation: Recirculation;
  readonly workloads: readonly PlanWorkload[];
  readonly rules: readonly PlanRule[];
  readonly chassisPowerCapW: number | null;
}

export interface PlanPrediction {
  readonly temperatureC: number;
  readonly inletC: number;
  readonly flowM3s: number;
  readonly powerW: number;
}

export interface PlanMoveReason {
  readonly code: 'hot-slot' | 'makes-room' | 'saves-energy' | 'rule' | 'capacity';
  readonly text: string;
  /** How much cooler the slot it leaves gets, and how much air-mover power the move saves. */
  readonly gainK: number;
  readonly gainW: number;
}

export interface PlanMove {
  readonly order: number;
  readonly workload: string;
  readonly from: string;
  readonly to: string;
  readonly reason: PlanMoveReason;
}

export type HeldCode =
  | 'pinned'
  | 'not-allowed'
  | 'rule'
  | 'capacity'
  | 'power-cap'
  | 'no-gain'
  | 'gain-too-small'
  | 'budget'
  | 'no-live-order';

export interface PlanHeld {
  readonly workload: string;
  readonly reason: { readonly code: HeldCode; readonly text: string };
}

export interface Plan {
  readonly format: typeof PLAN_FORMAT;
  readonly status: 'optimal' | 'feasible' | 'infeasible';
  readonly assignment: Readonly<Record<string, string>>;
  readonly ratios: Readonly<Record<string, number>>;
  readonly predicted: {
    readonly slots: Readonly<Record<string, PlanPrediction>>;
    readonly moverPowerW: number;
    readonly worstOvershootK: number;
  };
  readonly cost: { readonly totalJ: number; readonly moversJ: number; readonly movesJ: number };
  readonly bound: { readonly worstOvershootK: number; readonly totalJ: number };
  readonly moves: readonly PlanMove[];
  readonly held: readonly PlanHeld[];
  /** Only when infeasible: names of the rules, capacities or caps that cannot hold together. */
  readonly conflicts?: readonly string[];
  readonly elapsedMs: number;
}
