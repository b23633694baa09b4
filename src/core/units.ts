// Physical constants and the conversions that more than one folder needs. °C, K, W, m³/s, ratio 0..1.

/** Volumetric heat capacity of air at about 20 °C and sea level, J/(m³·K). */
export const AIR_J_PER_M3K = 1200;

export function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/** Two's complement of the low `bits` bits. */
export function signed(raw: number, bits: number): number {
  const half = 2 ** (bits - 1);
  return raw >= half ? raw - 2 * half : raw;
}
