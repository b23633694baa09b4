// The ports: what the inside needs from the outside. Implemented over real hardware (src/buses), over the simulator's
// socket, and in process by tests.
import type { Reading } from './reading.ts';

/** Why a bus transaction failed. `busy`: a kernel driver owns the address (EBUSY). `pec`: checksum wrong. */
export type BusError = 'nack' | 'timeout' | 'arbitration' | 'busy' | 'pec' | 'io';

export type I2cAnswer =
  | { readonly kind: 'ok'; readonly data: Uint8Array }
  | { readonly kind: 'error'; readonly error: BusError; readonly detail: string };

/**
 * One I2C bus, or one channel of a mux. Asynchronous in type: on hardware the call has completed when it returns.
 * Callers may issue transactions without waiting; a bus carries them out in the order of the calls.
 */
export interface I2cBus {
  readonly id: string;
  /** One transaction: the bytes written, then (repeated start) `readLength` bytes read. Either part may be empty. */
  transfer(address: number, write: Uint8Array, readLength: number): Promise<I2cAnswer>;
}

/** A digital line. `level` readings are 0 or 1 as on the wire; active-low is the board's business. */
export interface GpioLine {
  readonly id: string;
  read(): Promise<Reading>;
  write(level: 0 | 1): Promise<'ok' | { readonly error: string }>;
  /** Calls back on every edge with the new level, until the returned function is called. */
  watch(listener: (level: 0 | 1) => void): () => void;
}

export type ModbusAnswer =
  | { readonly kind: 'ok'; readonly registers: readonly number[] }
  | {
      readonly kind: 'error';
      /** `exception`: the device answered that it will not. */
      readonly error: 'timeout' | 'exception' | 'crc' | 'io';
      readonly detail: string;
      /** Of an exception: 1 illegal function, 2 illegal data address … (Modbus Application Protocol 1.1b3, 7). */
      readonly code?: number;
    };

/** A Modbus line or connection; registers are unsigned 16 bit. */
export interface ModbusLink {
  readonly id: string;
  readHolding(unit: number, address: number, count: number): Promise<ModbusAnswer>;
  writeHolding(unit: number, address: number, registers: readonly number[]): Promise<ModbusAnswer>;
}

export type SledPower = 'on' | 'off' | 'cycle';

/** A sled's own BMC, reached over the network. Sensor names are the BMC's. */
export interface SledBmc {
  readonly slot: number;
  sensors(): Promise<ReadonlyMap<string, Reading>>;
  power(action: SledPower): Promise<'ok' | { readonly error: string }>;
}

/** Append-only, durable: `append` resolves only when the records would survive a power cut. */
export interface Journal {
  append(records: readonly Uint8Array[]): Promise<void>;
}

export interface BusMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

export interface PublishOptions {
  readonly retain?: boolean;
  readonly qos?: 0 | 1;
}

/** The message bus (MQTT). Topic filters use MQTT's + and #. */
export interface Bus {
  /** Queued (bounded) while the broker is away; resolves when sent, or for QoS 1 acknowledged. */
  publish(topic: string, payload: string, options?: PublishOptions): Promise<void>;
  /** Listens from now on, through reconnects. */
  subscribe(filter: string, listener: (message: BusMessage) => void): Promise<void>;
  connected(): boolean;
  close(): Promise<void>;
}
