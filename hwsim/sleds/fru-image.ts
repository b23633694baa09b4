// A sled's FRU EEPROM as its maker wrote it: IPMI Platform Management FRU Information Storage Definition 1.0 rev. 1.3,
// board area (§11) and product area (§12), 8-bit ASCII fields. The product's serial number is the sled's id.

export interface SledIdentity {
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
}

const ENGLISH = 0x19;
const ASCII_FIELD = 0xc0;
const END_OF_FIELDS = 0xc1;
const MAX_FIELD_BYTES = 0x3f;
/** 2020-01-01 in minutes since 1996-01-01 00:00: 8,766 days. */
const MANUFACTURED_MIN = 8766 * 24 * 60;

export function fruImage(sled: SledIdentity): Uint8Array {
  const date = [MANUFACTURED_MIN & 0xff, (MANUFACTURED_MIN >> 8) & 0xff, (MANUFACTURED_MIN >> 16) & 0xff];
  const board = area(date, [sled.manufacturer, `${sled.model} board`, sled.serial, 'CS-SIM-B1', '']);
  const product = area([], [sled.manufacturer, sled.model, 'CS-SIM-P1', '1.0', sled.serial, '', '']);
  const header = [0x01, 0, 0, 1, 1 + board.length / 8, 0, 0];
  return Uint8Array.from([...header, checksum(header), ...board, ...product]);
}

/** Format version, length in eights, language, `head`, the fields, padding and the zero checksum. */
function area(head: readonly number[], fields: readonly string[]): number[] {
  const body = [ENGLISH, ...head, ...fields.flatMap(field), END_OF_FIELDS];
  const length = Math.ceil((2 + body.length + 1) / 8) * 8;
  const padding = Array.from({ length: length - 3 - body.length }, () => 0);
  const bytes = [0x01, length / 8, ...body, ...padding];
  return [...bytes, checksum(bytes)];
}

/** A one-character field would read as the end mark, so it gets a space. */
function field(text: string): number[] {
  const padded = text.length === 1 ? `${text} ` : text;
  const bytes = [...Buffer.from(padded, 'latin1').subarray(0, MAX_FIELD_BYTES)];
  return [ASCII_FIELD | bytes.length, ...bytes];
}

/** All bytes of an area add up to 0 modulo 256. */
function checksum(bytes: readonly number[]): number {
  return -bytes.reduce((sum, value) => sum + value, 0) & 0xff;
}
