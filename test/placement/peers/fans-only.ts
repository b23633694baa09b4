// What every other chassis controller does: the air movers carry the heat away, the work stays where it is.
import type { Peer } from './peer.ts';

export function fansOnly(): Peer {
  return {
    name: 'fans only',
    source: 'openbmc/phosphor-pid-control README.md: fans follow the sensors, nothing is moved',
    decide: () => [],
  };
}
