// All buses of a board, real or simulated, behind one set.
import { realClock } from '../core/clock.ts';
import { ColdslotError } from '../core/errors.ts';
import type { GpioLine, I2cBus } from '../core/ports.ts';
import { Adapter } from './adapter.ts';
import { gpioNumber } from './gpio-number.ts';
import { openHardwareLine, type HardwareLine, type OnoffModule } from './gpio-line.ts';
import { loadHardwareModule, type ModuleImport } from './hardware-module.ts';
import { openHwmon, type HwmonFans, type HwmonPlace } from './hwmon.ts';
import { openHardwareBus, type HardwareBus, type I2cModule } from './i2c-bus.ts';
import { openKernelChip, type KernelChip } from './kernel-chip.ts';
import { boundDriver, kernelDeviceName } from './kernel-device.ts';
import { channelBusNumber } from './mux-channel.ts';
import { DEFAULT_BAUD, type ModbusPlace } from './modbus-place.ts';
import { wireOpener, type ModbusSerialModule } from './modbus-wire.ts';
import { modbusLine, type ModbusBus } from './modbus.ts';
import { openSimBus, type SimBusOptions } from './sim-bus.ts';

interface GpioPlace {
  readonly bus: string;
  readonly line: number;
}

/** As much of a board as its buses need; a Board fits. */
export interface BoardBuses {
  readonly buses: readonly (
    | {
        readonly id: string;
        readonly kind: 'i2c';
        readonly number: number;
        readonly recovery?: { readonly scl: GpioPlace; readonly sda: GpioPlace } | undefined;
      }
    | { readonly id: string; readonly kind: 'gpio'; readonly chip: string }
    | { readonly id: string; readonly kind: 'modbus-rtu'; readonly path: string; readonly baud: number }
    | { readonly id: string; readonly kind: 'modbus-tcp'; readonly host: string; readonly port: number }
    | { readonly id: string; readonly kind: 'hwmon' | 'ipmi-lan' }
  )[];
  readonly muxes: readonly {
    readonly bus: string;
    /** As "0x70". */
    readonly address: string;
    readonly channels: readonly {
      readonly channel: number;
      readonly id: string;
      readonly number?: number | undefined;
    }[];
  }[];
  readonly devices: readonly {
    readonly id: string;
    readonly bus: string;
    readonly address: string;
    readonly hwmon?: HwmonPlace | undefined;
  }[];
}

export interface BusSet {
  /** @throws ColdslotError `not-found`: the board has no such I2C bus or mux channel */
  bus(id: string): I2cBus;
  /** @throws ColdslotError `not-found`: the board has no such GPIO bus */
  line(busId: string, line: number): GpioLine;
  /** @throws ColdslotError `not-found`: the board has no such device on a hwmon bus */
  hwmon(deviceId: string): HwmonFans;
  /** The kernel's side of a device on an I2C bus; null in the simulator, whose chips answer on the bus. */
  kernelChip(deviceId: string): KernelChip | null;
  /** Name of the kernel driver bound to an address of an I2C bus; null: none, or it cannot be told. */
  driverAt(busId: string, address: number): string | null;
  /** @throws ColdslotError `not-found`: the board has no such Modbus bus */
  modbus(id: string): ModbusBus;
  close(): void;
}

export interface OpenBusesOptions {
  /** The simulator's bus server; left out: real hardware. */
  readonly simSocket?: string | undefined;
  /**
   * Other places of Modbus buses than the board's, by bus. With a simulator only buses named here are opened: the
   * board's own places are somebody's hardware.
   */
  readonly modbus?: ReadonlyMap<string, ModbusPlace>;
  /** Time of readings. */
  readonly nowMs: () => number;
  readonly sim?: SimBusOptions;
  /** Where Linux shows its devices; `/sys`. */
  readonly sysRoot?: string;
  readonly importModule?: ModuleImport;
}

/**
 * Buses that are not there are no error here: their transfers answer `io`, and work as soon as they are.
 * @throws ColdslotError `failed` when a native package is missing; `io` when the simulator's server does not answer
 */
export async function openBuses(board: BoardBuses, options: OpenBusesOptions): Promise<BusSet> {
  const names = namesOf(board);
  for (const id of options.modbus?.keys() ?? []) known(names.modbus, id, 'Modbus bus');
  const modbus = await openModbus(board, options);
  const opened =
    options.simSocket === undefined
      ? await openHardware(board, options)
      : await openSimulated(board, options.simSocket, options);
  return {
    bus: (id) => opened.bus(known(names.i2c, id, 'I2C bus')),
    line: (busId, line) => opened.line(known(names.gpio, busId, 'GPIO bus'), line),
    hwmon: (id) => opened.hwmon(known(names.hwmon, id, 'device on a hwmon bus')),
    kernelChip: (id) => opened.kernelChip(known(names.devices, id, 'device')),
    driverAt: (busId, address) => opened.driverAt(busId, address),
    modbus: (id) => modbus.line(known(names.modbus, id, 'Modbus bus')),
    close: () => {
      opened.close();
      modbus.close();
    },
  };
}

interface Names {
  readonly i2c: ReadonlySet<string>;
  readonly gpio: ReadonlySet<string>;
  readonly hwmon: ReadonlySet<string>;
  readonly devices: ReadonlySet<string>;
  readonly modbus: ReadonlySet<string>;
}

function namesOf(board: BoardBuses): Names {
  const ids = (kind: string) => board.buses.filter((bus) => bus.kind === kind).map((bus) => bus.id);
  return {
    i2c: new Set([...ids('i2c'), ...board.muxes.flatMap((mux) => mux.channels.map((channel) => channel.id))]),
    gpio: new Set(ids('gpio')),
    hwmon: new Set(board.devices.filter((device) => device.hwmon !== undefined).map((device) => device.id)),
    devices: new Set(board.devices.map((device) => device.id)),
    modbus: new Set([...ids('modbus-rtu'), ...ids('modbus-tcp')]),
  };
}

function known(names: ReadonlySet<string>, id: string, what: string): string {
  if (names.has(id)) return id;
  const some = [...names].join(', ');
  throw new ColdslotError('not-found', id, `is no ${what} of the board; it has ${some === '' ? 'none' : some}`);
}

/** Modbus is the same with and without a simulator, which serves it itself; only the places differ. */
type OtherBuses = Omit<BusSet, 'modbus'>;

interface ModbusLines {
  line(id: string): ModbusBus;
  close(): void;
}

/** @throws ColdslotError `failed` when the package is missing */
async function openModbus(board: BoardBuses, options: OpenBusesOptions): Promise<ModbusLines> {
  const places = modbusPlaces(board, options);
  const module =
    places.size === 0
      ? null
      : ((await loadHardwareModule('modbus-serial', options.importModule)) as ModbusSerialModule);
  const nowhere = () => Promise.reject(new Error('the simulation does not serve this bus'));
  const openers = new Map(
    [...places].map(([id, place]) => [id, module === null ? nowhere : wireOpener(module, place)]),
  );
  const lines = new Map<string, ModbusBus>();
  const open = (id: string) => {
    const place = places.get(id);
    const baud = place?.kind === 'serial' ? place.baud : null;
    return modbusLine(id, openers.get(id) ?? nowhere, { clock: realClock(), baud }); // wires keep real time
  };
  return {
    line: (id) => once(lines, id, () => open(id)),
    close: () => {
      for (const line of lines.values()) line.close();
    },
  };
}

function modbusPlaces(board: BoardBuses, { modbus, simSocket }: OpenBusesOptions): ReadonlyMap<string, ModbusPlace> {
  const places = new Map<string, ModbusPlace>();
  for (const bus of board.buses) {
    if (bus.kind !== 'modbus-rtu' && bus.kind !== 'modbus-tcp') continue;
    const baud = bus.kind === 'modbus-rtu' ? bus.baud : DEFAULT_BAUD;
    const given = modbus?.get(bus.id);
    if (given !== undefined) places.set(bus.id, given.kind === 'serial' ? { ...given, baud } : given);
    else if (simSocket !== undefined) continue;
    else if (bus.kind === 'modbus-rtu') places.set(bus.id, { kind: 'serial', path: bus.path, baud });
    else places.set(bus.id, { kind: 'tcp', host: bus.host, port: bus.port });
  }
  return places;
}

async function openSimulated(board: BoardBuses, socket: string, options: OpenBusesOptions): Promise<OtherBuses> {
  const sim = await openSimBus(socket, { nowMs: options.nowMs, ...options.sim });
  const devices = new Map(board.devices.map((device) => [device.id, device]));
  return {
    bus: (id) => sim.bus(id),
    line: (busId, line) => sim.line(`${busId}:${line}`),
    hwmon: (id) => {
      const device = devices.get(id);
      return sim.hwmon(id, device?.bus ?? '', Number.parseInt(device?.address ?? '', 16));
    },
    kernelChip: () => null,
    driverAt: () => null,
    close: () => sim.close(),
  };
}

async function openHardware(board: BoardBuses, options: OpenBusesOptions): Promise<OtherBuses> {
  const sys = options.sysRoot ?? '/sys';
  const devicesRoot = `${sys}/bus/i2c/devices`;
  const usesI2c = board.buses.some((bus) => bus.kind === 'i2c');
  const usesGpio = board.buses.some((bus) => bus.kind === 'gpio');
  const i2c = usesI2c ? ((await loadHardwareModule('i2c-bus', options.importModule)) as I2cModule) : null;
  const onoff = usesGpio ? ((await loadHardwareModule('onoff', options.importModule)) as OnoffModule) : null;
  const buses = new Map<string, HardwareBus>();
  const adapters = new Map<string, Adapter>();
  const lines = new Map<string, HardwareLine>();
  const hwmons = new Map<string, HwmonFans>();
  const kernelChips = new Map<string, KernelChip>();
  const openBus = (id: string) => {
    if (i2c === null) throw new ColdslotError('failed', id, 'is an I2C bus, and no I2C was opened');
    const root = rootOf(board, id);
    const adapter = once(adapters, root, () => new Adapter(root, options.nowMs, setImmediate));
    const muxes = board.muxes.filter((mux) => mux.bus === id);
    const muxAddresses = new Set(muxes.map(({ address }) => Number.parseInt(address, 16)));
    return openHardwareBus(id, () => busNumber(board, id, devicesRoot), i2c, { adapter, muxAddresses });
  };
  const kernelFolder = (busId: string, address: number) =>
    `${devicesRoot}/${kernelDeviceName(busNumber(board, busId, devicesRoot), address)}`;
  const openKernel = (id: string) => {
    const device = board.devices.find((one) => one.id === id);
    const address = Number.parseInt(device?.address ?? '', 16);
    return openKernelChip(id, () => kernelFolder(device?.bus ?? '', address), options.nowMs);
  };
  const driverAt = (busId: string, address: number): string | null => {
    try {
      return boundDriver(kernelFolder(busId, address));
    } catch {
      return null; // the mux's driver is not bound: there is no such bus
    }
  };
  const openLine = (id: string, busId: string, line: number) => {
    if (onoff === null) throw new ColdslotError('failed', id, 'is a GPIO line, and no GPIO was opened');
    const gpioRoot = `${sys}/class/gpio`;
    const chip = board.buses.find((bus) => bus.id === busId && bus.kind === 'gpio');
    const number = () => gpioNumber(gpioRoot, chip?.kind === 'gpio' ? chip.chip : '', line);
    const openDrain = isBusWire(board, busId, line);
    return openHardwareLine(id, number, { module: onoff, gpioRoot, nowMs: options.nowMs, openDrain });
  };
  const openDevice = (id: string) => {
    const place = board.devices.find((device) => device.id === id)?.hwmon;
    if (place === undefined) throw new ColdslotError('not-found', id, 'has no hwmon name in the board');
    return openHwmon(id, `${sys}/class/hwmon`, place, options.nowMs);
  };
  return {
    bus: (id) => once(buses, id, () => openBus(id)),
    line: (busId, line) => once(lines, `${busId}:${line}`, () => openLine(`${busId}:${line}`, busId, line)),
    hwmon: (id) => once(hwmons, id, () => openDevice(id)),
    kernelChip: (id) => once(kernelChips, id, () => openKernel(id)),
    driverAt,
    close: () => {
      for (const opened of [...buses.values(), ...lines.values()]) opened.close();
    },
  };
}

/** The physical bus under a bus or mux channel. */
function rootOf(board: BoardBuses, id: string): string {
  const mux = board.muxes.find(({ channels }) => channels.some((channel) => channel.id === id));
  return mux === undefined ? id : rootOf(board, mux.bus);
}

/** Whether the line is a wire of an I2C bus, to free it: others drive it too. */
function isBusWire(board: BoardBuses, busId: string, line: number): boolean {
  return board.buses.some((bus) => {
    const wires = bus.kind === 'i2c' && bus.recovery !== undefined ? [bus.recovery.scl, bus.recovery.sda] : [];
    return wires.some((wire) => wire.bus === busId && wire.line === line);
  });
}

/** The same object each time it is asked for. */
function once<T>(opened: Map<string, T>, id: string, open: () => T): T {
  let one = opened.get(id);
  if (one === undefined) opened.set(id, (one = open()));
  return one;
}

/** Linux' number: the board's, or for a mux channel what sysfs says. @throws Error when the mux's driver is not bound */
function busNumber(board: BoardBuses, id: string, sysfs: string): number {
  const bus = board.buses.find((one) => one.id === id);
  if (bus?.kind === 'i2c') return bus.number;
  for (const mux of board.muxes) {
    const channel = mux.channels.find((one) => one.id === id);
    if (channel === undefined) continue;
    if (channel.number !== undefined) return channel.number;
    const parent = busNumber(board, mux.bus, sysfs);
    return channelBusNumber(sysfs, parent, Number.parseInt(mux.address, 16), channel.channel);
  }
  throw new Error(`the board has no bus ${id}`);
}
