// All buses of a board, real or simulated, behind one set.
import { ColdslotError } from '../core/errors.ts';
import type { GpioLine, I2cBus } from '../core/ports.ts';
import { gpioNumber } from './gpio-number.ts';
import { openHardwareLine, type HardwareLine, type OnoffModule } from './gpio-line.ts';
import { loadHardwareModule, type ModuleImport } from './hardware-module.ts';
import { openHwmon, type HwmonFans, type HwmonPlace } from './hwmon.ts';
import { openHardwareBus, type HardwareBus, type I2cModule } from './i2c-bus.ts';
import { openKernelChip, type KernelChip } from './kernel-chip.ts';
import { boundDriver, kernelDeviceName } from './kernel-device.ts';
import { channelBusNumber } from './mux-channel.ts';
import { openSimBus, type SimBusOptions } from './sim-bus.ts';

/** As much of a board as its buses need; a Board fits. */
export interface BoardBuses {
  readonly buses: readonly (
    | { readonly id: string; readonly kind: 'i2c'; readonly number: number }
    | { readonly id: string; readonly kind: 'gpio'; readonly chip: string }
    | { readonly id: string; readonly kind: 'hwmon' | 'modbus-rtu' | 'modbus-tcp' | 'ipmi-lan' }
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
  close(): void;
}

export interface OpenBusesOptions {
  /** The simulator's bus server; left out: real hardware. */
  readonly simSocket?: string | undefined;
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
    close: () => opened.close(),
  };
}

interface Names {
  readonly i2c: ReadonlySet<string>;
  readonly gpio: ReadonlySet<string>;
  readonly hwmon: ReadonlySet<string>;
  readonly devices: ReadonlySet<string>;
}

function namesOf(board: BoardBuses): Names {
  const ids = (kind: string) => board.buses.filter((bus) => bus.kind === kind).map((bus) => bus.id);
  return {
    i2c: new Set([...ids('i2c'), ...board.muxes.flatMap((mux) => mux.channels.map((channel) => channel.id))]),
    gpio: new Set(ids('gpio')),
    hwmon: new Set(board.devices.filter((device) => device.hwmon !== undefined).map((device) => device.id)),
    devices: new Set(board.devices.map((device) => device.id)),
  };
}

function known(names: ReadonlySet<string>, id: string, what: string): string {
  if (names.has(id)) return id;
  const some = [...names].join(', ');
  throw new ColdslotError('not-found', id, `is no ${what} of the board; it has ${some === '' ? 'none' : some}`);
}

async function openSimulated(board: BoardBuses, socket: string, options: OpenBusesOptions): Promise<BusSet> {
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

async function openHardware(board: BoardBuses, options: OpenBusesOptions): Promise<BusSet> {
  const sys = options.sysRoot ?? '/sys';
  const devicesRoot = `${sys}/bus/i2c/devices`;
  const usesI2c = board.buses.some((bus) => bus.kind === 'i2c');
  const usesGpio = board.buses.some((bus) => bus.kind === 'gpio');
  const i2c = usesI2c ? ((await loadHardwareModule('i2c-bus', options.importModule)) as I2cModule) : null;
  const onoff = usesGpio ? ((await loadHardwareModule('onoff', options.importModule)) as OnoffModule) : null;
  const buses = new Map<string, HardwareBus>();
  const lines = new Map<string, HardwareLine>();
  const hwmons = new Map<string, HwmonFans>();
  const kernelChips = new Map<string, KernelChip>();
  const openBus = (id: string) => {
    if (i2c === null) throw new ColdslotError('failed', id, 'is an I2C bus, and no I2C was opened');
    return openHardwareBus(id, () => busNumber(board, id, devicesRoot), i2c);
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
    return openHardwareLine(id, number, { module: onoff, gpioRoot, nowMs: options.nowMs });
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
