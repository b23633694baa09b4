// The boot of the sled for which floors were granted last, in `<stateRoot>/granted-boot`: a line with the checksum of
// what follows. A file that is missing or cannot be read means that none were: then they are asked for once more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ColdslotError } from '../../core/errors.ts';
import { checksumOf } from './checksum.ts';
import { writeDurably, type DurableWrite } from './durable-file.ts';

export class BootStore {
  readonly #file: string;
  readonly #write: DurableWrite;

  constructor(stateRoot: string, write: DurableWrite = writeDurably) {
    this.#file = join(stateRoot, 'granted-boot');
    this.#write = write;
  }

  read(): string | null {
    let text: string;
    try {
      text = readFileSync(this.#file, 'utf8');
    } catch {
      return null;
    }
    const end = text.indexOf('\n');
    const boot = text.slice(end + 1);
    return end > 0 && text.slice(0, end) === checksumOf(boot) ? boot : null;
  }

  /** Durable when it resolves. @throws ColdslotError `io` */
  async put(boot: string): Promise<void> {
    try {
      await this.#write(this.#file, `${checksumOf(boot)}\n${boot}`);
    } catch (error) {
      const hint = 'make room on its disk or make it writable';
      throw new ColdslotError('io', this.#file, `cannot be written: ${(error as Error).message}`, hint);
    }
  }
}
