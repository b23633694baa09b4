// Linux hwmon attributes: integers in m°C, mV, mA, µW, rpm. What the decoders share.

export type Attributes = Record<string, number>;

/** Integer division rounded to the nearest, halves away from zero: the kernel's DIV_ROUND_CLOSEST. */
export function divideRounded(value: number, divisor: number): number {
  const quotient = Math.sign(value) * Math.round(Math.abs(value) / divisor);
  return quotient === 0 ? 0 : quotient; // no -0
}

/** 1 when any bit of the mask is set. */
export function bitOf(value: number, mask: number): 0 | 1 {
  return (value & mask) === 0 ? 0 : 1;
}
