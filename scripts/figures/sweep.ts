// What a sweep costs beside the time that its bits take on the wire. Buses run side by side, so the busiest one is the
// reference. The guardian's own code sweeps simulated hardware of another process, that models the wire at 400 kHz.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chipCatalogue } from '../../src/board/chip-catalogue.ts';
import { mapFolders, mapsOf } from '../../src/board/modbus/map-folder.ts';
import { loadBoard } from '../../src/board/load.ts';
import { openBuses } from '../../src/buses/open.ts';
import { knownChips } from '../../src/chips/registry.ts';
import { realClock } from '../../src/core/clock.ts';
import { Hardware } from '../../src/guardian/hardware.ts';
import { Senses } from '../../src/guardian/senses.ts';
import { figure, type BenchPlace, type Figure, type Measurement } from './figure.ts';
import { framesFor } from './frames.ts';
import type { Part } from './part.ts';
import { Rig } from './rig.ts';
import { median } from './statistics.ts';
import { boardWith, tickingEvery } from './test-boards.ts';

const MOST = 1.3;
const WARM_UP = 30;
const SWEEPS = 200;
const PAUSE_MS = 10;
const DEADLINE_MS = 1000;
const TICK_MS = 100;
const TICKS = 100;

type BusMs = Readonly<Record<string, number>>;

export const sweep: Measurement = {
  text: `a sweep of sim-8 beside its time on the wire; wanted: ratio of sweep at most ${MOST}`,
  run: async (place) => {
    const rig = new Rig(place, { board: boardWith(place, 'ticking', tickingEvery(TICK_MS)) });
    try {
      const hardware = await rig.startHardware();
      const { sweepMs, wires } = await sweepAlone(place, rig.busSocket, hardware);
      const buses = Object.keys(wires[0] ?? {});
      const wireMs = new Map(buses.map((bus) => [bus, median(wires.map((wire) => wire[bus] ?? 0))]));
      const busiestMs = Math.max(...wireMs.values());
      return [
        figure('sweep', median(sweepMs), 'ms', busiestMs),
        ...(await sweepOfGuardian(rig, busiestMs)),
        ...[...wireMs].map(([bus, ms]) => figure(`sweep-wire-${bus}`, ms, 'ms')),
      ];
    } finally {
      await rig.end();
    }
  },
};

async function sweepAlone(
  place: BenchPlace,
  socket: string,
  simulator: Part,
): Promise<{ readonly sweepMs: readonly number[]; readonly wires: readonly BusMs[] }> {
  const file = join(place.root, 'boards/sim-8.json');
  const board = loadBoard(file, chipCatalogue(knownChips()));
  const clock = realClock();
  const nowMs = () => clock.nowMs();
  const buses = await openBuses(board, { simSocket: socket, nowMs });
  const hardware = new Hardware(board, buses, { modbus: { maps: mapsOf(file, board, mapFolders(file)), nowMs } });
  const senses = new Senses(board, hardware, clock, () => {});
  const sweepMs: number[] = [];
  const wires: BusMs[] = [];
  try {
    for (let n = 0; n < WARM_UP + SWEEPS; n++) {
      const before = await wireS(simulator);
      const look = await senses.look(DEADLINE_MS, {});
      const after = await wireS(simulator);
      if (n >= WARM_UP) {
        sweepMs.push(look.sweepMs);
        wires.push(Object.fromEntries(Object.entries(after).map(([bus, s]) => [bus, (s - (before[bus] ?? 0)) * 1000])));
      }
      await pause(PAUSE_MS);
    }
  } finally {
    buses.close();
  }
  return { sweepMs, wires };
}

/** A running guardian, as it says itself: it wakes up cold for each tick. */
async function sweepOfGuardian(rig: Rig, busiestMs: number): Promise<readonly Figure[]> {
  await rig.startGuardian();
  const frames = (await framesFor(rig.guardianSocket, TICK_MS * (TICKS + WARM_UP))).slice(WARM_UP);
  return [figure('sweep-guardian', median(frames.map((frame) => frame.sweepMs)), 'ms', busiestMs)];
}

async function wireS(hardware: Part): Promise<Readonly<Record<string, number>>> {
  const line = await hardware.ask({ tell: 'wire' }, ({ type }) => type === 'wire');
  return line['busS'] as Readonly<Record<string, number>>;
}
