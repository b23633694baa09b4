// FRU information of a sled, board or chassis, as stored in its EEPROM: IPMI Platform Management FRU Information
// Storage Definition v1.0 r1.3, sections 8 (common header), 10 (chassis), 11 (board), 12 (product). The internal use
// and multi-record areas are passed over.
import { ColdslotError } from '../../core/errors.ts';
import type { FruField } from './fru-field.ts';
import { decodeField, EMPTY_FIELD, encodeField, END_OF_FIELDS, fieldText, MAX_FIELD_BYTES } from './fru-field.ts';

export interface FruChassis {
  /** SMBIOS chassis type: 17h rack mount, 1Dh blade enclosure, 1Ch blade. */
  readonly type: number;
  readonly partNumber: FruField;
  readonly serialNumber: FruField;
  readonly custom: readonly FruField[];
}

export interface FruBoard {
  /** Language code; 0 and 25 are English. */
  readonly language: number;
  /** Unix time, whole minutes; null = not specified. */
  readonly manufacturedAtMs: number | null;
  readonly manufacturer: FruField;
  readonly product: FruField;
  readonly serialNumber: FruField;
  readonly partNumber: FruField;
  readonly fileId: FruField;
  readonly custom: readonly FruField[];
}

export interface FruProduct {
  readonly language: number;
  readonly manufacturer: FruField;
  readonly name: FruField;
  readonly partNumber: FruField;
  readonly version: FruField;
  readonly serialNumber: FruField;
  readonly assetTag: FruField;
  readonly fileId: FruField;
  readonly custom: readonly FruField[];
}

export interface FruContents {
  readonly chassis: FruChassis | null;
  readonly board: FruBoard | null;
  readonly product: FruProduct | null;
}

export const FRU_HEADER_BYTES = 8;
/** Offsets and lengths count eights in one byte each: no area begins or reaches further. */
export const FRU_MAX_BYTES = 2 * 255 * 8;

const FORMAT_VERSION = 1;
/** 1996-01-01 00:00 UTC; manufacturing dates are minutes since. */
const EPOCH_1996_MS = Date.UTC(1996, 0, 1);
const MINUTE_MS = 60_000;
const MAX_MINUTES = 0xff_ff_ff;
/** Position of each area's offset in the common header. */
const HEADER = { chassis: 2, board: 3, product: 4 };

type AreaName = 'chassis' | 'board' | 'product';

/**
 * Decodes what an EEPROM holds; bytes after the areas do not matter.
 * Throws ColdslotError `bad-input` that names the area and the offset.
 */
export function decodeFru(bytes: Uint8Array): FruContents {
  const header = bytes.subarray(0, FRU_HEADER_BYTES);
  if (header.length < FRU_HEADER_BYTES) throw bad('header', 0, `${bytes.length} bytes, it has ${FRU_HEADER_BYTES}`);
  checkVersion('header', 0, header[0] ?? 0);
  checkSum('header', 0, header);
  const area = <T>(name: AreaName, decode: (reader: AreaReader) => T): T | null => {
    const offset = (header[HEADER[name]] ?? 0) * 8;
    return offset === 0 ? null : decode(new AreaReader(name, bytes, offset));
  };
  return {
    chassis: area('chassis', (reader) => ({
      type: reader.byte(),
      partNumber: reader.field(),
      serialNumber: reader.field(),
      custom: reader.rest(),
    })),
    board: area('board', (reader) => ({
      language: reader.language(),
      manufacturedAtMs: timeOf(reader.byte() | (reader.byte() << 8) | (reader.byte() << 16)),
      manufacturer: reader.field(),
      product: reader.field(),
      serialNumber: reader.field(),
      partNumber: reader.field(),
      fileId: reader.field(),
      custom: reader.rest(),
    })),
    product: area('product', (reader) => ({
      language: reader.language(),
      manufacturer: reader.field(),
      name: reader.field(),
      partNumber: reader.field(),
      version: reader.field(),
      serialNumber: reader.field(),
      assetTag: reader.field(),
      fileId: reader.field(),
      custom: reader.rest(),
    })),
  };
}

/**
 * Encodes FRU contents: header, then chassis, board and product area, each padded to eight bytes.
 * Throws ColdslotError `bad-input` for what cannot be stored.
 */
export function encodeFru(contents: FruContents): Uint8Array {
  const { chassis, board, product } = contents;
  const header = new Uint8Array(FRU_HEADER_BYTES);
  header[0] = FORMAT_VERSION;
  const parts: Uint8Array[] = [header];
  let offset = FRU_HEADER_BYTES;
  const add = (name: AreaName, area: Uint8Array) => {
    header[HEADER[name]] = byteIn(name, 'offset', offset / 8);
    parts.push(area);
    offset += area.length;
  };
  if (chassis !== null) {
    const start = [byteIn('chassis', 'type', chassis.type)];
    add('chassis', encodeArea('chassis', start, 0, [chassis.partNumber, chassis.serialNumber], chassis.custom));
  }
  if (board !== null) {
    const { manufacturer, product: name, serialNumber, partNumber, fileId, language } = board;
    const minutes = minutesOf(board.manufacturedAtMs);
    const start = [byteIn('board', 'language', language), minutes & 0xff, (minutes >> 8) & 0xff, minutes >> 16];
    const fields = [manufacturer, name, serialNumber, partNumber, fileId];
    add('board', encodeArea('board', start, language, fields, board.custom));
  }
  if (product !== null) {
    const { manufacturer, name, partNumber, version, serialNumber, assetTag, fileId, language } = product;
    const fields = [manufacturer, name, partNumber, version, serialNumber, assetTag, fileId];
    add('product', encodeArea('product', [byteIn('product', 'language', language)], language, fields, product.custom));
  }
  header[FRU_HEADER_BYTES - 1] = zeroSum(header);
  return Uint8Array.from(Buffer.concat(parts));
}

/**
 * How many bytes of an EEPROM `decodeFru` needs, as far as the bytes read so far tell: read on until there are as many.
 * Begins with 8 and settles within three steps; a nonsensical header asks for no more than FRU_MAX_BYTES.
 */
export function fruBytesNeeded(start: Uint8Array): number {
  if (start.length < FRU_HEADER_BYTES) return FRU_HEADER_BYTES;
  const ends = [HEADER.chassis, HEADER.board, HEADER.product].map((position) => {
    const offset = (start[position] ?? 0) * 8;
    const length = start[offset + 1]; // in eights; undefined: not read yet
    return offset === 0 ? FRU_HEADER_BYTES : offset + (length === undefined ? 2 : Math.max(2, length * 8));
  });
  return Math.max(...ends);
}

/** The serial number that tells one unit from another: the product's, else the board's, else the chassis's. */
export function serialNumberOf({ product, board, chassis }: FruContents): string | null {
  for (const area of [product, board, chassis]) {
    const serial = area === null ? '' : fieldText(area.serialNumber).replace(/[\s\0]+$/, '');
    if (serial !== '') return serial;
  }
  return null;
}

/** Reads an area's bytes in order, after checking that it is whole. */
class AreaReader {
  readonly #name: AreaName;
  readonly #offset: number;
  readonly #bytes: Uint8Array;
  #at = 2;
  #language = 0;
  #ended = false;

  constructor(name: AreaName, bytes: Uint8Array, offset: number) {
    const length = (bytes[offset + 1] ?? 0) * 8;
    if (offset + 2 > bytes.length) throw bad(name, offset, `begins beyond the ${bytes.length} bytes there are`);
    checkVersion(name, offset, bytes[offset] ?? 0);
    if (length === 0) throw bad(name, offset + 1, 'has a length of 0');
    if (offset + length > bytes.length) {
      throw bad(name, offset + 1, `${length} bytes long, beyond the ${bytes.length} bytes there are`);
    }
    this.#name = name;
    this.#offset = offset;
    this.#bytes = bytes.subarray(offset, offset + length);
    checkSum(name, offset, this.#bytes);
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++] ?? 0;
  }

  language(): number {
    this.#language = this.byte();
    return this.#language;
  }

  /** The next field; empty after the end marker, since writers leave out trailing fields. */
  field(): FruField {
    return this.#next() ?? EMPTY_FIELD;
  }

  /** The custom fields, up to the end marker. */
  rest(): readonly FruField[] {
    const fields: FruField[] = [];
    for (let field = this.#next(); field !== null; field = this.#next()) fields.push(field);
    return fields;
  }

  #next(): FruField | null {
    if (this.#ended) return null;
    const typeLength = this.byte();
    if (typeLength === END_OF_FIELDS) {
      this.#ended = true;
      return null;
    }
    const length = typeLength & MAX_FIELD_BYTES;
    this.#need(length);
    const data = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return decodeField(typeLength >> 6, data, this.#language);
  }

  /** The last byte is the checksum. */
  #need(count: number): void {
    if (this.#at + count <= this.#bytes.length - 1) return;
    throw bad(this.#name, this.#offset + this.#at, 'fields run past the end of the area, no end marker C1h');
  }
}

function encodeArea(
  name: AreaName,
  start: readonly number[],
  language: number,
  fields: readonly FruField[],
  custom: readonly FruField[],
): Uint8Array {
  const encoded = [...fields, ...custom].map((field, index) => {
    const which = index < fields.length ? `field ${index + 1}` : `custom field ${index - fields.length + 1}`;
    return encodeField(field, language, `FRU ${name} area, ${which}`);
  });
  const used = 2 + start.length + encoded.reduce((sum, field) => sum + field.length, 0) + 1;
  const area = new Uint8Array(Math.ceil((used + 1) / 8) * 8);
  area.set([FORMAT_VERSION, byteIn(name, 'length', area.length / 8), ...start]);
  let at = 2 + start.length;
  for (const field of encoded) {
    area.set(field, at);
    at += field.length;
  }
  area[at] = END_OF_FIELDS;
  area[area.length - 1] = zeroSum(area);
  return area;
}

function timeOf(minutes: number): number | null {
  return minutes === 0 ? null : EPOCH_1996_MS + minutes * MINUTE_MS;
}

function minutesOf(timeMs: number | null): number {
  if (timeMs === null) return 0;
  const minutes = Math.floor((timeMs - EPOCH_1996_MS) / MINUTE_MS);
  if (minutes >= 1 && minutes <= MAX_MINUTES) return minutes;
  const hint = 'it holds 1996-01-01 00:01 to 2027-11-24 20:15 UTC; leave it out otherwise';
  throw new ColdslotError('bad-input', 'FRU board area, manufacturing date', `${timeMs} ms cannot be stored`, hint);
}

/** What makes the sum of all bytes 0 (modulo 256); the checksum's own place must be 0. */
function zeroSum(bytes: Uint8Array): number {
  return -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
}

function checkSum(area: AreaName | 'header', offset: number, bytes: Uint8Array): void {
  const off = zeroSum(bytes);
  if (off === 0) return;
  const at = offset + bytes.length - 1;
  const found = bytes.at(-1) ?? 0;
  throw bad(area, at, `checksum is ${hexByte(found)}, the bytes ask for ${hexByte((found + off) & 0xff)}`);
}

function checkVersion(area: AreaName | 'header', offset: number, version: number): void {
  if ((version & 0x0f) !== FORMAT_VERSION) throw bad(area, offset, `format version ${version & 0x0f}, 1 is known`);
}

function byteIn(area: AreaName, what: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 0xff) return value;
  throw new ColdslotError('bad-input', `FRU ${area} area`, `${what} ${value} does not fit into a byte`, 'store less');
}

function bad(area: AreaName | 'header', offset: number, what: string): ColdslotError {
  const subject = `FRU ${area === 'header' ? 'common header' : `${area} area`}, offset ${offset}`;
  return new ColdslotError('bad-input', subject, what, 'write the EEPROM again');
}

function hexByte(value: number): string {
  return `${value.toString(16).padStart(2, '0')}h`;
}
