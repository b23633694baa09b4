// Where a slot's temperature is heading: first-order lag towards its steady state, T(t) = S + (T − S) · e^(−t/τ).
// °C, K, s. Pure arithmetic on figures that are already known to be numbers.

export interface Heading {
  readonly temperatureC: number;
  /** Where it settles if nothing changes. */
  readonly steadyC: number;
  readonly timeConstantS: number;
}

/** Temperature `seconds` from now. */
export function temperatureIn(heading: Heading, seconds: number): number {
  const { temperatureC, steadyC, timeConstantS } = heading;
  if (timeConstantS <= 0) return steadyC;
  return steadyC + (temperatureC - steadyC) * Math.exp(-seconds / timeConstantS);
}

/** Seconds until the limit is crossed upwards: 0 when it is crossed already, null when it never is. */
export function secondsUntil(heading: Heading, limitC: number): number | null {
  const { temperatureC, steadyC, timeConstantS } = heading;
  if (temperatureC >= limitC) return 0;
  if (steadyC <= limitC) return null;
  if (timeConstantS <= 0) return 0;
  return timeConstantS * Math.log((steadyC - temperatureC) / (steadyC - limitC));
}

/** The steady state that a temperature and its slope point to, °C. */
export function steadyFromSlope(temperatureC: number, slopeKPerS: number, timeConstantS: number): number {
  return temperatureC + timeConstantS * slopeKPerS;
}

/** A least-squares line through samples; null with fewer than three, or all at one time. */
export function fitLine(
  timesS: readonly number[],
  values: readonly number[],
): { readonly mean: number; readonly slopePerS: number } | null {
  const count = timesS.length;
  if (count < 3) return null;
  const meanTime = timesS.reduce((a, b) => a + b, 0) / count;
  const mean = values.reduce((a, b) => a + b, 0) / count;
  let square = 0;
  let product = 0;
  for (let i = 0; i < count; i++) {
    square += (timesS[i]! - meanTime) ** 2;
    product += (timesS[i]! - meanTime) * (values[i]! - mean);
  }
  return square === 0 ? null : { mean, slopePerS: product / square };
}
