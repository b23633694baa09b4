// Output voltages written as VID codes: the tables of processor makers for their regulators, V by code. Intel VR12,
// VR12.5 (VR13) and IMVP9: a code of 0 is off, the others count from the lowest voltage in steps of 5 or 10 mV. AMD:
// down from 1.55 V in steps of 6.25 mV. As in Linux's pmbus_core.
import type { PmbusNumber } from './pmbus.ts';

export type VidTable = 'vr12' | 'vr13' | 'imvp9' | 'amd625mv';

const UPWARDS: Readonly<Record<Exclude<VidTable, 'amd625mv'>, { readonly lowestV: number; readonly stepV: number }>> = {
  vr12: { lowestV: 0.25, stepV: 0.005 },
  vr13: { lowestV: 0.5, stepV: 0.01 },
  imvp9: { lowestV: 0.2, stepV: 0.01 },
};
const AMD_HIGHEST_V = 1.55;
const AMD_STEP_V = 0.00625;
/** 200 mV; above it the output is off. */
const AMD_LAST_CODE = 0xd8;

export function vidValue(code: number, table: VidTable): number {
  if (table === 'amd625mv') return code > AMD_LAST_CODE ? 0 : AMD_HIGHEST_V - code * AMD_STEP_V;
  const { lowestV, stepV } = UPWARDS[table];
  return code === 0 ? 0 : lowestV + (code - 1) * stepV;
}

export function vidNumber(table: VidTable): PmbusNumber {
  return { kind: 'own', valueOf: (raw) => vidValue(raw, table) };
}
