// What every reading should be, from the plant's truth: a value must be what was true within its tolerance at the time it
// was taken. Written from the board's wiring, not from the simulator's probes.
import type { PlantTruth } from '../../../hwsim/contract.ts';
import type { Board, BoardDevice } from '../../../src/board/schema.ts';
import type { Frame } from '../../../src/protocols/guardian-link.ts';
import { unitOf, type SensorUnit } from '../../../src/sensing/sensor.ts';

/** A reading is taken at the start of its sweep or a little later; sleds come and go in between. */
const BEFORE_MS = 250;
const AFTER_MS = 700;
const KEPT_MS = 10_000;

/** The closeness is a part of the greater of two values, the tolerance of the smaller: that of the truth. */
const ofSmaller = (share: number): number => share / (1 - share);

/**
 * Noise of the simulated sensors at 5 σ and their fixed error at 4 σ (sensor-noise.ts), the converters' resolution, and
 * what a flipped bit may add unnoticed: the closeness of src/sensing/agreement.ts.
 */
const TOLERANCE: Readonly<Record<SensorUnit, { readonly absolute: number; readonly relative: number }>> = {
  C: { absolute: 5 * 0.12 + 4 * 0.3 + 0.5 + 1, relative: 0 },
  V: { absolute: 5 * 0.004 + 0.01 + 0.05, relative: 4 * 0.001 + ofSmaller(0.02) },
  A: { absolute: 5 * 0.01 + 0.02 + 0.1, relative: 5 * 0.002 + 4 * 0.003 + ofSmaller(0.05) },
  W: { absolute: 5 * 0.15 + 1 + 2, relative: 5 * 0.003 + 4 * 0.0035 + ofSmaller(0.05) },
  rpm: { absolute: 5 * 4 + 50, relative: 5 * 0.002 + ofSmaller(0.05) + 0.03 },
};

interface Snapshot {
  readonly atMs: number;
  readonly truth: PlantTruth;
}

export class Oracle {
  readonly #board: Board;
  readonly #devices: ReadonlyMap<string, { readonly device: BoardDevice; readonly channel: string }>;
  #history: Snapshot[] = [];
  /** Devices in whose place another chip sits. */
  readonly swapped = new Set<string>();
  checked = 0;

  constructor(board: Board) {
    this.#board = board;
    this.#devices = new Map(
      board.devices.flatMap((device) => device.channels.map(({ sensor, channel }) => [sensor, { device, channel }])),
    );
  }

  note(atMs: number, truth: PlantTruth): void {
    this.#history.push({ atMs, truth });
    while ((this.#history[0]?.atMs ?? atMs) < atMs - KEPT_MS) this.#history.shift();
  }

  /** What of the frame is given as good and is not. */
  wrongs(frame: Frame): string[] {
    const wrong: string[] = [];
    for (const [name, { reading }] of Object.entries(frame.sensors)) {
      const place = this.#devices.get(name);
      if (reading.kind !== 'value' || place === undefined) continue;
      this.checked++;
      if (this.swapped.has(place.device.id)) wrong.push(`${name} is ${reading.value}, of a chip that is not there`);
      else this.#judge(name, place.device, place.channel, reading.value, reading.atMs, frame.atMs, wrong);
    }
    for (const { id, rpm } of frame.fans) {
      rpm.forEach((reading, rotor) => {
        if (reading.kind !== 'value') return;
        this.checked++;
        const truths = this.#between(reading.atMs, frame.atMs).map(({ truth }) => truth.fans.get(id)?.rpm[rotor] ?? 0);
        this.#compare(`${id}.${rotor}`, 'rpm', reading.value, truths, wrong);
      });
    }
    return wrong;
  }

  #judge(
    name: string,
    device: BoardDevice,
    channel: string,
    value: number,
    atMs: number,
    nowMs: number,
    wrong: string[],
  ): void {
    const truths = this.#between(atMs, nowMs).flatMap(({ truth }) => this.#truth(name, device, channel, truth) ?? []);
    this.#compare(name, unitOf(channel), value, truths, wrong);
  }

  #compare(name: string, unit: SensorUnit, value: number, truths: readonly number[], wrong: string[]): void {
    const { absolute, relative } = TOLERANCE[unit];
    if (truths.some((truth) => Math.abs(value - truth) <= absolute + relative * Math.abs(truth))) return;
    const said = truths.length === 0 ? 'nothing was there' : `it was ${truths.at(-1)?.toFixed(2)}`;
    wrong.push(`${name} is ${value.toFixed(2)} ${unit}, ${said}`);
  }

  #between(atMs: number, nowMs: number): readonly Snapshot[] {
    const untilMs = Math.min(nowMs, atMs + AFTER_MS) + 100;
    return this.#history.filter((snapshot) => snapshot.atMs >= atMs - BEFORE_MS && snapshot.atMs <= untilMs);
  }

  /** Null while its sled is not there or has no power. */
  #truth(name: string, device: BoardDevice, channel: string, truth: PlantTruth): number | null {
    const carrier = device.slot === undefined ? undefined : truth.slots.get(device.slot);
    if (device.slot !== undefined && (carrier?.present !== true || !carrier.powered)) return null;
    if (channel.startsWith('temp')) return this.#temperature(name, device, truth);
    const owner = device.slot ?? this.#ownerOf(device);
    const slot = owner === null ? undefined : truth.slots.get(owner);
    const volts = owner === null ? 12 : (slot?.supplyV ?? 0);
    const watts = owner === null ? chassisW(truth) : (slot?.powerW ?? 0);
    switch (unitOf(channel)) {
      case 'V':
        return volts;
      case 'A':
        return volts < 1 ? 0 : watts / volts;
      default:
        return watts;
    }
  }

  #temperature(name: string, device: BoardDevice, truth: PlantTruth): number {
    const served = this.#board.slots.filter(({ sensors }) => sensors.temperature === name);
    if (served.length > 0) {
      const cpus = served.flatMap(({ number }) => {
        const slot = truth.slots.get(number);
        return slot?.present === true ? [slot.cpuC] : [];
      });
      return cpus.length === 0 ? truth.ambientC : Math.max(...cpus);
    }
    for (const { number, sensors } of this.#board.slots) {
      if (sensors.inlet === name) return truth.slots.get(number)?.inletC ?? truth.ambientC;
      if (sensors.memory === name) return truth.slots.get(number)?.memoryC ?? truth.ambientC;
    }
    return (device.slot === undefined ? undefined : truth.slots.get(device.slot)?.outletC) ?? truth.ambientC;
  }

  #ownerOf(device: BoardDevice): number | null {
    const names = new Set(device.channels.map(({ sensor }) => sensor));
    const owner = this.#board.slots.find(({ sensors }) =>
      Object.values(sensors).some((name) => name !== undefined && names.has(name)),
    );
    return owner?.number ?? null;
  }
}

function chassisW(truth: PlantTruth): number {
  let sum = 0;
  for (const { powerW } of truth.slots.values()) sum += powerW;
  for (const { powerW } of truth.fans.values()) sum += powerW;
  return sum;
}
