// The faults of a drill, each with the cause that ought to be named.
import type { Board } from '../../src/board/schema.ts';
import type { DriftCause } from '../../src/thermal/drift-cause.ts';
import type { Drill } from './drift-drill.ts';

export interface DrillFault {
  readonly name: string;
  readonly cause: (board: Board) => DriftCause;
  readonly begin: (drill: Drill) => void;
  readonly end: (drill: Drill) => void;
}

/** Positions of the slots and of the mover that are drilled. */
const SLOT = 2;
const OTHER = 4;
const MOVER = 1;

const slotAt = (drill: Drill, index: number) => drill.board.slots[index]!;
const fanAt = (drill: Drill) => drill.board.airMovers[MOVER]!.id;
const healthy = (drill: Drill) => drill.disturb(undefined, null);

export const DRILL_FAULTS: readonly DrillFault[] = [
  {
    name: 'slot blocked to 60 %',
    cause: () => ({ kind: 'slot-blocked', slot: SLOT }),
    begin: (drill) => drill.block(slotAt(drill, SLOT).number, 0.6),
    end: (drill) => drill.block(slotAt(drill, SLOT).number, 1),
  },
  {
    name: 'fan that brings half its air at the right speed',
    cause: () => ({ kind: 'fan-weak', mover: MOVER }),
    begin: (drill) => drill.weakFan(fanAt(drill), 0.5),
    end: (drill) => drill.weakFan(fanAt(drill), 1),
  },
  {
    name: 'fan that turns at 60 %',
    cause: () => ({ kind: 'fan-weak', mover: MOVER }),
    begin: (drill) => drill.slowFan(fanAt(drill), 0.6),
    end: (drill) => drill.slowFan(fanAt(drill), 1),
  },
  {
    name: 'dirty filter',
    cause: () => ({ kind: 'filter' }),
    begin: (drill) => drill.foul(1.5),
    end: (drill) => drill.foul(0),
  },
  {
    name: 'slot temperature 5 K too high',
    cause: () => ({ kind: 'sensor', sensor: { of: 'temperature', slot: SLOT }, fault: 'offset' }),
    begin: (drill) => drill.disturb(slotAt(drill, SLOT).sensors.temperature, (shown) => shown + 5),
    end: healthy,
  },
  {
    name: 'slot temperature stuck',
    cause: () => ({ kind: 'sensor', sensor: { of: 'temperature', slot: OTHER }, fault: 'stuck' }),
    begin: (drill) => drill.stick(slotAt(drill, OTHER).sensors.temperature),
    end: healthy,
  },
  {
    name: 'slot temperature that jitters by 2 K',
    cause: () => ({ kind: 'sensor', sensor: { of: 'temperature', slot: SLOT }, fault: 'noisy' }),
    begin: (drill) => drill.jitter(slotAt(drill, SLOT).sensors.temperature, 2),
    end: healthy,
  },
  {
    name: 'inlet 3 K too low',
    cause: () => ({ kind: 'sensor', sensor: { of: 'inlet', slot: OTHER }, fault: 'offset' }),
    begin: (drill) => drill.disturb(slotAt(drill, OTHER).sensors.inlet, (shown) => shown - 3),
    end: healthy,
  },
  {
    name: 'ambient 3 K too high',
    cause: () => ({ kind: 'sensor', sensor: { of: 'ambient' }, fault: 'offset' }),
    begin: (drill) => drill.disturb(drill.board.ambientSensor, (shown) => shown + 3),
    end: healthy,
  },
];
