// Reading lines and counted bytes from a socket, and writing to one no faster than the other side takes it.
import type { Socket } from 'node:net';
import { ColdslotError } from '../../core/errors.ts';

const NEWLINE = 0x0a;

/** Reads a stream of chunks as lines and runs of bytes. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next line without its end. @throws ColdslotError `bad-input` when it is longer than that, or none comes */
  async line(maxBytes: number): Promise<Uint8Array> {
    let end = this.#rest.indexOf(NEWLINE);
    while (end < 0) {
      if (this.#rest.length > maxBytes) break;
      const chunk = await this.#next();
      const searched = this.#rest.length;
      this.#rest = Buffer.concat([this.#rest, chunk]);
      const found = chunk.indexOf(NEWLINE);
      end = found < 0 ? -1 : searched + found;
    }
    if (end < 0 || end > maxBytes)
      throw new ColdslotError('bad-input', 'bulk stream', `a line is longer than ${maxBytes} bytes`);
    const line = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  /** Exactly so many bytes, in pieces. @throws ColdslotError `bad-input` when the stream ends before */
  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    let left = bytes;
    while (left > 0) {
      if (this.#rest.length === 0) this.#rest = await this.#next();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** Reads on and forgets, so that the sender gets to see an answer instead of a reset; at most so many bytes. */
  async drain(maxBytes: number): Promise<void> {
    this.#rest = new Uint8Array(0);
    for (let left = maxBytes; left > 0;) {
      const next = await this.#chunks.next();
      if (next.done === true) return;
      left -= next.value.length;
    }
  }

  async #next(): Promise<Uint8Array> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new ColdslotError('bad-input', 'bulk stream', 'ended in the middle');
    return next.value;
  }
}

/** Resolves when the bytes are handed to the kernel. */
export function writeAll(socket: Socket, data: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(data, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

export function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
