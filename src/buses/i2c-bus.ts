// An I2cBus over /dev/i2c-N through i2c-bus' synchronous calls: 1 µs of overhead each instead of 30–40 µs for the
// asynchronous ones, which are for buses that may hang (adapter.ts).
import { assertNever } from '../core/errors.ts';
import type { BusError, I2cAnswer, I2cBus } from '../core/ports.ts';
import type { Adapter } from './adapter.ts';
import { byteBytes, completeRead, completeWrite, NOTHING, stepsOf, wordBytes, type Step } from './i2c-steps.ts';

/** As much of the i2c-bus package as we use. Calls throw an Error with the system's `code`. */
export interface SyncI2c {
  receiveByteSync(address: number): number;
  readByteSync(address: number, command: number): number;
  /** Low byte first on the wire. */
  readWordSync(address: number, command: number): number;
  readI2cBlockSync(address: number, command: number, length: number, buffer: Buffer): number;
  i2cReadSync(address: number, length: number, buffer: Buffer): number;
  writeQuickSync(address: number, command: number, bit: number): void;
  sendByteSync(address: number, byte: number): void;
  writeByteSync(address: number, command: number, byte: number): void;
  /** Low byte first on the wire. */
  writeWordSync(address: number, command: number, word: number): void;
  i2cWriteSync(address: number, length: number, buffer: Buffer): number;
  closeSync(): void;
  /** The same calls in libuv's pool. Left out: this bus is only asked synchronously. */
  promisifiedBus?(): PooledI2c;
}

/** As much of i2c-bus' PromisifiedBus as we use. */
export interface PooledI2c {
  receiveByte(address: number): Promise<number>;
  readByte(address: number, command: number): Promise<number>;
  readWord(address: number, command: number): Promise<number>;
  readI2cBlock(address: number, command: number, length: number, buffer: Buffer): Promise<{ bytesRead: number }>;
  i2cRead(address: number, length: number, buffer: Buffer): Promise<{ bytesRead: number }>;
  writeQuick(address: number, bit: number): Promise<void>;
  sendByte(address: number, byte: number): Promise<void>;
  writeByte(address: number, command: number, byte: number): Promise<void>;
  writeWord(address: number, command: number, word: number): Promise<void>;
  i2cWrite(address: number, length: number, buffer: Buffer): Promise<{ bytesWritten: number }>;
}

export interface I2cModule {
  /** `forceAccess`: addresses that a kernel driver owns can be used all the same. */
  openSync(busNumber: number, options?: { readonly forceAccess: boolean }): SyncI2c;
}

/** Linux' fault codes (Documentation/i2c/fault-codes.rst). */
const errors: Readonly<Record<string, BusError>> = {
  ENXIO: 'nack',
  EREMOTEIO: 'nack',
  ETIMEDOUT: 'timeout',
  EAGAIN: 'arbitration',
  EBUSY: 'busy',
  EBADMSG: 'pec',
};

const hints: Readonly<Record<string, string>> = {
  EBUSY: 'a kernel driver owns the address',
  ENOENT: 'no such bus; is the i2c-dev module loaded?',
  EACCES: 'no permission; run as root or in group i2c',
};

export interface HardwareBus extends I2cBus {
  close(): void;
}

export interface HardwareBusOptions {
  /** The physical bus, shared with the channels of its muxes; left out: every call is synchronous. */
  readonly adapter?: Adapter;
  /** Muxes that the kernel drives: their control register may be read, one byte and nothing else. */
  readonly muxAddresses?: ReadonlySet<number>;
}

/**
 * Opens nothing yet: a bus that is not there answers `io`, and is tried again with each transfer.
 * @param busNumber Linux' number of the bus; may throw while the mux's driver is not there
 */
export function openHardwareBus(
  id: string,
  busNumber: () => number,
  module: I2cModule,
  options: HardwareBusOptions = {},
): HardwareBus {
  const plain = new Handle(() => module.openSync(busNumber()));
  const forced = new Handle(() => module.openSync(busNumber(), { forceAccess: true }));
  const { adapter, muxAddresses } = options;
  const handleOf = (address: number, write: Uint8Array, readLength: number): Handle =>
    write.length === 0 && readLength === 1 && muxAddresses?.has(address) === true ? forced : plain;
  const fail = (handle: Handle, address: number, error: unknown): I2cAnswer => {
    // i2c-bus keeps the file of an address that it could not set, and would use it for address 0 the next time
    if (isRefusedAddress(error)) handle.close();
    return failed(error, id, address);
  };
  const askNow = (address: number, write: Uint8Array, readLength: number): I2cAnswer => {
    const handle = handleOf(address, write, readLength);
    try {
      const bus = handle.open();
      const [command] = write;
      if (write.length === 1 && command !== undefined && readLength <= 2 && readLength > 0) {
        return { kind: 'ok', data: readRegister(bus, address, command, readLength) };
      }
      let data: Uint8Array = NOTHING;
      for (const step of stepsOf(write, readLength)) data = takeStep(bus, address, step);
      return { kind: 'ok', data };
    } catch (error) {
      return fail(handle, address, error);
    }
  };
  const askInPool = async (address: number, write: Uint8Array, readLength: number): Promise<I2cAnswer> => {
    const handle = handleOf(address, write, readLength);
    try {
      const bus = handle.open();
      const pool = bus.promisifiedBus?.();
      let data: Uint8Array = NOTHING;
      for (const step of stepsOf(write, readLength)) {
        data = pool === undefined ? takeStep(bus, address, step) : await takePooledStep(pool, address, step);
      }
      return { kind: 'ok', data };
    } catch (error) {
      return fail(handle, address, error);
    }
  };
  return {
    id,
    transfer: (address, write, readLength) => {
      if (adapter === undefined) return Promise.resolve(askNow(address, write, readLength));
      if (adapter.mayAskNow(address)) {
        return Promise.resolve(adapter.settle(address, askNow(address, write, readLength)));
      }
      return adapter.ask({
        address,
        now: () => askNow(address, write, readLength),
        inPool: () => askInPool(address, write, readLength),
      });
    },
    close: () => {
      plain.close();
      forced.close();
    },
  };
}

/** A bus's file, opened with the first transfer. */
class Handle {
  readonly #open: () => SyncI2c;
  #opened: SyncI2c | null = null;

  constructor(open: () => SyncI2c) {
    this.#open = open;
  }

  open(): SyncI2c {
    return (this.#opened ??= this.#open());
  }

  close(): void {
    const opened = this.#opened;
    this.#opened = null;
    try {
      opened?.closeSync();
    } catch {
      // it is gone all the same
    }
  }
}

/** What sweeps are made of, without a step made for it. */
function readRegister(bus: SyncI2c, address: number, command: number, length: number): Uint8Array {
  return length === 1 ? byteBytes(bus.readByteSync(address, command)) : wordBytes(bus.readWordSync(address, command));
}

function takeStep(bus: SyncI2c, address: number, step: Step): Uint8Array {
  switch (step.call) {
    case 'receiveByte':
      return byteBytes(bus.receiveByteSync(address));
    case 'readByte':
      return byteBytes(bus.readByteSync(address, step.command));
    case 'readWord':
      return wordBytes(bus.readWordSync(address, step.command));
    case 'readBlock': {
      const buffer = Buffer.alloc(step.length);
      return completeRead(buffer, bus.readI2cBlockSync(address, step.command, step.length, buffer));
    }
    case 'i2cRead': {
      const buffer = Buffer.alloc(step.length);
      return completeRead(buffer, bus.i2cReadSync(address, step.length, buffer));
    }
    case 'quick':
      bus.writeQuickSync(address, 0, 0);
      return NOTHING;
    case 'sendByte':
      bus.sendByteSync(address, step.byte);
      return NOTHING;
    case 'writeByte':
      bus.writeByteSync(address, step.command, step.byte);
      return NOTHING;
    case 'writeWord':
      bus.writeWordSync(address, step.command, step.word);
      return NOTHING;
    case 'i2cWrite':
      return completeWrite(step.bytes, bus.i2cWriteSync(address, step.bytes.length, Buffer.from(step.bytes)));
    default:
      return assertNever(step, 'step');
  }
}

async function takePooledStep(bus: PooledI2c, address: number, step: Step): Promise<Uint8Array> {
  switch (step.call) {
    case 'receiveByte':
      return byteBytes(await bus.receiveByte(address));
    case 'readByte':
      return byteBytes(await bus.readByte(address, step.command));
    case 'readWord':
      return wordBytes(await bus.readWord(address, step.command));
    case 'readBlock': {
      const buffer = Buffer.alloc(step.length);
      return completeRead(buffer, (await bus.readI2cBlock(address, step.command, step.length, buffer)).bytesRead);
    }
    case 'i2cRead': {
      const buffer = Buffer.alloc(step.length);
      return completeRead(buffer, (await bus.i2cRead(address, step.length, buffer)).bytesRead);
    }
    case 'quick':
      await bus.writeQuick(address, 0);
      return NOTHING;
    case 'sendByte':
      await bus.sendByte(address, step.byte);
      return NOTHING;
    case 'writeByte':
      await bus.writeByte(address, step.command, step.byte);
      return NOTHING;
    case 'writeWord':
      await bus.writeWord(address, step.command, step.word);
      return NOTHING;
    case 'i2cWrite': {
      const { bytesWritten } = await bus.i2cWrite(address, step.bytes.length, Buffer.from(step.bytes));
      return completeWrite(step.bytes, bytesWritten);
    }
    default:
      return assertNever(step, 'step');
  }
}

function isRefusedAddress(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'EBUSY';
}

function failed(error: unknown, id: string, address: number): I2cAnswer {
  const code = (error as { readonly code?: unknown }).code;
  const name = typeof code === 'string' ? code : '';
  const text = error instanceof Error ? error.message : String(error);
  const hint = hints[name] === undefined ? '' : ` (${hints[name]})`;
  const place = `${id} 0x${address.toString(16).padStart(2, '0')}`;
  return { kind: 'error', error: errors[name] ?? 'io', detail: `${place}: ${text}${hint}` };
}
