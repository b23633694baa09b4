// What each sensor channel of a board sees: which quantity of the plant's truth, through which noise, stuck or not.
// A sensor that a slot names shows that slot's node; the others go by their channel's kind and by what carries them.
import type { BoardDevice, BoardFile } from './board-file.ts';
import type { Probe } from './chips/chip-model.ts';
import type { PlantTruth, SlotTruth } from './contract.ts';
import type { FaultSwitches } from './faults/fault-switches.ts';
import type { SensorKind, SensorNoise } from './plant/sensor-noise.ts';

/** Supply of chassis parts that belong to no slot and whose rail the board gives no limits of, V. */
const CHASSIS_SUPPLY_V = 12;
/** What a chassis rail with a current limit carries of it: its load is steady, and nothing the plant knows of. */
const RAIL_LOAD_SHARE = 0.3;

type Quantity = (truth: PlantTruth) => number;

export class ProbeBench {
  readonly #board: BoardFile;
  readonly #truth: () => PlantTruth;
  readonly #noise: SensorNoise;
  readonly #faults: FaultSwitches;

  constructor(board: BoardFile, truth: () => PlantTruth, noise: SensorNoise, faults: FaultSwitches) {
    this.#board = board;
    this.#truth = truth;
    this.#noise = noise;
    this.#faults = faults;
  }

  /** Channel `temp2` of a chip; without a sensor on it: `fallback`, or nothing there at all. */
  temperature(device: BoardDevice, channel: string, fallback: 'ambient' | 'none'): Probe | null {
    const sensor = sensorAt(device, channel);
    if (sensor === null && fallback === 'none') return null;
    const quantity = this.#temperatureOf(device, sensor);
    return this.#through(sensor ?? `${device.id}.${channel}`, 'temperature', sensor === null ? [] : [sensor], quantity);
  }

  /** Voltage at a power monitor's bus pin; it stands still with the monitor's power sensor, too. */
  busVoltage(device: BoardDevice): Probe {
    const slot = this.slotOf(device);
    const railV = railVolts(device);
    const quantity: Quantity = (truth) => (slot === null ? railV : supplyOf(truth.slots.get(slot)));
    return this.#through(`${device.id}.V`, 'voltage', sensorsAt(device, /^(?:in1|power1)$/), quantity);
  }

  /** Current through a power monitor's shunt. */
  current(device: BoardDevice): Probe {
    const quantity = this.#currentThrough(device);
    return this.#through(`${device.id}.A`, 'current', sensorsAt(device, /^(?:in0|curr1|power1)$/), quantity);
  }

  /** Tachometer input 1.. of a fan controller; null when no rotor is wired to it. */
  rotor(device: BoardDevice, channel: number): Probe | null {
    for (const mover of this.#board.airMovers) {
      const index = mover.tachometers.findIndex((tach) => tach.device === device.id && tach.channel === channel);
      if (index < 0) continue;
      const quantity: Quantity = (truth) => truth.fans.get(mover.id)?.rpm[index] ?? 0;
      const names = [`${mover.id}.${index}`, ...sensorsAt(device, new RegExp(`^fan${channel}$`))];
      return this.#through(`${mover.id}.${index}`, 'speed', names, quantity);
    }
    return null;
  }

  /** What a device of its own accord measures, seen through the sensor that the board has on that channel, if any. */
  measured(device: BoardDevice, channel: string | undefined, stream: string, kind: SensorKind, read: Probe): Probe {
    const sensors = device.channels.filter((entry) => entry.channel === channel).map((entry) => entry.sensor);
    return this.#through(`${device.id}.${stream}`, kind, sensors, read);
  }

  /** The slot a device serves: the one that carries it, or whose power or temperature it measures. */
  slotOf(device: BoardDevice): number | null {
    if (device.slot !== undefined) return device.slot;
    const sensors = new Set(device.channels.map((channel) => channel.sensor));
    const owner = this.#board.slots.find((slot) =>
      Object.values(slot.sensors).some((sensor) => sensor !== undefined && sensors.has(sensor)),
    );
    return owner?.number ?? null;
  }

  #currentThrough(device: BoardDevice): Quantity {
    const slot = this.slotOf(device);
    if (slot !== null) return (truth) => currentOf(truth.slots.get(slot));
    const railV = railVolts(device);
    const fans = this.#fansBehind(device);
    if (fans.length > 0)
      return (truth) => fans.reduce((sum, fan) => sum + (truth.fans.get(fan)?.powerW ?? 0), 0) / railV;
    const limitA = limitsOf(device, 'curr1')?.criticalHigh;
    return limitA === undefined ? (truth) => chassisPowerW(truth) / railV : () => limitA * RAIL_LOAD_SHARE;
  }

  /** Fans whose power this device measures. */
  #fansBehind(device: BoardDevice): string[] {
    const sensors = new Set(device.channels.map(({ sensor }) => sensor));
    return this.#board.airMovers.flatMap(({ id, powerSensor }) =>
      powerSensor !== undefined && sensors.has(powerSensor) ? [id] : [],
    );
  }

  #temperatureOf(device: BoardDevice, sensor: string | null): Quantity {
    const shared = this.#board.slots.filter(({ sensors }) => sensors.temperature === sensor);
    if (sensor !== null && shared.length > 0) return (truth) => hottestC(truth, shared);
    for (const { number, sensors } of sensor === null ? [] : this.#board.slots) {
      if (sensors.inlet === sensor) return (truth) => truth.slots.get(number)?.inletC ?? truth.ambientC;
      if (sensors.memory === sensor) return (truth) => truth.slots.get(number)?.memoryC ?? truth.ambientC;
    }
    const { slot } = device;
    return (truth) => (slot === undefined ? undefined : truth.slots.get(slot)?.outletC) ?? truth.ambientC;
  }

  /** A stuck sensor shows its last value, or the value of the moment it was first asked. */
  #through(stream: string, kind: SensorKind, sensors: readonly string[], quantity: Quantity): Probe {
    let last: number | null = null;
    return () => {
      if (last !== null && sensors.some((sensor) => this.#faults.isStuck(sensor))) return last;
      const truth = quantity(this.#truth());
      last = truth === 0 && kind !== 'temperature' ? 0 : this.#noise.read(stream, kind, truth);
      return last;
    };
  }
}

function limitsOf(device: BoardDevice, channel: string) {
  return device.channels.find((entry) => entry.channel === channel)?.limits;
}

/** In the middle of what the board allows for the rail. */
function railVolts(device: BoardDevice): number {
  const limits = limitsOf(device, 'in1');
  if (limits?.criticalHigh === undefined || limits.criticalLow === undefined) return CHASSIS_SUPPLY_V;
  return (limits.criticalHigh + limits.criticalLow) / 2;
}

function sensorAt(device: BoardDevice, channel: string): string | null {
  return device.channels.find((entry) => entry.channel === channel)?.sensor ?? null;
}

function sensorsAt(device: BoardDevice, channels: RegExp): string[] {
  return device.channels.filter((entry) => channels.test(entry.channel)).map((entry) => entry.sensor);
}

/** Of the slots that share a sensor; without a sled in any, it has the temperature of the air. */
function hottestC(truth: PlantTruth, slots: readonly { readonly number: number }[]): number {
  const present = slots.flatMap(({ number }) => truth.slots.get(number) ?? []).filter((slot) => slot.present);
  return present.length === 0 ? truth.ambientC : Math.max(...present.map((slot) => slot.cpuC));
}

function supplyOf(slot: SlotTruth | undefined): number {
  return slot?.supplyV ?? 0;
}

function currentOf(slot: SlotTruth | undefined): number {
  return slot === undefined || slot.supplyV < 1 ? 0 : slot.powerW / slot.supplyV;
}

/** What all sleds and movers draw. */
export function chassisPowerW(truth: PlantTruth): number {
  let sum = 0;
  for (const slot of truth.slots.values()) sum += slot.powerW;
  for (const fan of truth.fans.values()) sum += fan.powerW;
  return sum;
}
