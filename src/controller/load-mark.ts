// The load of the chassis at one moment, to tell later whether it is still the same: then a workload that left a slot
// would leave it again.

export interface LoadMark {
  /** Of the workload, W. */
  readonly workloadW: number;
  /** Of all slots, W. */
  readonly chassisW: number;
  readonly ambientC: number;
  /** What is wrong with the cooling: failed fans, blocked slots, leaks; equal texts = equal conditions. */
  readonly conditions: string;
}

/** Fluctuations within these are the same load. */
const WORKLOAD_SHARE = 0.25;
const WORKLOAD_LEAST_W = 10;
const CHASSIS_SHARE = 0.15;
const AMBIENT_K = 3;

export function isSameLoad(a: LoadMark, b: LoadMark): boolean {
  const workloadW = Math.max(WORKLOAD_LEAST_W, WORKLOAD_SHARE * Math.max(a.workloadW, b.workloadW));
  return (
    isSameCooling(a, b) &&
    Math.abs(a.workloadW - b.workloadW) <= workloadW &&
    Math.abs(a.chassisW - b.chassisW) <= CHASSIS_SHARE * Math.max(a.chassisW, b.chassisW) &&
    Math.abs(a.ambientC - b.ambientC) <= AMBIENT_K
  );
}

export function isSameCooling(a: LoadMark, b: LoadMark): boolean {
  return a.conditions === b.conditions;
}
