// Number formats and packet check of PMBus. PMBus Power System Management Protocol Specification Part II, sections
// "Data formats" (LINEAR, DIRECT) and "VOUT_MODE"; packet error code: System Management Bus Specification, section
// "Packet Error Checking". Raw values are unsigned 16 bits as read from the wire.
import { invariant } from '../core/errors.ts';
import { clamp, signed } from '../core/units.ts';

/** DIRECT: raw = (m · value + b) · 10^r. A data sheet gives them for each command. */
export interface PmbusCoefficients {
  readonly m: number;
  readonly b: number;
  readonly r: number;
}

/** How a page's output voltages are written. `half` is IEEE 754 half precision, since PMBus 1.3. */
export type VoutMode =
  | { readonly kind: 'linear'; readonly exponent: number }
  | { readonly kind: 'vid'; readonly code: number }
  | { readonly kind: 'direct' }
  | { readonly kind: 'half' };

const MANTISSA_MIN = -1024;
const MANTISSA_MAX = 1023;
const EXPONENT_MIN = -16;
const EXPONENT_MAX = 15;

/** LINEAR11: bits 15:11 a signed exponent N, bits 10:0 a signed mantissa Y; Y · 2^N. */
export function linear11Value(raw: number): number {
  return signed(raw & 0x7ff, 11) * 2 ** signed((raw >> 11) & 0x1f, 5);
}

/** The nearest LINEAR11, with the finest exponent that holds it; saturates at ±33.5 million. NaN is a bug. */
export function linear11Of(value: number): number {
  invariant(!Number.isNaN(value), 'NaN has no LINEAR11');
  if (value === 0) return 0;
  for (let exponent = EXPONENT_MIN; exponent <= EXPONENT_MAX; exponent++) {
    const mantissa = Math.round(value / 2 ** exponent);
    if (mantissa >= MANTISSA_MIN && mantissa <= MANTISSA_MAX) return linear11Raw(mantissa, exponent);
  }
  return linear11Raw(value < 0 ? MANTISSA_MIN : MANTISSA_MAX, EXPONENT_MAX);
}

function linear11Raw(mantissa: number, exponent: number): number {
  return ((exponent & 0x1f) << 11) | (mantissa & 0x7ff);
}

/** ULINEAR16: an unsigned mantissa with the exponent of VOUT_MODE. */
export function linear16Value(raw: number, exponent: number): number {
  return raw * 2 ** exponent;
}

/** The nearest ULINEAR16 with this exponent, saturated at its ends. NaN is a bug. */
export function linear16Of(value: number, exponent: number): number {
  invariant(!Number.isNaN(value), 'NaN has no LINEAR16');
  return clamp(Math.round(value / 2 ** exponent), 0, 0xffff);
}

/** DIRECT: value = (raw · 10^-r − b) / m, raw being signed. Coefficients with m = 0 are a bug. */
export function directValue(raw: number, { m, b, r }: PmbusCoefficients): number {
  invariant(m !== 0, 'DIRECT coefficients with m = 0');
  const scaled = r > 0 ? signed(raw, 16) / 10 ** r : signed(raw, 16) * 10 ** -r;
  return (scaled - b) / m;
}

/** The nearest DIRECT value, saturated at its ends. NaN is a bug. */
export function directOf(value: number, { m, b, r }: PmbusCoefficients): number {
  invariant(!Number.isNaN(value), 'NaN has no DIRECT value');
  const scaled = m * value + b;
  const raw = r < 0 ? scaled / 10 ** -r : scaled * 10 ** r;
  return clamp(Math.round(raw), -0x8000, 0x7fff) & 0xffff;
}

/** IEEE 754 half precision; null where it is infinite or not a number. */
export function halfValue(raw: number): number | null {
  const exponent = (raw >> 10) & 0x1f;
  const fraction = raw & 0x3ff;
  if (exponent === 0x1f) return null;
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return (raw & 0x8000) === 0 ? magnitude : -magnitude;
}

/** VOUT_MODE: bits 6:5 the mode, bits 4:0 its parameter. Bit 7 (since 1.3) is about limits, not about readings. */
export function voutModeOf(register: number): VoutMode {
  const parameter = register & 0x1f;
  switch ((register >> 5) & 3) {
    case 0:
      return { kind: 'linear', exponent: signed(parameter, 5) };
    case 1:
      return { kind: 'vid', code: parameter };
    case 2:
      return { kind: 'direct' };
    default:
      return { kind: 'half' };
  }
}

/** Packet error code: CRC-8 with x^8 + x^2 + x + 1 over every byte of the transfer, the address bytes too. */
export function packetErrorCode(bytes: Iterable<number>): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80) === 0 ? crc << 1 : ((crc << 1) ^ 0x07) & 0xff;
  }
  return crc;
}
