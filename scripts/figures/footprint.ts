// Memory, start and idle time of guardian and controller (with the embedded broker), on a board with 200 sensors and
// real agents in all slots. The simulator and the agents do not count: they are not on the chassis controller.
import { setTimeout as pause } from 'node:timers/promises';
import { untilStaffed } from './chassis-calls.ts';
import { figure, type BenchPlace, type Figure, type Measurement } from './figure.ts';
import type { Part } from './part.ts';
import { cpuS, proportionalMiB, residentMiB } from './proc.ts';
import { Rig } from './rig.ts';
import { median } from './statistics.ts';
import { boardWith, withSensors } from './test-boards.ts';

const MOST_MIB = 120;
const MOST_START_MS = 400;
const MOST_CPU_PERCENT = 5;
const SENSORS = 200;
const STARTS = 7;
const SETTLE_MS = 20_000;
const IDLE_MS = 30_000;

export const footprint: Measurement = {
  text: `memory (at most ${MOST_MIB} MiB), first fan command (${MOST_START_MS} ms), idle CPU (${MOST_CPU_PERCENT} %)`,
  run: async (place) => [...(await starts(place)), ...(await sizes(place))],
};

/** From the start of the process until it says that the fans took full speed. */
async function starts(place: BenchPlace): Promise<readonly Figure[]> {
  const rig = new Rig(place);
  const startMs: number[] = [];
  try {
    await rig.startHardware();
    for (let n = 0; n < STARTS; n++) {
      const guardian = await rig.startGuardian();
      startMs.push(performance.now() - guardian.startedMs);
      await guardian.end();
    }
  } finally {
    await rig.end();
  }
  return [
    figure('footprint-start', median(startMs), 'ms', MOST_START_MS),
    figure('footprint-start-max', Math.max(...startMs), 'ms'),
  ];
}

async function sizes(place: BenchPlace): Promise<readonly Figure[]> {
  const rig = new Rig(place, { board: boardWith(place, 'many-sensors', withSensors(SENSORS)), sleds: true });
  try {
    const controller = await rig.startController();
    await rig.startHardware();
    const guardian = await rig.startGuardian();
    const view = await untilStaffed(rig.controlSocket);
    await pause(SETTLE_MS);
    const parts = [guardian, controller];
    const sum = (of: (part: Part) => number) => parts.reduce((total, part) => total + of(part), 0);
    const before = parts.map(({ pid }) => cpuS(pid));
    const beforeMs = performance.now();
    await pause(IDLE_MS);
    const passedS = (performance.now() - beforeMs) / 1000;
    const percent = parts.map(({ pid }, n) => (100 * (cpuS(pid) - (before[n] ?? 0))) / passedS);
    const shares = parts.map(({ pid }) => proportionalMiB(pid) ?? Number.NaN);
    return [
      figure(
        'footprint-memory',
        sum(({ pid }) => residentMiB(pid)),
        'MiB',
        MOST_MIB,
      ),
      ...parts.map(({ name, pid }) => figure(`footprint-memory-${name}`, residentMiB(pid), 'MiB')),
      ...(shares.some(Number.isNaN)
        ? []
        : parts.map(({ name }, n) => figure(`footprint-pss-${name}`, shares[n] ?? 0, 'MiB'))),
      figure(
        'footprint-cpu',
        percent.reduce((total, one) => total + one, 0),
        '%',
        MOST_CPU_PERCENT,
      ),
      ...parts.map(({ name }, n) => figure(`footprint-cpu-${name}`, percent[n] ?? 0, '%')),
      figure('footprint-sensors', view.sensors.length, 'sensors', SENSORS),
    ];
  } finally {
    await rig.end();
  }
}
