// A whole chassis from its board file: buses, switches, chips, lines and bays, wired to a plant. Time comes from
// whoever calls `advance`; buses are answered in between.
import { ColdslotError } from '../src/core/errors.ts';
import type { I2cBus } from '../src/core/ports.ts';
import type { Random } from '../src/core/random.ts';
import type { BoardDevice, BoardFile } from './board-file.ts';
import { BusTopology, type AttachedMux, type Segment } from './bus/topology.ts';
import { makeChip } from './chips/chip-factory.ts';
import { isFanDriver, type ChipModel } from './chips/chip-model.ts';
import { EepromModel, eepromAddressCount, eepromGeometry } from './chips/eeprom24c.ts';
import { MuxModel } from './chips/pca954x.ts';
import type { PlantControls, PlantTruth } from './contract.ts';
import { BusWires } from './faults/bus-wires.ts';
import { FaultSwitches } from './faults/fault-switches.ts';
import { LeakDetectors } from './leak-detectors.ts';
import { LineBank } from './lines/line-bank.ts';
import { activeLevel, inactiveLevel } from './lines/wire.ts';
import { isModbusBus, ModbusShelf } from './modbus/modbus-shelf.ts';
import { SensorNoise } from './plant/sensor-noise.ts';
import { ProbeBench } from './probes.ts';
import { SledAlert } from './sled-alert.ts';
import { SledBay, type BayState } from './sled-bay.ts';
import { fruImage, type SledIdentity } from './sleds/fru-image.ts';

/** Kernel files have no wire; this makes an access a few microseconds long. */
const HWMON_CLOCK_HZ = 10_000_000;
/** Plant time between looks at ramps, watchdogs and fans. */
const STEP_S = 0.1;

export interface SimulatedPlant extends PlantControls {
  step(dtS: number): void;
  truth(): PlantTruth;
}

export interface ChassisOptions {
  readonly board: BoardFile;
  readonly plant: SimulatedPlant;
  readonly random: Random;
  /** Which sled sits in a slot, for its FRU EEPROM; `sled<slot>` when left out. */
  readonly identity?: (slot: number) => SledIdentity | null;
}

export class Chassis {
  readonly board: BoardFile;
  readonly plant: SimulatedPlant;
  readonly faults: FaultSwitches;
  readonly lines: LineBank;
  readonly topology: BusTopology;
  readonly bays: ReadonlyMap<number, SledBay>;
  readonly modbus: ModbusShelf;
  readonly leaks: LeakDetectors;
  readonly #alerts: readonly SledAlert[];
  readonly #chips = new Map<string, { readonly device: BoardDevice; readonly chip: ChipModel }>();
  readonly #probes: ProbeBench;
  readonly #wires: BusWires;
  readonly #identity: (slot: number) => SledIdentity | null;
  #truth: PlantTruth;

  constructor(options: ChassisOptions) {
    const { board, plant } = options;
    this.board = board;
    this.plant = plant;
    this.#identity = options.identity ?? (() => null);
    this.#truth = plant.truth();
    this.faults = new FaultSwitches(options.random.fork('bus faults'));
    this.lines = new LineBank(board);
    this.topology = new BusTopology(this.faults);
    const noise = new SensorNoise(options.random.fork('sensors'));
    const probes = new ProbeBench(board, () => this.#truth, noise, this.faults);
    this.#probes = probes;
    this.bays = new Map(board.slots.map((slot) => [slot.number, this.#makeBay(slot.number)]));
    this.#alerts = board.slots.flatMap((slot) => SledAlert.of(board, slot, this.lines) ?? []);
    this.leaks = new LeakDetectors(board, this.lines);
    this.#layBuses();
    this.#wires = new BusWires(board, this.lines, this.faults);
    this.modbus = new ModbusShelf({ board, faults: this.faults, probes, truth: () => this.#truth });
    for (const device of board.devices) {
      if (this.modbus.device(device.id) !== null) continue;
      this.#chips.set(device.id, { device, chip: this.#attach(device, probes) });
    }
    for (const { presence } of board.airMovers) {
      if (presence !== undefined) this.lines.at(presence).setOutside(activeLevel(presence));
    }
    this.#driveFans();
  }

  /** The plant's truth as of the last step. */
  truth(): PlantTruth {
    return this.#truth;
  }

  plantS(): number {
    return this.#truth.timeS;
  }

  /** Lets plant time pass: fan controllers ramp and watch, fans follow, heat flows. */
  advance(dtS: number): void {
    const count = Math.ceil(dtS / STEP_S - 1e-9);
    for (let i = 0; i < count; i++) {
      this.plant.step(dtS / count);
      this.#truth = this.plant.truth();
      for (const { chip } of this.#chips.values()) chip.tick?.(this.#truth.timeS);
      this.modbus.tick(this.#truth.timeS);
      this.#driveFans();
      this.#senseAlerts();
    }
  }

  /** A bus or switch channel that answers at once, without waiting out the wire time. */
  bus(id: string): I2cBus {
    if (this.topology.segment(id) === null)
      throw new ColdslotError('not-found', `bus ${id}`, 'the board has no such bus');
    return {
      id,
      transfer: (address, write, readLength) => {
        const time = { plantS: this.plantS(), busMs: this.plantS() * 1000 };
        return Promise.resolve(this.topology.execute(id, address, write, readLength, time).answer);
      },
    };
  }

  /** @throws ColdslotError `not-found` */
  bay(slot: number): SledBay {
    const bay = this.bays.get(slot);
    if (bay === undefined) throw new ColdslotError('not-found', `slot ${slot}`, 'the board has no such slot');
    return bay;
  }

  /** A device holds the bus's data line low until the clock has been pulsed so often. */
  holdBus(bus: string, pulses: number): void {
    this.#wires.hold(bus, pulses);
  }

  /** Another chip sits in the device's place; it has power as the device had. */
  swapChip(deviceId: string, chip: string): void {
    const { device } = this.#chips.get(deviceId) ?? {};
    if (device === undefined)
      throw new ColdslotError('not-found', `device ${deviceId}`, 'the board has no such device');
    const other = { ...device, id: `${deviceId} (${chip})`, chip, channels: [] };
    const eepromContent = () => new Uint8Array(0);
    this.#place(device, makeChip(other, { probes: this.#probes, lines: this.lines, eepromContent }));
  }

  /** Ends whatever is broken under that name; a chip that comes back to its place has just got its power. */
  heal(name: string): void {
    this.faults.heal(name);
    this.#wires.show(name);
    const own = this.#chips.get(name);
    if (own === undefined || own.chip instanceof EepromModel || !this.#place(own.device, own.chip)) return;
    own.chip.reset();
  }

  /** Puts a chip in a device's place; false when it is there already. */
  #place({ bus, address }: BoardDevice, chip: ChipModel): boolean {
    const chips = this.topology.segment(bus)?.chips;
    const attached = chips?.get(address);
    if (attached === undefined || attached.chip === chip) return false;
    chips?.set(address, { ...attached, chip });
    return true;
  }

  #makeBay(slot: number): SledBay {
    const place = this.board.slots.find((entry) => entry.number === slot);
    if (place === undefined) throw new ColdslotError('not-found', `slot ${slot}`, 'the board has no such slot');
    const bay = new SledBay(place, this.lines, this.#truth.slots.get(slot)?.present ?? false);
    bay.onChange((state, before) => this.#bayChanged(slot, state, before));
    return bay;
  }

  #bayChanged(slot: number, state: BayState, before: BayState): void {
    this.plant.setPresent(slot, state !== 'empty');
    this.plant.setPowered(slot, state === 'on');
    for (const { device, chip } of this.#chips.values()) {
      if (device.slot !== slot) continue;
      const stays = this.#isStandby(device) && state !== 'empty' && before !== 'empty';
      if (!stays) chip.reset();
    }
    this.#senseAlerts();
  }

  #senseAlerts(): void {
    for (const alert of this.#alerts) {
      const powered = this.bays.get(alert.slot)?.state === 'on';
      alert.update(powered ? (this.#truth.slots.get(alert.slot)?.cpuC ?? null) : null);
    }
  }

  #layBuses(): void {
    for (const bus of this.board.buses) {
      if (!isSimulatedBus(bus.kind)) continue;
      const clockHz = bus.kind === 'hwmon' ? HWMON_CLOCK_HZ : bus.clockHz;
      this.topology.add({ id: bus.id, clockHz, chips: new Map(), muxes: new Map(), behind: null });
    }
    // a switch may sit behind another that the file names later
    let waiting = [...this.board.muxes];
    while (waiting.length > 0) {
      const rest = waiting.filter((mux) => !this.#layMux(mux));
      if (rest.length === waiting.length) {
        throw new ColdslotError('bad-input', `mux ${rest[0]?.id}`, `there is no bus ${rest[0]?.bus} for it`);
      }
      waiting = rest;
    }
  }

  #layMux(mux: BoardFile['muxes'][number]): boolean {
    const upper = this.topology.segment(mux.bus);
    if (upper === null) return false;
    const channels = new Map<number, Segment>();
    const model = new MuxModel(mux.chip.endsWith('6') ? 4 : 8);
    const attached: AttachedMux = { id: mux.id, model, channels };
    for (const { channel, id } of mux.channels) {
      const behind = { segment: upper, mux: attached, channel };
      const lower: Segment = { id, clockHz: upper.clockHz, chips: new Map(), muxes: new Map(), behind };
      channels.set(channel, lower);
      this.topology.add(lower);
    }
    upper.muxes.set(mux.address, attached);
    return true;
  }

  #attach(device: BoardDevice, probes: ProbeBench): ChipModel {
    const segment = this.topology.segment(device.bus);
    if (segment === null) {
      throw new ColdslotError('bad-input', `device ${device.id}`, `there is no bus ${device.bus} for chips`);
    }
    const eepromContent = (eeprom: BoardDevice) => this.#fruOf(eeprom);
    const chip = makeChip(device, { probes, lines: this.lines, eepromContent });
    const answers = () => this.#hasPower(device);
    const blocks = chip instanceof EepromModel ? eepromAddressCount(eepromGeometry(device.chip) ?? failGeometry()) : 1;
    for (let block = 0; block < blocks; block++) {
      const taken = segment.chips.get(device.address + block) ?? segment.muxes.get(device.address + block);
      if (taken !== undefined) {
        const where = `0x${(device.address + block).toString(16)} on ${device.bus}`;
        throw new ColdslotError('bad-input', `device ${device.id}`, `${where} is taken by ${taken.id}`);
      }
      const at = chip instanceof EepromModel && block > 0 ? blockOf(chip, block) : chip;
      segment.chips.set(device.address + block, { id: device.id, chip: at, answers });
    }
    return chip;
  }

  /** The EEPROM that a slot names its FRU, or else one on the sled, holds the sled's identity; others are blank. */
  #fruOf(device: BoardDevice): Uint8Array {
    const slot = this.board.slots.find((entry) => entry.fru === device.id)?.number ?? device.slot;
    if (slot === undefined) return new Uint8Array(0);
    const named = this.#identity(slot);
    return fruImage(named ?? { manufacturer: 'Coldslot Works', model: 'Simulated sled', serial: `sled${slot}` });
  }

  #hasPower(device: BoardDevice): boolean {
    const bay = device.slot === undefined ? undefined : this.bays.get(device.slot);
    if (bay === undefined || bay.state === 'on') return true;
    return bay.state === 'off' && this.#isStandby(device);
  }

  /** What a sled feeds before its power is switched on: the FRU EEPROM, and an expander that the switching itself needs. */
  #isStandby(device: BoardDevice): boolean {
    if (eepromGeometry(device.chip) !== null) return true;
    const place = this.board.slots.find((slot) => slot.number === device.slot);
    return [place?.power?.enable, place?.power?.good, place?.presence].some(
      (line) => line !== undefined && 'device' in line && line.device === device.id,
    );
  }

  #driveFans(): void {
    for (const { id, pwm, presence } of this.board.airMovers) {
      const isThere = presence === undefined || this.lines.at(presence).level !== inactiveLevel(presence);
      this.plant.setFanRatio(id, isThere ? this.#ratioFor(id, pwm) : 0);
    }
  }

  #ratioFor(mover: string, pwm: { readonly device: string; readonly channel: number }): number {
    const modbus = this.modbus.device(pwm.device);
    if (modbus?.drives === true) return modbus.ratio(pwm.channel);
    const chip = this.#chips.get(pwm.device)?.chip;
    if (chip !== undefined && isFanDriver(chip)) return chip.ratio(pwm.channel);
    throw new ColdslotError('bad-input', `air mover ${mover}`, `device ${pwm.device} is no fan controller`);
  }
}

/** Buses that a scenario can break. */
export function isBreakableBus(kind: string): boolean {
  return isSimulatedBus(kind) || isModbusBus(kind);
}

/** Buses that chips hang on here; hwmon devices are shown as registers, see src/core/bus-wire.ts. */
export function isSimulatedBus(kind: string): boolean {
  return kind === 'i2c' || kind === 'hwmon';
}

function blockOf(chip: EepromModel, block: number): ChipModel {
  return {
    transfer: (write, readLength, time) => chip.transferBlock(block, write, readLength, time),
    reset: () => {},
  };
}

function failGeometry(): never {
  throw new Error('an EEPROM without a geometry');
}
