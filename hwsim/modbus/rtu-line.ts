// The devices' end of a serial line: a frame is what comes between two silences of 3.5 characters, and is taken when
// its checksum is right. Modbus over serial line V1.02, 2.5.1.1. Nothing else is ever answered.
import type { Timer } from '../../src/core/clock.ts';
import { withCrc, withoutCrc } from './crc16.ts';
import type { ModbusBus } from './modbus-bus.ts';

export const BROADCAST_UNIT = 0;
/** V1.02, 2.5.1: address, PDU, checksum. */
const MAX_FRAME_BYTES = 256;
const GAP_CHARACTERS = 3.5;
/** Above 19,200 baud the gap stays at this. */
const LEAST_GAP_MS = 1.75;
const BITS_PER_CHARACTER = 11;

export function gapMs(baud: number): number {
  return baud > 19_200 ? LEAST_GAP_MS : (GAP_CHARACTERS * BITS_PER_CHARACTER * 1000) / baud;
}

export interface RtuLineOptions {
  readonly bus: ModbusBus;
  readonly baud: number;
  /** The gap is at least this: a line that is only simulated does not keep bytes of a frame together as a UART does. */
  readonly leastGapMs?: number;
  readonly send: (bytes: Uint8Array) => void;
}

export class RtuLine {
  readonly #bus: ModbusBus;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #gapMs: number;
  #frame: number[] = [];
  /** The frame is longer than any may be: the rest of it is not kept. */
  #tooLong = false;
  #silence: Timer | null = null;

  constructor({ bus, baud, leastGapMs, send }: RtuLineOptions) {
    this.#bus = bus;
    this.#send = send;
    this.#gapMs = Math.max(gapMs(baud), leastGapMs ?? 0);
  }

  /** Bytes from the line, as they come. */
  receive(bytes: Uint8Array): void {
    this.#silence?.cancel();
    if (this.#frame.length + bytes.length > MAX_FRAME_BYTES) this.#tooLong = true;
    else this.#frame.push(...bytes);
    this.#silence = this.#bus.clock.after('modbus gap', this.#gapMs, () => this.#frameEnds());
  }

  close(): void {
    this.#silence?.cancel();
    this.#bus.close();
  }

  #frameEnds(): void {
    const frame = this.#tooLong ? null : withoutCrc(Uint8Array.from(this.#frame));
    this.#frame = [];
    this.#tooLong = false;
    const [unit, ...pdu] = frame ?? [];
    if (unit === undefined || pdu.length === 0) return;
    this.#serve(unit, Uint8Array.from(pdu));
  }

  #serve(unit: number, pdu: Uint8Array): void {
    if (unit === BROADCAST_UNIT) {
      this.#bus.broadcast(pdu);
      return;
    }
    const outcome = this.#bus.serve(unit, pdu);
    if (outcome.kind !== 'answer') return; // others may hang on the line: silence
    const frame = withCrc(Uint8Array.of(unit, ...outcome.pdu));
    if (outcome.damaged) frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 0x55;
    this.#bus.answerAfter(pdu.length, outcome.pdu.length, () => this.#send(frame));
  }
}
