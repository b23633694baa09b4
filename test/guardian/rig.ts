// A guardian on a fake chassis in virtual time.
import type { Board } from '../../src/board/schema.ts';
import { VirtualClock } from '../../src/core/virtual-clock.ts';
import type { EventRecord } from '../../src/core/view.ts';
import { Guardian } from '../../src/guardian/guardian.ts';
import { Hardware } from '../../src/guardian/hardware.ts';
import { frameSchema, type Frame, type Intent } from '../../src/protocols/guardian-link.ts';
import { FakeChassis, fakeBoard } from './fake-chassis.ts';

type Prepare = (chassis: FakeChassis, clock: VirtualClock) => void;

export class Rig {
  readonly clock = new VirtualClock(1000);
  readonly chassis = new FakeChassis();
  readonly guardian: Guardian;
  readonly frames: Frame[] = [];
  readonly events: EventRecord[] = [];
  fed = 0;

  /** `prepare`: what the hardware must find when it is opened. */
  constructor(board: Board = fakeBoard(), prepare: Prepare = () => {}) {
    prepare(this.chassis, this.clock);
    this.guardian = new Guardian({
      board,
      hardware: new Hardware(board, this.chassis),
      clock: this.clock,
      deadlineMs: 400,
      feeders: [{ feed: () => void this.fed++ }],
      // what a controller would parse is what is kept
      onFrame: (frame) => void this.frames.push(frameSchema.parse(JSON.parse(JSON.stringify(frame)))),
      onEvent: (record) => void this.events.push(record),
    });
  }

  /** Started, and controlled for so long that the fans have come down to the minimum. */
  static async settled(board?: Board, prepare?: Prepare): Promise<Rig> {
    const rig = new Rig(board, prepare);
    await rig.guardian.fullSpeed(400);
    rig.guardian.start();
    await rig.seconds(120);
    return rig;
  }

  seconds(count: number): Promise<void> {
    return this.clock.advanceAsync(count * 1000);
  }

  get frame(): Frame {
    const frame = this.frames.at(-1);
    if (frame === undefined) throw new Error('no frame yet');
    return frame;
  }

  get mode(): string {
    return this.frame.zones[0]?.mode ?? 'none';
  }

  codes(): string[] {
    return this.events.map(({ code }) => code);
  }

  intent(overrides: Partial<Intent>, client = 1): 'taken' | 'refused' {
    return this.guardian.intent(client, {
      type: 'intent',
      leaseMs: 5000,
      airMoverRatios: {},
      manualRatios: {},
      readings: {},
      ...overrides,
    });
  }
}
