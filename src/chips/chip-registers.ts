// Register access to one chip over an I2cBus: a pointer byte, then data. Turns bus errors into failures that name
// chip, address, bus and register.
import type { BusError, I2cAnswer, I2cBus } from '../core/ports.ts';
import type { NoReason, Reading } from '../core/reading.ts';
import { none } from '../core/reading.ts';
import type { BytesAnswer, ChipFailure, ChipIdentity, ChipResult } from './chip.ts';
import { CHIP_OK } from './chip.ts';

/** A chip that does not acknowledge is a fault: whether its sled is there at all is for the presence line to say. */
const REASON: Readonly<Record<BusError, NoReason>> = {
  nack: 'fault',
  timeout: 'timeout',
  arbitration: 'fault',
  busy: 'fault',
  pec: 'fault',
  io: 'fault',
};

/** Until two in a row agree. */
const MOST_READS = 4;

export type ByteAnswer = { readonly kind: 'ok'; readonly value: number } | ChipFailure;

export class ChipRegisters implements ChipIdentity {
  readonly name: string;
  readonly address: number;
  readonly busId: string;
  readonly #bus: I2cBus;
  readonly #place: string;
  /** Kept: a sweep reads the same registers again and again. */
  readonly #pointers = new Map<number, Uint8Array>();

  constructor(name: string, bus: I2cBus, address: number) {
    this.name = name;
    this.address = address;
    this.busId = bus.id;
    this.#bus = bus;
    this.#place = `${name} at 0x${hexByte(address)} on ${bus.id}`;
  }

  /** `length` bytes from `register` on, in the order of the wire. */
  read(register: number, length: number): Promise<BytesAnswer> {
    return this.readAt(this.address, this.#pointerTo(register), length);
  }

  /** As `read`, for chips whose pointer is wider than a byte or spills into the address. */
  async readAt(address: number, pointer: Uint8Array, length: number): Promise<BytesAnswer> {
    return this.#checked(await this.#bus.transfer(address, pointer, length), pointer, length);
  }

  async readByte(register: number): Promise<ByteAnswer> {
    const pointer = this.#pointerTo(register);
    const answer = this.#checked(await this.#bus.transfer(this.address, pointer, 1), pointer, 1);
    return answer.kind === 'ok' ? { kind: 'ok', value: answer.data[0] ?? 0 } : answer;
  }

  /** A 16-bit register, most significant byte first on the wire. */
  async readWord(register: number): Promise<ByteAnswer> {
    const pointer = this.#pointerTo(register);
    const answer = this.#checked(await this.#bus.transfer(this.address, pointer, 2), pointer, 2);
    return answer.kind === 'ok' ? { kind: 'ok', value: wordAt(answer.data, 0) } : answer;
  }

  #pointerTo(register: number): Uint8Array {
    let pointer = this.#pointers.get(register);
    if (pointer === undefined) {
      pointer = Uint8Array.of(register);
      this.#pointers.set(register, pointer);
    }
    return pointer;
  }

  #checked(answer: I2cAnswer, pointer: Uint8Array, length: number): BytesAnswer {
    if (answer.kind === 'error') return this.failure(REASON[answer.error], pointer, errorText(answer));
    if (answer.data.length === length) return answer;
    return this.failure('fault', pointer, `${answer.data.length} of ${length} bytes came back`);
  }

  async write(register: number, ...bytes: readonly number[]): Promise<ChipResult> {
    const sent = new Uint8Array(bytes.length + 1);
    sent[0] = register;
    sent.set(bytes, 1);
    const answer = await this.#bus.transfer(this.address, sent, 0);
    if (answer.kind === 'ok') return CHIP_OK;
    return this.failure(REASON[answer.error], Uint8Array.of(register), `write: ${errorText(answer)}`);
  }

  /**
   * Reads a byte, changes it and writes it back, unless it is already as wanted. What is written back stays, and may be
   * another slot's power: the byte counts when two reads agree.
   */
  async update(register: number, change: (value: number) => number): Promise<ChipResult> {
    const before = await this.#readTwice(register);
    if (before.kind === 'failed') return before;
    const after = change(before.value) & 0xff;
    return after === before.value ? CHIP_OK : this.write(register, after);
  }

  async #readTwice(register: number): Promise<ByteAnswer> {
    let before = await this.readByte(register);
    for (let read = 2; read <= MOST_READS && before.kind === 'ok'; read++) {
      const again = await this.readByte(register);
      if (again.kind === 'failed' || again.value === before.value) return again;
      before = again;
    }
    return before.kind === 'failed' ? before : this.failure('fault', register, `reads differently each time`);
  }

  failure(reason: NoReason, pointer: Uint8Array | number, what: string): ChipFailure {
    const register = typeof pointer === 'number' ? hexByte(pointer) : Array.from(pointer, hexByte).join('');
    return { kind: 'failed', reason, detail: `${this.place()}, register 0x${register}: ${what}` };
  }

  /** A request that the chip cannot have: a pin, output or channel it does not have. */
  refusal(what: string): ChipFailure {
    return { kind: 'failed', reason: 'fault', detail: `${this.place()}: ${what}` };
  }

  place(): string {
    return this.#place;
  }
}

/** A failure as the Reading of a channel. */
export function readingOf(failure: ChipFailure, atMs: number): Reading {
  return none(failure.reason, atMs, failure.detail);
}

/** 16 bits at `offset`, most significant byte first. */
export function wordAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function errorText(answer: { readonly error: BusError; readonly detail: string }): string {
  return answer.detail === '' ? answer.error : `${answer.error} (${answer.detail})`;
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
