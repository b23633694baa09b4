// PMBus devices by name: those with tables of their own, and plain ones that write LINEAR11 and LINEAR16.
import { adm127xKinds } from './adm127x.ts';
import { ina233Kinds } from './ina233.ts';
import { ltc4287Kinds } from './ltc4287.ts';
import { mp5023Kinds } from './mp5023.ts';
import type { PmbusKind } from './pmbus.ts';
import { probedPmbus } from './pmbus-probe.ts';
import { xdp710Kinds } from './xdp710.ts';

/** Pages as in Linux's drivers of these parts. */
const ONE_PAGE = probedPmbus(1);
const TWO_PAGES = probedPmbus(2);

export const pmbusKinds: Readonly<Record<string, PmbusKind>> = {
  pmbus: probedPmbus(),
  ir38263: ONE_PAGE,
  tda38640: ONE_PAGE,
  xdpe152c4: TWO_PAGES,
  ...adm127xKinds,
  ...ina233Kinds,
  ...ltc4287Kinds,
  ...mp5023Kinds,
  ...xdp710Kinds,
};
