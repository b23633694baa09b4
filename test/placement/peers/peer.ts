// What the published rules of other planners are run against: readings as they would have them, and moves one at a time
// or several at once. A rule sees what its authors let it see, never coldslot's model.
import type { PlanInstance } from '../../../src/core/plan.ts';

/** One look at the chassis. `instance` has every workload in the slot it is in now, with its present power. */
export interface PeerView {
  readonly instance: PlanInstance;
  /** By slot index, °C; the outlet is the inlet plus what the sled's power adds to the air that passes. */
  readonly inletC: readonly number[];
  readonly temperatureC: readonly number[];
  readonly outletC: readonly number[];
}

export interface PeerMove {
  readonly workload: string;
  /** Slot id. */
  readonly to: string;
}

export interface Peer {
  readonly name: string;
  /** Where the rule was published. */
  readonly source: string;
  /** The moves of one audit, to be made in this order; none when the rule is content. Capacities and rules hold. */
  decide(view: PeerView): readonly PeerMove[];
}
