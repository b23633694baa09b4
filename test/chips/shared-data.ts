// Test data that is not part of the project: $COLDSLOT_SHARED, else ../shared beside the project.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
export const sharedFolder = process.env['COLDSLOT_SHARED'] ?? join(root, '..', 'shared');

/** Reason to skip a test that needs the data, or false. */
export const withoutSharedData: string | false = existsSync(join(sharedFolder, 'data'))
  ? false
  : `no test data at ${join(sharedFolder, 'data')}; set COLDSLOT_SHARED`;

export function sharedJson(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(join(sharedFolder, 'data', ...path), 'utf8'));
}

/** The hwmon values recorded with a chip's registers, as numbers (`alarm_mask` is hex); its name left out. */
export function hwmonOf(chip: string): Record<string, number> {
  const { hwmon } = sharedJson('chips', `${chip}.json`) as { readonly hwmon: Record<string, string> };
  const values = Object.entries(hwmon).filter(([name]) => name !== 'name');
  return Object.fromEntries(
    values.map(([name, value]) => [name, Number.parseInt(value, name === 'alarm_mask' ? 16 : 10)]),
  );
}
