// A Reading is a value or the reason there is none, with the monotonic time it was taken. Never NaN, never a bare number.

/** Why there is no value. `off`: the part is there but has no power; `implausible`: it answered with what cannot be. */
export type NoReason = 'absent' | 'off' | 'timeout' | 'fault' | 'implausible';

/** `atMs` is monotonic (Clock.nowMs) when it was taken. The unit is the sensor's. */
export type Reading =
  | { readonly kind: 'value'; readonly value: number; readonly atMs: number }
  | { readonly kind: 'none'; readonly reason: NoReason; readonly detail: string; readonly atMs: number };

/** A good reading; a value that is not finite becomes `implausible` instead of travelling on. */
export function good(value: number, atMs: number): Reading {
  if (!Number.isFinite(value)) return none('implausible', atMs, `not a finite number: ${value}`);
  return { kind: 'value', value, atMs };
}

/** No value, and why. `detail` is for people: the register or line and what it said. */
export function none(reason: NoReason, atMs: number, detail = ''): Reading {
  return { kind: 'none', reason, detail, atMs };
}

/** The value, or null where there is none. For places that print or publish. */
export function valueOrNull(reading: Reading | undefined): number | null {
  return reading?.kind === 'value' ? reading.value : null;
}
