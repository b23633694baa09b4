// Registers of PMBus devices on a page, for jobs that hold the device meanwhile (PmbusRegisters.onPage).
import type { ChipResult } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import type { ByteAnswer } from './chip-registers.ts';
import type { PmbusRegisters } from './pmbus-registers.ts';
import { PMBUS_PAGE } from './pmbus-registers.ts';

/** Selects the page and reads a word there; the page stays selected. */
export async function readOnPage(device: PmbusRegisters, page: number, command: number): Promise<ByteAnswer> {
  const selected = await device.writeByte(PMBUS_PAGE, page);
  return selected.kind === 'failed' ? selected : device.readWord(command);
}

/** Selects the page, and clears and sets bits of a word there, unless they are already as wanted. */
export async function updateOnPage(
  device: PmbusRegisters,
  page: number,
  command: number,
  clearBits: number,
  setBits: number,
): Promise<ChipResult> {
  const before = await readOnPage(device, page, command);
  if (before.kind === 'failed') return before;
  const after = (before.value & ~clearBits) | setBits;
  return after === before.value ? CHIP_OK : device.writeWord(command, after);
}
