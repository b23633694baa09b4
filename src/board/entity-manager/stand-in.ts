// Values in the place of templates that nobody gave values for: enough to see whether an entry could be taken.
import { textIn, type Expose } from './configuration.ts';

const standIns: Readonly<Record<string, string>> = { Bus: '0', Address: '0x50', Index: '0' };

/** Bus, address and index that are templates get a value; everything else stays. */
export function withStandIns(entry: Expose): Expose {
  const replaced = Object.entries(standIns).filter(([key]) => textIn(entry.fields, key)?.includes('$') === true);
  if (replaced.length === 0) return entry;
  return { ...entry, fields: { ...entry.fields, ...Object.fromEntries(replaced) } };
}
