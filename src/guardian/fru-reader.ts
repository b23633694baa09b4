// Reads just as much of a sled's EEPROM as its FRU information takes, and picks what names the sled.
import type { EepromChip } from '../chips/chip.ts';
import { ColdslotError, describeError } from '../core/errors.ts';
import type { SlotFrame } from '../protocols/guardian-link.ts';
import { decodeFru, FRU_HEADER_BYTES, FRU_MAX_BYTES, type FruContents } from '../protocols/ipmi/fru.ts';
import { fieldText } from '../protocols/ipmi/fru-field.ts';

export type SledFru = NonNullable<SlotFrame['fru']>;

export type FruAnswer =
  | { readonly kind: 'ok'; readonly fru: SledFru }
  /** `unreadable`: the EEPROM did not answer, try again; `unusable`: it holds no FRU information. */
  | { readonly kind: 'unreadable' | 'unusable'; readonly detail: string };

const MAX_TEXT = 64;
/** Offsets of the chassis, board and product areas in the common header, in eights of bytes. */
const AREA_OFFSETS = [2, 3, 4];

export async function readFru(eeprom: EepromChip): Promise<FruAnswer> {
  const header = await eeprom.read(0, FRU_HEADER_BYTES);
  if (header.kind === 'failed') return { kind: 'unreadable', detail: header.detail };
  let end = FRU_HEADER_BYTES;
  for (const index of AREA_OFFSETS) {
    const offset = (header.data[index] ?? 0) * 8;
    if (offset === 0 || offset + 2 > eeprom.sizeBytes) continue;
    const start = await eeprom.read(offset, 2); // format version, length in eights of bytes
    if (start.kind === 'failed') return { kind: 'unreadable', detail: start.detail };
    end = Math.max(end, offset + (start.data[1] ?? 0) * 8);
  }
  const contents = await eeprom.read(0, Math.min(end, eeprom.sizeBytes, FRU_MAX_BYTES));
  if (contents.kind === 'failed') return { kind: 'unreadable', detail: contents.detail };
  try {
    return { kind: 'ok', fru: sledOf(decodeFru(contents.data)) };
  } catch (error) {
    if (error instanceof ColdslotError) return { kind: 'unusable', detail: describeError(error) };
    throw error;
  }
}

/** The product area names the sled; the board area where there is no product. */
function sledOf({ product, board }: FruContents): SledFru {
  const text = (...fields: readonly (Parameters<typeof fieldText>[0] | undefined)[]) => {
    for (const field of fields) {
      const found = field === undefined ? '' : fieldText(field).trim();
      if (found !== '') return found.slice(0, MAX_TEXT);
    }
    return '';
  };
  return {
    model: text(product?.name, board?.product),
    serial: text(product?.serialNumber, board?.serialNumber),
    manufacturer: text(product?.manufacturer, board?.manufacturer),
  };
}
