// 16-bit registers, most significant byte first on the wire: what several temperature sensors configure the same way.
import type { Reading } from '../core/reading.ts';
import { good } from '../core/reading.ts';
import type { ChipResult } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import type { ChipRegisters } from './chip-registers.ts';
import { readingOf } from './chip-registers.ts';

/** Clears and sets bits of a 16-bit register, unless they are already as wanted. */
export async function updateWord(
  registers: ChipRegisters,
  register: number,
  clearBits: number,
  setBits: number,
): Promise<ChipResult> {
  const before = await registers.readWord(register);
  if (before.kind === 'failed') return before;
  const after = ((before.value & ~clearBits) | setBits) & 0xffff;
  return after === before.value ? CHIP_OK : registers.write(register, after >> 8, after & 0xff);
}

/** What a part measures at all, °C; outside of it is no temperature. */
export interface PlausibleRange {
  readonly lowestC: number;
  readonly highestC: number;
}

/** One temperature register as a reading; what the part cannot measure is implausible. */
export async function readWordTemperature(
  registers: ChipRegisters,
  register: number,
  convert: (raw: number) => number,
  range: PlausibleRange,
  nowMs: number,
): Promise<Reading> {
  const answer = await registers.readWord(register);
  if (answer.kind === 'failed') return readingOf(answer, nowMs);
  const valueC = convert(answer.value);
  if (valueC >= range.lowestC && valueC <= range.highestC) return good(valueC, nowMs);
  return readingOf(registers.failure('implausible', register, `${valueC} °C cannot be`), nowMs);
}
