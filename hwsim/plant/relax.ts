// First-order lag, exact for a constant target: stable for every step length.

/** `value` after `dtS` on its way to `target` with time constant `timeS`. */
export function relax(value: number, target: number, timeS: number, dtS: number): number {
  return target + (value - target) * Math.exp(-dtS / timeS);
}
