// A disk with a volatile cache, as two files of it: until a datasync succeeds, each sector that was written holds any
// of its versions since then, or a mixture of two, in any combination. A datasync that fails has stored some of it, and
// what it has not it never will, although it can still be read (as Linux does after a write error).
import type { Random } from '../../src/core/random.ts';
import type { SegmentFile } from '../../src/controller/segment-file.ts';

const SECTOR_BYTES = 512;

/** What every operation ends with from the moment the power is gone. */
export class PowerLost extends Error {}

export class LyingDisk {
  readonly files: readonly [LyingFile, LyingFile];
  readonly #random: Random;
  /** Operations until the power goes. */
  #operationsLeft = Infinity;
  /** How likely each operation fails with an error. */
  #errorRate = 0;
  /** While true, nothing can be written: a full disk. */
  isFull = false;

  constructor(bytes: number, random: Random) {
    this.#random = random;
    this.files = [new LyingFile(bytes, random, () => this.#next()), new LyingFile(bytes, random, () => this.#next())];
  }

  /** The power comes back; it goes again after so many operations. */
  powerOn(operations: number, errorRate = 0): void {
    this.#operationsLeft = operations;
    this.#errorRate = errorRate;
  }

  /** The power goes: what is left is what the disk has stored. */
  powerOff(keeps: 'something' | 'everything' = 'something'): void {
    this.#operationsLeft = 0;
    for (const file of this.files) file.settle(keeps);
  }

  get isPowered(): boolean {
    return this.#operationsLeft > 0;
  }

  #next(): 'well' | 'error' | 'power-lost' | 'full' {
    if (this.#operationsLeft <= 0) return 'power-lost';
    this.#operationsLeft--;
    if (this.#operationsLeft <= 0) return 'power-lost';
    if (this.isFull) return 'full';
    return this.#random.next() < this.#errorRate ? 'error' : 'well';
  }
}

export class LyingFile implements SegmentFile {
  /** What a read gives: all that was written. */
  readonly #cache: Uint8Array;
  /** What is on the disk for sure. */
  readonly stored: Uint8Array;
  readonly #versions = new Map<number, Uint8Array[]>();
  readonly #random: Random;
  readonly #next: () => 'well' | 'error' | 'power-lost' | 'full';

  constructor(bytes: number, random: Random, next: () => 'well' | 'error' | 'power-lost' | 'full') {
    this.#cache = new Uint8Array(bytes);
    this.stored = new Uint8Array(bytes);
    this.#random = random;
    this.#next = next;
  }

  async read(): Promise<Uint8Array> {
    return this.#cache.slice();
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    const how = this.#next();
    if (how === 'full') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    const written = how === 'well' ? bytes : bytes.subarray(0, this.#random.int(bytes.length + 1));
    this.#cache.set(written, offset);
    const last = Math.floor((offset + written.length - 1) / SECTOR_BYTES);
    for (let sector = Math.floor(offset / SECTOR_BYTES); sector <= last; sector++) this.#remember(sector);
    fail(how);
  }

  async datasync(): Promise<void> {
    const how = this.#next();
    if (how === 'power-lost') throw new PowerLost();
    for (const [sector, versions] of this.#versions) {
      const newest = versions.at(-1) as Uint8Array;
      this.stored.set(how === 'well' ? newest : this.#oneOf(sector, versions), sector * SECTOR_BYTES);
    }
    this.#versions.clear();
    fail(how);
  }

  async close(): Promise<void> {}

  /** The power is gone. */
  settle(keeps: 'something' | 'everything'): void {
    for (const [sector, versions] of this.#versions) {
      const newest = versions.at(-1) as Uint8Array;
      this.stored.set(keeps === 'everything' ? newest : this.#oneOf(sector, versions), sector * SECTOR_BYTES);
    }
    this.#versions.clear();
    this.reread();
  }

  /** After a change to what is stored. */
  reread(): void {
    this.#cache.set(this.stored);
  }

  #remember(sector: number): void {
    const at = sector * SECTOR_BYTES;
    const versions = this.#versions.get(sector) ?? [];
    versions.push(this.#cache.slice(at, at + SECTOR_BYTES));
    this.#versions.set(sector, versions);
  }

  #oneOf(sector: number, versions: readonly Uint8Array[]): Uint8Array {
    const at = sector * SECTOR_BYTES;
    const all = [this.stored.slice(at, at + SECTOR_BYTES), ...versions];
    const one = this.#random.pick(all).slice();
    if (this.#random.next() < 0.3) one.set(this.#random.pick(all).subarray(0, this.#random.int(SECTOR_BYTES)));
    return one;
  }
}

function fail(how: 'well' | 'error' | 'power-lost' | 'full'): void {
  if (how === 'power-lost') throw new PowerLost();
  if (how === 'full') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  if (how === 'error') throw Object.assign(new Error('error'), { code: 'EIO' });
}
