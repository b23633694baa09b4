// The checksum of RTU frames: CRC-16, polynomial 0xA001 (reflected 0x8005), start 0xFFFF, sent low byte first.
// Modbus over serial line V1.02, 2.5.1.2 and appendix B.

const POLYNOMIAL = 0xa001;
const CRC_BYTES = 2;

export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >> 1 : (crc >> 1) ^ POLYNOMIAL;
  }
  return crc;
}

/** The bytes with their checksum behind them. */
export function withCrc(bytes: Uint8Array): Uint8Array {
  const crc = crc16(bytes);
  return Uint8Array.of(...bytes, crc & 0xff, crc >> 8);
}

/** The bytes without their checksum; null when it is not theirs. */
export function withoutCrc(frame: Uint8Array): Uint8Array | null {
  const end = frame.length - CRC_BYTES;
  if (end < 1) return null;
  const sent = (frame[end] ?? 0) | ((frame[end + 1] ?? 0) << 8);
  const bytes = frame.subarray(0, end);
  return sent === crc16(bytes) ? bytes : null;
}
