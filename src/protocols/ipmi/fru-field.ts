// Type/length fields of FRU information: IPMI Platform Management FRU Information Storage Definition v1.0 r1.3,
// section 13 (type/length byte format); 6-bit packed ASCII and BCD plus also in IPMI v2.0 r1.1, section 43.15.
import { ColdslotError } from '../../core/errors.ts';

/**
 * A field's contents and how they are stored. Trailing spaces of `bcd-plus` and `six-bit` are padding and are not kept.
 * `eight-bit` is Latin-1 in an English area, UTF-16 in others.
 */
export type FruField =
  | { readonly encoding: 'binary'; readonly bytes: Uint8Array }
  | { readonly encoding: 'bcd-plus' | 'six-bit' | 'eight-bit'; readonly text: string };

export const EMPTY_FIELD: FruField = { encoding: 'eight-bit', text: '' };

/** Type/length byte that ends an area's fields. */
export const END_OF_FIELDS = 0xc1;
export const MAX_FIELD_BYTES = 63;

const TYPES = ['binary', 'bcd-plus', 'six-bit', 'eight-bit'] as const;
/** D to F are reserved in the FRU definition; IPMI v2.0 gives them these meanings. */
const BCD_PLUS = '0123456789 -.:,_';
const SIX_BIT_FIRST = 0x20;

/** Language codes of English (25, and 0 by definition). */
export function isEnglish(language: number): boolean {
  return language === 0 || language === 25;
}

/** Text as a field, in the first form that holds it: 8-bit, or 6-bit for one character (one 8-bit byte means "end"). */
export function textField(text: string): FruField {
  return text.length === 1 && isSixBit(text) ? { encoding: 'six-bit', text } : { encoding: 'eight-bit', text };
}

/** A field for people: its text, or binary as hex. */
export function fieldText(field: FruField): string {
  return field.encoding === 'binary' ? Buffer.from(field.bytes).toString('hex') : field.text;
}

/** The contents of a field from its type (bits 7:6 of the type/length byte) and its bytes. */
export function decodeField(type: number, bytes: Uint8Array, language: number): FruField {
  const encoding = TYPES[type & 3] ?? 'binary';
  switch (encoding) {
    case 'binary':
      return { encoding, bytes: Uint8Array.from(bytes) };
    case 'bcd-plus':
      return {
        encoding,
        text: [...bytes]
          .map((byte) => bcdDigits(byte))
          .join('')
          .trimEnd(),
      };
    case 'six-bit':
      return { encoding, text: unpackSixBit(bytes).trimEnd() };
    case 'eight-bit':
      return { encoding, text: Buffer.from(bytes).toString(isEnglish(language) ? 'latin1' : 'utf16le') };
  }
}

/** The type/length byte and the bytes of a field. `subject` names the area and field in errors. */
export function encodeField(field: FruField, language: number, subject: string): Uint8Array {
  const data = fieldBytes(field, language, subject);
  if (data.length > MAX_FIELD_BYTES) {
    const what = `${data.length} bytes do not fit into a field of ${MAX_FIELD_BYTES}`;
    throw new ColdslotError('bad-input', subject, what, 'shorten it');
  }
  const typeLength = (TYPES.indexOf(field.encoding) << 6) | data.length;
  if (typeLength === END_OF_FIELDS) {
    const what = 'one 8-bit character would read as the end of the fields';
    throw new ColdslotError('bad-input', subject, what, 'store it as 6-bit or make it longer');
  }
  return Uint8Array.of(typeLength, ...data);
}

function fieldBytes(field: FruField, language: number, subject: string): Uint8Array {
  switch (field.encoding) {
    case 'binary':
      return field.bytes;
    case 'bcd-plus':
      return packBcdPlus(field.text, subject);
    case 'six-bit':
      return packSixBit(field.text, subject);
    case 'eight-bit':
      if (!isEnglish(language)) return Buffer.from(field.text, 'utf16le');
      return packLatin1(field.text, subject);
  }
}

function bcdDigits(byte: number): string {
  return `${BCD_PLUS[byte >> 4] ?? ''}${BCD_PLUS[byte & 15] ?? ''}`;
}

function packBcdPlus(text: string, subject: string): Uint8Array {
  const padded = text.length % 2 === 0 ? text : `${text} `;
  const nibbles = Array.from(padded, (character) => {
    const nibble = BCD_PLUS.indexOf(character);
    if (nibble < 0) throw unrepresentable(subject, character, 'BCD plus', BCD_PLUS);
    return nibble;
  });
  return Uint8Array.from({ length: nibbles.length / 2 }, (_, index) => {
    return ((nibbles[2 * index] ?? 0) << 4) | (nibbles[2 * index + 1] ?? 0);
  });
}

/** Six bits a character, the first one in the low bits of the first byte. */
function unpackSixBit(bytes: Uint8Array): string {
  const characters = Math.floor((bytes.length * 8) / 6);
  return Array.from({ length: characters }, (_, index) => {
    const bit = index * 6;
    const pair = (bytes[bit >> 3] ?? 0) | ((bytes[(bit >> 3) + 1] ?? 0) << 8);
    return String.fromCharCode(SIX_BIT_FIRST + ((pair >> (bit & 7)) & 0x3f));
  }).join('');
}

function packSixBit(text: string, subject: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((text.length * 6) / 8));
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index) - SIX_BIT_FIRST;
    if (code < 0 || code > 0x3f) throw unrepresentable(subject, text[index] ?? '', '6-bit ASCII', '20h to 5Fh');
    const bit = index * 6;
    const shifted = code << (bit & 7);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (shifted & 0xff);
    if (shifted > 0xff) bytes[(bit >> 3) + 1] = shifted >> 8;
  }
  return bytes;
}

function packLatin1(text: string, subject: string): Uint8Array {
  for (const character of text) {
    if ((character.codePointAt(0) ?? 0) > 0xff) {
      throw unrepresentable(subject, character, 'Latin-1', 'an area in a language other than English holds UTF-16');
    }
  }
  return Buffer.from(text, 'latin1');
}

function isSixBit(text: string): boolean {
  return /^[\x20-\x5f]*$/.test(text) && text.trimEnd() === text;
}

function unrepresentable(subject: string, character: string, encoding: string, holds: string): ColdslotError {
  return new ColdslotError(
    'bad-input',
    subject,
    `${JSON.stringify(character)} is not in ${encoding}`,
    `it holds ${holds}`,
  );
}
