// Regulators and sequencers in PMBus' own formats: LINEAR11, and output voltages as VOUT_MODE of each page says, VID
// codes of the maker's tables included. Pages, quantities and tables as in Linux's drivers ir35221, xdpe12284, pxe1610
// and adm1266.
import type { ChipFailure } from './chip.ts';
import type { PmbusKind, PmbusNumber } from './pmbus.ts';
import { voutModeOf } from './pmbus-format.ts';
import { LINEAR11, railChannels, railIdentity } from './pmbus-rails.ts';
import type { RailQuantity } from './pmbus-rails.ts';
import type { PmbusRegisters } from './pmbus-registers.ts';
import { PMBUS_PAGE } from './pmbus-registers.ts';
import type { VidTable } from './pmbus-vid.ts';
import { vidNumber } from './pmbus-vid.ts';

const VOUT_MODE = 0x20;
const ALL: readonly RailQuantity[] = ['vin', 'vout', 'iin', 'iout', 'pin', 'pout', 'temperature1'];

/** VID tables by the parameter of VOUT_MODE. */
type VidTables = Readonly<Record<number, VidTable>>;

const XDPE122: VidTables = { 1: 'vr12', 2: 'vr13', 3: 'imvp9', 16: 'amd625mv' };
const PXE1610: VidTables = { 1: 'vr12', 2: 'vr13' };

interface LinearRails {
  readonly pages: readonly (readonly RailQuantity[])[];
  readonly vid: VidTables;
  /** Rails from the first one on that has no table for its VOUT_MODE are not there. */
  readonly fewerPages?: true;
}

export const linearRailKinds: Readonly<Record<string, PmbusKind>> = {
  ir35221: kind({ pages: [ALL, ALL], vid: {} }),
  xdpe11280: kind({ pages: [ALL, ALL], vid: XDPE122 }),
  xdpe12254: kind({ pages: [ALL, ALL], vid: XDPE122 }),
  xdpe12284: kind({ pages: [ALL, ALL], vid: XDPE122 }),
  pxe1110: kind({ pages: [ALL, ALL, ALL], vid: PXE1610, fewerPages: true }),
  pxe1610: kind({ pages: [ALL, ALL, ALL], vid: PXE1610, fewerPages: true }),
  pxm1310: kind({ pages: [ALL, ALL, ALL], vid: PXE1610, fewerPages: true }),
  // Seventeen supplies, of which it measures only the voltage.
  adm1266: kind({ pages: Array.from({ length: 17 }, () => ['vout'] as const), vid: {} }),
};

function kind(rails: LinearRails): PmbusKind {
  const channels = railChannels(rails.pages);
  return {
    channels,
    identify: (device) =>
      device.onPage(null, async () => {
        const vouts: PmbusNumber[] = [];
        for (let page = 0; page < rails.pages.length; page++) {
          const vout = await voutNumber(device, page, rails.vid);
          if (vout.kind === 'failed') return vout;
          if (vout.kind === 'unknown' && (page === 0 || rails.fewerPages !== true)) return vout.failure;
          if (vout.kind === 'unknown') break;
          vouts.push(vout.number);
        }
        return railIdentity(
          channels,
          (quantity, page) => (quantity === 'vout' ? (vouts[page] ?? LINEAR11) : LINEAR11),
          {
            pages: vouts.length,
          },
        );
      }),
  };
}

type VoutAnswer =
  | { readonly kind: 'ok'; readonly number: PmbusNumber }
  | { readonly kind: 'unknown'; readonly failure: ChipFailure }
  | ChipFailure;

async function voutNumber(device: PmbusRegisters, page: number, tables: VidTables): Promise<VoutAnswer> {
  const selected = await device.writeByte(PMBUS_PAGE, page);
  if (selected.kind === 'failed') return selected;
  const register = await device.readByte(VOUT_MODE);
  if (register.kind === 'failed') return register;
  const mode = voutModeOf(register.value);
  if (mode.kind === 'linear' || mode.kind === 'half') return { kind: 'ok', number: { kind: 'vout', mode } };
  const table = mode.kind === 'vid' ? tables[mode.code] : undefined;
  if (table !== undefined) return { kind: 'ok', number: vidNumber(table) };
  const what = `0x${register.value.toString(16)} on page ${page} is no format that is known of it`;
  return { kind: 'unknown', failure: device.chip.failure('fault', VOUT_MODE, what) };
}
