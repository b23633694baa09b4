// The devices of one Modbus bus and what is wrong with it: a request goes in, what comes back of it comes out. How it
// is framed is the line's (rtu-line.ts) or the connection's (tcp-server.ts) business.
import type { Clock, Timer } from '../../src/core/clock.ts';
import type { Random } from '../../src/core/random.ts';
import { answerPdu, isWrite, type RegisterFile } from './pdu.ts';

/** Start, 8 data bits, parity or a second stop bit, stop: V1.02, 2.5.1. */
const BITS_PER_BYTE = 11;
/** Address and checksum around a PDU. */
const RTU_OVERHEAD_BYTES = 3;
/** What a device takes to think. */
const TURNAROUND_MS = 1;
const EARLY_MS = 0.5;

export interface ModbusUnit {
  /** The device's name on the board. */
  readonly id: string;
  readonly registers: RegisterFile;
}

/** What a fault switch may break, asked for every request. */
export interface ModbusFaults {
  isHung(bus: string): boolean;
  isSilent(device: string): boolean;
  /** Part of a bus' answers that arrive damaged. */
  noiseOf(bus: string): number;
}

export type ModbusOutcome =
  /** `damaged`: bits fell over on the way; a checksum shows it. */
  | { readonly kind: 'answer'; readonly pdu: Uint8Array; readonly damaged: boolean }
  /** No device has that address. */
  | { readonly kind: 'nobody' }
  /** Nothing comes: the line is dead, the device is, or it was a broadcast. */
  | { readonly kind: 'silence' };

export interface ModbusBusOptions {
  readonly id: string;
  /** Bits per second of a serial line; null = a network, whose time does not count. */
  readonly baud: number | null;
  readonly units: ReadonlyMap<number, ModbusUnit>;
  readonly faults: ModbusFaults;
  readonly random: Random;
  readonly clock: Clock;
}

export class ModbusBus {
  readonly id: string;
  readonly baud: number | null;
  readonly units: ReadonlyMap<number, ModbusUnit>;
  readonly clock: Clock;
  readonly #faults: ModbusFaults;
  readonly #random: Random;
  readonly #answers: { readonly dueMs: number; readonly deliver: () => void }[] = [];
  #timer: Timer | null = null;
  #freeAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ModbusBusOptions) {
    this.id = options.id;
    this.baud = options.baud;
    this.units = options.units;
    this.clock = options.clock;
    this.#faults = options.faults;
    this.#random = options.random;
  }

  serve(unit: number, pdu: Uint8Array): ModbusOutcome {
    if (this.#faults.isHung(this.id)) return { kind: 'silence' };
    const found = this.units.get(unit);
    if (found === undefined) return { kind: 'nobody' };
    if (this.#faults.isSilent(found.id)) return { kind: 'silence' };
    const damaged = this.#random.next() < this.#faults.noiseOf(this.id);
    return { kind: 'answer', pdu: answerPdu(found.registers, pdu), damaged };
  }

  /** To all devices at once; only what writes has an effect, and nobody answers. V1.02, 2.1. */
  broadcast(pdu: Uint8Array): void {
    if (this.#faults.isHung(this.id) || !isWrite(pdu)) return;
    for (const { id, registers } of this.units.values()) {
      if (!this.#faults.isSilent(id)) answerPdu(registers, pdu);
    }
  }

  /** Takes the bus for a request and its answer (PDUs' lengths), then calls back; in the order of the calls. */
  answerAfter(requestBytes: number, answerBytes: number, deliver: () => void): void {
    const takesMs = TURNAROUND_MS + this.#wireMs(requestBytes) + this.#wireMs(answerBytes);
    this.#freeAtMs = Math.max(this.#freeAtMs, this.clock.nowMs()) + takesMs;
    this.#answers.push({ dueMs: this.#freeAtMs, deliver });
    this.#arm();
  }

  /** Answers that are under way arrive nowhere. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#answers.length = 0;
  }

  #arm(): void {
    const [next] = this.#answers;
    if (next === undefined || this.#timer !== null) return;
    this.#timer = this.clock.after('modbus answer', next.dueMs - this.clock.nowMs(), () => this.#deliverDue());
  }

  /** Timers come late, or a little early: what is due within half a millisecond is due. */
  #deliverDue(): void {
    this.#timer = null;
    const nowMs = this.clock.nowMs() + EARLY_MS;
    while ((this.#answers[0]?.dueMs ?? Infinity) <= nowMs) this.#answers.shift()?.deliver();
    this.#arm();
  }

  #wireMs(pduBytes: number): number {
    if (this.baud === null || pduBytes === 0) return 0;
    return ((pduBytes + RTU_OVERHEAD_BYTES) * BITS_PER_BYTE * 1000) / this.baud;
  }
}
