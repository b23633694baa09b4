// Registers → text and flags. Two characters in a register, the first in the high byte; what is not printable ASCII is
// shown as `?`, since it goes into messages and inventories.
import type { FlagsRegister } from './numbers.ts';

/** Without the NULs and blanks at its end; what follows a NUL is no part of it. */
export function decodeText(words: readonly number[]): string {
  const bytes = words.flatMap((word) => [(word >> 8) & 0xff, word & 0xff]);
  const end = bytes.indexOf(0);
  const text = (end < 0 ? bytes : bytes.slice(0, end)).map((byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?',
  );
  return text.join('').trimEnd();
}

/** `length` registers with the text, cut to fit and filled with NULs. */
export function encodeText(text: string, length: number): readonly number[] {
  return Array.from({ length }, (_, index) => (byteAt(text, index * 2) << 8) | byteAt(text, index * 2 + 1));
}

/** The bits of the map that are set, in the map's order. Bits it does not name say nothing. */
export function flagsSet(register: FlagsRegister, word: number): readonly FlagsRegister['bits'][number][] {
  return register.bits.filter(({ bit }) => ((word >> bit) & 1) === 1);
}

function byteAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code >= 0x20 && code < 0x7f ? code : 0;
}
