// PMBus devices by name: those with tables of their own, and plain ones that write LINEAR11 and LINEAR16.
import { adm127xKinds } from './adm127x.ts';
import { ina233Kinds } from './ina233.ts';
import { linearRailKinds } from './linear-rails.ts';
import { lm25066Kinds } from './lm25066.ts';
import { ltc4287Kinds } from './ltc4287.ts';
import { max34451Kinds } from './max34451.ts';
import { mp5023Kinds } from './mp5023.ts';
import { mp5926Kinds } from './mp5926.ts';
import { mpsRegulatorKinds } from './mps-regulators.ts';
import { mpsVidRegulatorKinds } from './mps-vid-regulators.ts';
import { pli1209bcKinds } from './pli1209bc.ts';
import type { PmbusKind } from './pmbus.ts';
import { probedPmbus } from './pmbus-probe.ts';
import { renesasDmpvrKinds } from './renesas-dmpvr.ts';
import { tps25990Kinds } from './tps25990.ts';
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
  ...linearRailKinds,
  ...lm25066Kinds,
  ...ltc4287Kinds,
  ...max34451Kinds,
  ...mp5023Kinds,
  ...mp5926Kinds,
  ...mpsRegulatorKinds,
  ...mpsVidRegulatorKinds,
  ...pli1209bcKinds,
  ...renesasDmpvrKinds,
  ...tps25990Kinds,
  ...xdp710Kinds,
};
