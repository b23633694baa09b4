// The wire form of I2cBus and GpioLine for a bus server in another process: JSON lines over a Unix socket, answered in
// order per bus. Requests may be pipelined. Limits: 4 KiB a line, 256 bytes a transfer.
import type { BusError, I2cAnswer } from './ports.ts';

export const MAX_LINE_BYTES = 4096;
export const MAX_TRANSFER_BYTES = 256;

/** `t`: I2C transfer; `r`, `s`: read and set a line; `w`: send edges of a line from now on. Bytes are hex. */
export type BusRequest =
  | {
      readonly id: number;
      readonly op: 't';
      readonly bus: string;
      readonly a: number;
      readonly w: string;
      readonly n: number;
    }
  | { readonly id: number; readonly op: 'r' | 'w'; readonly line: string }
  | { readonly id: number; readonly op: 's'; readonly line: string; readonly level: 0 | 1 };

/** `d`: data of a transfer, `e`: why it failed, `level`: of a line. Without an `id` it is an edge. */
export type BusResponse =
  | { readonly id: number; readonly d: string }
  | { readonly id: number; readonly e: BusError; readonly detail: string }
  | { readonly id: number; readonly level: 0 | 1 }
  | { readonly line: string; readonly level: 0 | 1 };

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** A bus server's answer to a transfer, as the port gives it. */
export function transferAnswer(response: BusResponse): I2cAnswer {
  if ('d' in response) return { kind: 'ok', data: fromHex(response.d) };
  if ('e' in response) return { kind: 'error', error: response.e, detail: response.detail };
  return { kind: 'error', error: 'io', detail: 'the bus server answered a transfer with a line level' };
}

/** Cuts a byte stream into lines; a line over the limit is an error, because the rest cannot be trusted. */
export class LineSplitter {
  #rest = '';
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: string): string[] {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > this.#maxBytes || lines.some((line) => line.length > this.#maxBytes)) {
      throw new Error(`a line is longer than ${this.#maxBytes} bytes`);
    }
    return lines.filter((line) => line !== '');
  }
}

/**
 * How a bus server shows a fan controller that real boards reach through the kernel's hwmon files (chip `hwmon-fan`, at
 * its device's address on a bus of kind `hwmon`): pwmN is one byte 0..255 at `pwm + N`, fanN_input is the speed in rpm,
 * two bytes, high byte first, at `fan + 2 · N`; N from 1 to 16.
 */
export const hwmonFanRegisters = { pwm: 0x00, fan: 0x20 } as const;
