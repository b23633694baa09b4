// A terminal device, mostly one end of a pseudo terminal, as the wire of an RTU line: bytes in and out as they are.
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { ColdslotError } from '../../src/core/errors.ts';

const SETUP_MS = 5000;

export class SerialPort {
  readonly #path: string;
  readonly #input: ReadStream;
  readonly #output: number;
  #open = true;

  /**
   * `ended`: the other end is gone for good.
   * @throws ColdslotError `io` when it is no terminal or cannot be opened
   */
  constructor(path: string, received: (bytes: Uint8Array) => void, ended: (why: string) => void) {
    this.#path = path;
    makeRaw(path);
    try {
      // Not to block: a line carries bytes away whether or not somebody listens, and the simulator must not wait.
      this.#output = openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
      this.#input = new ReadStream(openSync(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK));
    } catch (error) {
      throw new ColdslotError('io', path, `cannot be opened as a serial line: ${(error as Error).message}`);
    }
    this.#input.on('data', (bytes: Buffer) => received(bytes));
    this.#input.on('error', (error) => ended(error.message));
    this.#input.on('end', () => ended('it was hung up'));
  }

  send(bytes: Uint8Array): void {
    if (!this.#open) return;
    try {
      writeSync(this.#output, bytes); // what does not fit is lost, as on a line that nobody listens to
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN' && code !== 'EIO') throw new ColdslotError('io', this.#path, (error as Error).message);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#input.destroy();
    closeSync(this.#output);
  }
}

/** No line editing, no echo, no changed bytes. Speed and parity are the wire's: a pseudo terminal has none. */
function makeRaw(path: string): void {
  const { status, stderr, error } = spawnSync('stty', ['-F', path, 'raw', '-echo'], {
    encoding: 'utf8',
    timeout: SETUP_MS,
  });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim();
  throw new ColdslotError('io', path, `is not a serial line: ${why}`, 'give the path of a terminal device');
}
