// Who decides where work runs during a day. All of them see the same frames, have the same cooling loop under them and
// the same way to move work.
import type { Frame, Intent } from '../../../src/protocols/guardian-link.ts';

export interface Mind {
  readonly name: string;
  /** A frame came; what is wanted of the fans, or null. Moves are started by itself. */
  take(frame: Frame): Promise<Intent | null>;
}

/** As the controller's own. */
export const MOVES_AT_ONCE = 2;
