// PMBus devices whose pages and readings are known beforehand. Their channels are numbered and labelled as Linux's
// pmbus_core does it: by quantity, then by page; a label has the page's number from 1 where more than page 0 has the
// quantity, and always on the output side.
import type { ChannelInfo, ChipUnit } from './chip.ts';
import { PMBUS_READ } from './pmbus.ts';
import type { PmbusIdentity, PmbusNumber, PmbusSensor } from './pmbus.ts';

interface QuantityFacts {
  readonly prefix: 'in' | 'curr' | 'power' | 'temp';
  readonly unit: ChipUnit;
  readonly command: number;
  /** An output: always labelled by page. */
  readonly output?: true;
}

/** In the order of the numbers. `vmon` is a voltage that the maker adds, with a command of his own. */
const QUANTITIES = {
  vin: { prefix: 'in', unit: 'V', command: PMBUS_READ.vin },
  vmon: { prefix: 'in', unit: 'V', command: 0 },
  vout: { prefix: 'in', unit: 'V', command: PMBUS_READ.vout, output: true },
  iin: { prefix: 'curr', unit: 'A', command: PMBUS_READ.iin },
  iout: { prefix: 'curr', unit: 'A', command: PMBUS_READ.iout, output: true },
  pin: { prefix: 'power', unit: 'W', command: PMBUS_READ.pin },
  pout: { prefix: 'power', unit: 'W', command: PMBUS_READ.pout, output: true },
  temperature1: { prefix: 'temp', unit: 'C', command: PMBUS_READ.temperature1 },
  temperature2: { prefix: 'temp', unit: 'C', command: PMBUS_READ.temperature1 + 1 },
  temperature3: { prefix: 'temp', unit: 'C', command: PMBUS_READ.temperature1 + 2 },
} as const satisfies Readonly<Record<string, QuantityFacts>>;

export type RailQuantity = keyof typeof QUANTITIES;

export interface RailChannel extends ChannelInfo {
  readonly quantity: RailQuantity;
  readonly page: number;
}

/** `pages`: the quantities of each page, from page 0 on. */
export function railChannels(pages: readonly (readonly RailQuantity[])[]): readonly RailChannel[] {
  const channels: RailChannel[] = [];
  const numbers = new Map<string, number>();
  for (const [quantity, facts] of Object.entries(QUANTITIES) as [RailQuantity, QuantityFacts][]) {
    const having = pages.flatMap((quantities, page) => (quantities.includes(quantity) ? [page] : []));
    for (const page of having) {
      const number = (numbers.get(facts.prefix) ?? 0) + 1;
      numbers.set(facts.prefix, number);
      const common = { channel: `${facts.prefix}${number}`, unit: facts.unit, quantity, page };
      const byPage = facts.output === true || having.some((other) => other > 0);
      const label = byPage ? `${quantity}${page + 1}` : quantity;
      channels.push(facts.prefix === 'temp' ? common : { ...common, label });
    }
  }
  return channels;
}

/** How a device writes the quantity of a page. */
export type RailNumbers = (quantity: RailQuantity, page: number) => PmbusNumber;

export interface RailOptions {
  /** Where the maker has a quantity at another command. */
  readonly commands?: Partial<Readonly<Record<RailQuantity, number>>>;
  /** More that is true of each reading of a quantity. */
  readonly also?: (quantity: RailQuantity) => Pick<PmbusSensor, 'needsPowerGood' | 'zeroBits'>;
  /** Pages of the device, where not all are there or not all have readings. */
  readonly pages?: number;
}

export function railIdentity(
  channels: readonly RailChannel[],
  numbers: RailNumbers,
  { commands = {}, also = () => ({}), pages = 1 + Math.max(...channels.map(({ page }) => page)) }: RailOptions = {},
): PmbusIdentity {
  const sensors = channels
    .filter(({ page }) => page < pages)
    .map((channel): PmbusSensor => ({
      ...channel,
      ...also(channel.quantity),
      command: commands[channel.quantity] ?? QUANTITIES[channel.quantity].command,
      number: numbers(channel.quantity, channel.page),
    }));
  return { kind: 'ok', pages, sensors };
}

export const LINEAR11: PmbusNumber = { kind: 'linear11' };

/** An unsigned number in the low bits of the word. */
export function lowBits(bits: number, valuePerBit: number): PmbusNumber {
  return { kind: 'own', valueOf: (raw) => (raw & (2 ** bits - 1)) * valuePerBit };
}
