// The hardware as the guardian opens it: chips by device, and lines of the board by their logical meaning.
import type { Board, BoardDevice, BoardLine } from '../board/schema.ts';
import type { Chip, FanChip, PinChip } from '../chips/chip.ts';
import { openCheckedChip } from '../chips/identity.ts';
import { PinReader } from '../sensing/pin-reader.ts';
import type { HwmonFans } from '../buses/hwmon.ts';
import type { KernelChip } from '../buses/kernel-chip.ts';
import { ColdslotError } from '../core/errors.ts';
import type { GpioLine, I2cBus } from '../core/ports.ts';
import type { WatchedChip } from './condition-watch.ts';
import { HWMON_FAN, openHwmonFan } from './hwmon-fan.ts';
import type { LogEntry } from '../sensing/event-log.ts';
import { openKernelOwned } from './kernel-owned.ts';
import { chipLine, gpioLine, type Line } from './line.ts';
import { OwnedAddresses } from './owned-addresses.ts';
import { Polled } from './polled.ts';
import { SledProbe } from './sled-probe.ts';
import type { PinsAnswer } from '../chips/chip.ts';
import { onModbus, type ModbusMaps } from '../board/modbus/map-folder.ts';
import type { ModbusBus } from '../buses/modbus.ts';
import { ModbusDevice } from './modbus/device.ts';

/** Where buses and lines come from: real ones, the simulator's socket, or a test. */
export interface BusSource {
  bus(id: string): I2cBus;
  line(busId: string, line: number): GpioLine;
  hwmon(deviceId: string): HwmonFans;
  /** The kernel's side of a device on an I2C bus; null where chips answer on the bus whatever the board says (simulator). */
  kernelChip(deviceId: string): KernelChip | null;
  /** Name of the kernel driver bound to an address; null: none, or it cannot be told. */
  driverAt(busId: string, address: number): string | null;
  /** Where a board has Modbus buses. */
  modbus?(id: string): ModbusBus;
}

export interface ModbusParts {
  /** By id: those that the board names. */
  readonly maps: ModbusMaps;
  /** Time of readings. */
  readonly nowMs: () => number;
}

export interface HardwareOptions {
  /** For a board with Modbus devices. */
  readonly modbus?: ModbusParts;
  /** How chips are opened; by default only those are believed that are what the board says. */
  readonly open?: typeof openCheckedChip;
}

export class Hardware {
  readonly #board: Board;
  readonly #source: BusSource;
  readonly #chips: ReadonlyMap<string, Chip>;
  readonly #owned: OwnedAddresses;
  /** The pins of an expander are read once for all lines on it. */
  readonly #pins = new Map<string, Polled<PinsAnswer>>();
  readonly #lines: Polled<unknown>[] = [];
  /** Devices on Modbus buses, which are polled on their own. */
  readonly modbus: readonly ModbusDevice[];

  /** Opens every chip of the board; sends nothing. */
  constructor(board: Board, source: BusSource, { modbus, open = openCheckedChip }: HardwareOptions = {}) {
    this.#board = board;
    this.#source = source;
    this.#owned = new OwnedAddresses((busId, address) => source.driverAt(busId, address));
    const opening: Opening = { owned: this.#owned, open };
    this.modbus = board.devices.flatMap((device) =>
      onModbus(board, device) ? [openModbusDevice(board, device, source, modbus)] : [],
    );
    const others = board.devices.filter((device) => !onModbus(board, device));
    this.#chips = new Map([
      ...others.map((device) => [device.id, openDevice(board, device, source, opening)] as const),
      ...this.modbus.map(({ id, chip }) => [id, chip] as const),
    ]);
  }

  /** What came to light since the last time it was asked: addresses that a kernel driver owns. */
  takeEvents(): readonly LogEntry[] {
    return this.#owned.takeEvents();
  }

  /** Null for a device that is not ours to talk to. */
  chipOf(device: string): Chip | null {
    return this.#chips.get(device) ?? null;
  }

  /** Chips that can say what is wrong with what they watch. */
  conditionChips(): readonly WatchedChip[] {
    return this.#board.devices.flatMap(({ id, slot }) => {
      const chip = this.chipOf(id);
      if (chip?.kind !== 'sensor' || chip.readConditions === undefined) return [];
      const readConditions = chip.readConditions.bind(chip);
      return [{ id, slot: slot ?? null, readConditions }];
    });
  }

  fanChip(device: string): FanChip {
    const chip = this.chipOf(device);
    if (chip?.kind !== 'fan') throw new ColdslotError('bad-input', `device ${device}`, 'is no fan controller');
    return chip;
  }

  line(place: BoardLine): Line {
    if ('bus' in place) {
      const line = this.#source.line(place.bus, place.line);
      const polled = new Polled(() => line.read());
      this.#lines.push(polled);
      return gpioLine(line, polled, place.activeLow);
    }
    const chip = this.chipOf(place.device);
    if (chip?.kind !== 'expander' && chip?.kind !== 'led') {
      throw new ColdslotError('bad-input', `device ${place.device}`, 'has no pins');
    }
    return chipLine(chip, this.#pinsOf(place.device, chip), place.pin, place.activeLow);
  }

  /** Of the slot's sled. */
  probe(slot: number): SledProbe {
    const devices = this.#board.devices.filter(
      (device) => device.slot === slot && answersOnBus(device, this.#source) && !onModbus(this.#board, device),
    );
    return new SledProbe(devices, (device) => this.#owned.watched(device, this.#source.bus(device.bus)));
  }

  /** Reads every line that `line` gave out; resolves when all have answered or are known to hang. */
  async readLines(nowMs: number, present: (slot: number) => boolean): Promise<void> {
    const silent = new Set(
      this.#board.devices.filter(({ slot }) => slot !== undefined && !present(slot)).map(({ id }) => id),
    );
    const pins = [...this.#pins].flatMap(([device, polled]) => (silent.has(device) ? [] : [polled]));
    await Promise.all([...this.#lines, ...pins].map((polled) => polled.ask(nowMs)));
  }

  #pinsOf(device: string, chip: PinChip): Polled<PinsAnswer> {
    const known = this.#pins.get(device);
    if (known !== undefined) return known;
    const reader = new PinReader(chip);
    const polled = new Polled(() => reader.read());
    this.#pins.set(device, polled);
    return polled;
  }
}

/** Whether it is ours to address: no kernel driver's, but for the simulator, where there are none. */
function answersOnBus(device: BoardDevice, source: BusSource): boolean {
  if (device.chip === HWMON_FAN) return false;
  return device.via === 'i2c' || source.kernelChip(device.id) === null;
}

interface Opening {
  readonly owned: OwnedAddresses;
  readonly open: typeof openCheckedChip;
}

function openDevice(board: Board, device: BoardDevice, source: BusSource, { owned, open }: Opening): Chip {
  const tachometers = board.airMovers.flatMap((mover) =>
    mover.tachometers.filter((tachometer) => tachometer.device === device.id).map(({ channel }) => channel),
  );
  const address = Number.parseInt(device.address, 16);
  if (device.chip === HWMON_FAN) {
    const outputs = board.airMovers.flatMap(({ pwm }) => (pwm.device === device.id ? [pwm.channel] : []));
    const place = { busId: device.bus, address, pwmCount: Math.max(0, ...outputs), tachometers };
    return openHwmonFan(source.hwmon(device.id), place);
  }
  const kernel = answersOnBus(device, source) ? null : source.kernelChip(device.id);
  if (kernel !== null) return openKernelOwned(device, kernel, tachometers);
  const shunt = device.shuntMicroOhm === undefined ? {} : { shuntMicroOhm: device.shuntMicroOhm };
  const pec = device.pec === undefined ? {} : { pec: device.pec };
  return open(device.chip, owned.watched(device, source.bus(device.bus)), address, { ...shunt, ...pec, tachometers });
}

function openModbusDevice(
  board: Board,
  device: BoardDevice,
  source: BusSource,
  modbus: ModbusParts | undefined,
): ModbusDevice {
  const map = modbus?.maps.get(device.chip);
  const link = source.modbus?.(device.bus);
  if (modbus === undefined || map === undefined || link === undefined) {
    throw new ColdslotError('failed', `device ${device.id}`, `is on Modbus, and no map ${device.chip} was handed over`);
  }
  const tachometers = board.airMovers.flatMap((mover) => mover.tachometers.filter((one) => one.device === device.id));
  return new ModbusDevice({
    id: device.id,
    slot: device.slot ?? null,
    unit: Number.parseInt(device.address, 16),
    map,
    link,
    channels: [...device.channels.map(({ channel }) => channel), ...tachometers.map(({ channel }) => `fan${channel}`)],
    outputs: board.airMovers.flatMap(({ pwm }) => (pwm.device === device.id ? [pwm.channel] : [])),
    nowMs: modbus.nowMs,
  });
}
