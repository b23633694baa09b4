// The simulated chassis behind the functions of the i2c-bus package: synchronous calls take the wire's time, calls in the
// pool come back after it, failures are errors with Linux' codes. So the guardian runs on the bus code of real hardware.
import { Adapter } from '../../../src/buses/adapter.ts';
import { openHardwareBus, type I2cModule, type PooledI2c, type SyncI2c } from '../../../src/buses/i2c-bus.ts';
import { simHwmon } from '../../../src/buses/sim-bus.ts';
import type { Board } from '../../../src/board/schema.ts';
import { sleep } from '../../../src/core/clock.ts';
import type { BusError, GpioLine, I2cBus } from '../../../src/core/ports.ts';
import { good } from '../../../src/core/reading.ts';
import type { BusSource } from '../../../src/guardian/hardware.ts';
import type { Outcome } from '../../../hwsim/bus/topology.ts';
import type { Chassis } from '../../../hwsim/chassis.ts';
import type { BlockingClock } from './blocking-clock.ts';

const CODES: Readonly<Record<BusError, string>> = {
  nack: 'ENXIO',
  timeout: 'ETIMEDOUT',
  arbitration: 'EAGAIN',
  busy: 'EBUSY',
  pec: 'EBADMSG',
  io: 'EIO',
};

/** `timeoutMs`: what a transfer takes that times out: the adapter's `timeout` in Linux. */
export function simulatedAdapters(board: Board, chassis: Chassis, clock: BlockingClock, timeoutMs: number): BusSource {
  const buses = new Map<string, I2cBus>();
  const adapters = new Map<string, Adapter>();
  const open = (id: string): I2cBus => {
    const root = chassis.topology.root(id);
    const adapter = adapters.get(root) ?? new Adapter(root, () => clock.nowMs());
    adapters.set(root, adapter);
    const muxes = board.muxes.filter((mux) => mux.bus === id).map(({ address }) => Number.parseInt(address, 16));
    return openHardwareBus(id, () => 0, moduleOf(id, chassis, clock, timeoutMs), {
      adapter,
      muxAddresses: new Set(muxes),
    });
  };
  const bus = (id: string): I2cBus => {
    const known = buses.get(id) ?? open(id);
    buses.set(id, known);
    return known;
  };
  return {
    bus,
    line: (busId, line) => lineOf(`${busId}:${line}`, chassis, clock),
    hwmon: (id) => {
      const device = board.devices.find((candidate) => candidate.id === id);
      const address = Number.parseInt(device?.address ?? '', 16);
      return simHwmon(id, chassis.bus(device?.bus ?? ''), address, () => clock.nowMs());
    },
    kernelChip: () => null,
    driverAt: () => null,
  };
}

function moduleOf(busId: string, chassis: Chassis, clock: BlockingClock, timeoutMs: number): I2cModule {
  const execute = (address: number, write: readonly number[], length: number) =>
    chassis.topology.execute(busId, address, Uint8Array.from(write), length, {
      plantS: chassis.plantS(),
      busMs: clock.nowMs(),
    });
  const tookMs = ({ answer, wireMs }: Outcome) =>
    answer.kind === 'error' && answer.error === 'timeout' ? timeoutMs : wireMs;
  const now = (address: number, write: readonly number[], length: number): Uint8Array => {
    const outcome = execute(address, write, length);
    clock.block(tookMs(outcome));
    return dataOf(outcome);
  };
  const inPool = async (address: number, write: readonly number[], length: number): Promise<Uint8Array> => {
    const outcome = execute(address, write, length);
    await sleep(clock, tookMs(outcome));
    return dataOf(outcome);
  };
  const pool: PooledI2c = {
    receiveByte: async (a) => byteOf(await inPool(a, [], 1)),
    readByte: async (a, c) => byteOf(await inPool(a, [c], 1)),
    readWord: async (a, c) => wordOf(await inPool(a, [c], 2)),
    readI2cBlock: async (a, c, n, into) => ({ bytesRead: fill(into, await inPool(a, [c], n)) }),
    i2cRead: async (a, n, into) => ({ bytesRead: fill(into, await inPool(a, [], n)) }),
    writeQuick: async (a) => void (await inPool(a, [], 0)),
    sendByte: async (a, b) => void (await inPool(a, [b], 0)),
    writeByte: async (a, c, b) => void (await inPool(a, [c, b], 0)),
    writeWord: async (a, c, w) => void (await inPool(a, [c, w & 0xff, w >> 8], 0)),
    i2cWrite: async (a, n, from) => {
      await inPool(a, [...from], 0);
      return { bytesWritten: n };
    },
  };
  const bus: SyncI2c = {
    receiveByteSync: (a) => byteOf(now(a, [], 1)),
    readByteSync: (a, c) => byteOf(now(a, [c], 1)),
    readWordSync: (a, c) => wordOf(now(a, [c], 2)),
    readI2cBlockSync: (a, c, n, into) => fill(into, now(a, [c], n)),
    i2cReadSync: (a, n, into) => fill(into, now(a, [], n)),
    writeQuickSync: (a) => void now(a, [], 0),
    sendByteSync: (a, b) => void now(a, [b], 0),
    writeByteSync: (a, c, b) => void now(a, [c, b], 0),
    writeWordSync: (a, c, w) => void now(a, [c, w & 0xff, w >> 8], 0),
    i2cWriteSync: (a, n, from) => (now(a, [...from], 0), n),
    closeSync: () => undefined,
    promisifiedBus: () => pool,
  };
  return { openSync: () => bus };
}

function dataOf({ answer }: Outcome): Uint8Array {
  if (answer.kind === 'ok') return answer.data;
  throw Object.assign(new Error(answer.detail), { code: CODES[answer.error] });
}

function byteOf(data: Uint8Array): number {
  return data[0] ?? 0;
}

function wordOf(data: Uint8Array): number {
  return (data[0] ?? 0) | ((data[1] ?? 0) << 8);
}

function fill(into: Buffer, data: Uint8Array): number {
  into.set(data);
  return data.length;
}

function lineOf(id: string, chassis: Chassis, clock: BlockingClock): GpioLine {
  const wire = chassis.lines.gpio(id);
  if (wire === null) throw new Error(`no line ${id}`);
  return {
    id,
    read: () => Promise.resolve(good(wire.level, clock.nowMs())),
    write: (level) => {
      wire.drive(level);
      return Promise.resolve('ok');
    },
    watch: (listener) => wire.watch(listener),
  };
}
