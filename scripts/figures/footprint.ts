// Memory, start and idle time of guardian and controller (with the embedded broker), with real agents in all slots: memory
// on sim-8 as it comes, CPU with 200 sensors. The simulator and the agents do not count: they are not on the chassis controller.
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
const LOOK_MS = 1000;

export const footprint: Measurement = {
  text: `memory (at most ${MOST_MIB} MiB), first fan command (${MOST_START_MS} ms), idle CPU (${MOST_CPU_PERCENT} %)`,
  run: async (place) => [...(await starts(place)), ...(await memory(place)), ...(await load(place))],
};

/** From the start of the process until it says that the fans took full speed; with a start-up snapshot in turn. */
async function starts(place: BenchPlace): Promise<readonly Figure[]> {
  const rig = new Rig(place);
  const plain = new Starts();
  const snapshot = new Starts();
  try {
    await rig.startHardware();
    await (await rig.startGuardianFromSnapshot()).end(); // makes it
    for (let n = 0; n < STARTS; n++) {
      await plain.add(() => rig.startGuardian());
      await snapshot.add(() => rig.startGuardianFromSnapshot());
    }
  } finally {
    await rig.end();
  }
  return [
    figure('footprint-start', median(plain.startMs), 'ms', MOST_START_MS),
    figure('footprint-start-max', Math.max(...plain.startMs), 'ms'),
    figure('footprint-start-snapshot', median(snapshot.startMs), 'ms', median(plain.startMs)),
    figure('footprint-start-snapshot-memory', median(snapshot.residentMiB), 'MiB', median(plain.residentMiB)),
  ];
}

class Starts {
  readonly startMs: number[] = [];
  readonly residentMiB: number[] = [];

  async add(start: () => Promise<Part>): Promise<void> {
    const guardian = await start();
    this.startMs.push(performance.now() - guardian.startedMs);
    await pause(LOOK_MS);
    this.residentMiB.push(residentMiB(guardian.pid));
    await guardian.end();
  }
}

async function memory(place: BenchPlace): Promise<readonly Figure[]> {
  const usual = await idle(new Rig(place, { sleds: true }));
  const total = usual.parts.reduce((sum, part) => sum + part.residentMiB, 0);
  return [
    figure('footprint-memory', total, 'MiB', MOST_MIB),
    ...usual.parts.map((part) => figure(`footprint-memory-${part.name}`, part.residentMiB, 'MiB')),
    ...usual.parts.flatMap(({ name, proportional }) =>
      proportional === null ? [] : [figure(`footprint-pss-${name}`, proportional, 'MiB')],
    ),
  ];
}

async function load(place: BenchPlace): Promise<readonly Figure[]> {
  const busy = await idle(
    new Rig(place, { board: boardWith(place, 'many-sensors', withSensors(SENSORS)), sleds: true }),
  );
  const total = (of: (part: IdlePart) => number) => busy.parts.reduce((sum, part) => sum + of(part), 0);
  return [
    figure(
      'footprint-cpu',
      total((part) => part.cpuPercent),
      '%',
      MOST_CPU_PERCENT,
    ),
    ...busy.parts.map((part) => figure(`footprint-cpu-${part.name}`, part.cpuPercent, '%')),
    figure('footprint-sensors', busy.sensors, 'sensors', SENSORS),
    figure(
      'footprint-memory-with-sensors',
      total((part) => part.residentMiB),
      'MiB',
    ),
  ];
}

interface IdlePart {
  readonly name: string;
  /** Median over the idle time. */
  readonly residentMiB: number;
  readonly proportional: number | null;
  readonly cpuPercent: number;
}

/** The chassis with nothing to do, for a while. */
async function idle(rig: Rig): Promise<{ readonly parts: readonly IdlePart[]; readonly sensors: number }> {
  try {
    const controller = await rig.startController();
    await rig.startHardware();
    const guardian = await rig.startGuardian();
    const view = await untilStaffed(rig.controlSocket);
    await pause(SETTLE_MS);
    const processes = [guardian, controller];
    const before = processes.map(({ pid }) => cpuS(pid));
    const beforeMs = performance.now();
    const resident = processes.map((): number[] => []);
    while (performance.now() - beforeMs < IDLE_MS) {
      await pause(LOOK_MS);
      processes.forEach(({ pid }, n) => resident[n]?.push(residentMiB(pid)));
    }
    const passedS = (performance.now() - beforeMs) / 1000;
    const parts = processes.map(({ name, pid }, n) => ({
      name,
      residentMiB: median(resident[n] ?? []),
      proportional: proportionalMiB(pid),
      cpuPercent: (100 * (cpuS(pid) - (before[n] ?? 0))) / passedS,
    }));
    return { parts, sensors: view.sensors.length };
  } finally {
    await rig.end();
  }
}
