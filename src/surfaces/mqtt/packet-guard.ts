// Ends a connection whose next MQTT packet says that it is longer than the broker takes, before a byte of it is kept. The
// parser behind it would gather up to 256 MB.
import { Duplex, Transform, type TransformCallback } from 'node:stream';
import { ColdslotError } from '../../core/errors.ts';

/** Remaining Length, MQTT 3.1.1 §2.2.3: seven bits a byte, at most four bytes. */
const MAX_LENGTH_BYTES = 4;

export class PacketGuard extends Transform {
  readonly #maxBytes: number;
  #left = 0;
  /** Bytes of the fixed header so far. */
  #header = 0;
  #length = 0;

  constructor(maxBytes: number) {
    super();
    this.#maxBytes = maxBytes;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    const why = this.#follow(chunk);
    if (why === null) done(null, chunk);
    else done(new ColdslotError('refused', 'MQTT packet', why));
  }

  /** Null, or why the connection is ended. */
  #follow(chunk: Buffer): string | null {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (this.#header++ === 0) continue;
      this.#length += (byte & 0x7f) * 128 ** (this.#header - 2);
      if (this.#length > this.#maxBytes) return `is ${this.#length} bytes or more, at most ${this.#maxBytes} are taken`;
      if ((byte & 0x80) === 0) {
        this.#left = this.#length;
        this.#header = 0;
        this.#length = 0;
      } else if (this.#header > MAX_LENGTH_BYTES) return 'has a length of more than four bytes';
    }
    return null;
  }
}

/** The connection with its guard in front of what is read. */
export function guarded(socket: Duplex, maxBytes: number): Duplex {
  const guard = new PacketGuard(maxBytes);
  socket.pipe(guard);
  const connection = Duplex.from({ readable: guard, writable: socket });
  socket.on('error', (error) => connection.destroy(error));
  socket.once('close', () => connection.destroy());
  connection.once('close', () => socket.destroy());
  connection.on('error', () => {});
  return connection;
}
