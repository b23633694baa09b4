// What answers where: physical buses, the switches on them and the chips behind those. Carries out one transaction
// and says how long it held the wire.
import { ColdslotError } from '../../src/core/errors.ts';
import type { BusError, I2cAnswer } from '../../src/core/ports.ts';
import type { ChipModel, ChipTime } from '../chips/chip-model.ts';
import type { MuxModel } from '../chips/pca954x.ts';

/** SMBus: a slave that holds the clock is given up after this long. */
export const BUS_TIMEOUT_MS = 25;

/** A chip at an address. `answers` is false while its sled is not there or has no power. */
export interface AttachedChip {
  readonly id: string;
  readonly chip: ChipModel;
  readonly answers: () => boolean;
}

export interface AttachedMux {
  readonly id: string;
  readonly model: MuxModel;
  readonly channels: ReadonlyMap<number, Segment>;
}

/** A stretch of wire: a physical bus or one channel of a switch. */
export interface Segment {
  readonly id: string;
  readonly clockHz: number;
  readonly chips: Map<number, AttachedChip>;
  readonly muxes: Map<number, AttachedMux>;
  /** The switch and channel it hangs on; null for a physical bus. */
  readonly behind: { readonly segment: Segment; readonly mux: AttachedMux; readonly channel: number } | null;
}

/** What a fault switch may break, asked for every transaction. */
export interface BusFaults {
  isHung(bus: string): boolean;
  isSilent(device: string): boolean;
}

export interface Outcome {
  readonly answer: I2cAnswer;
  readonly wireMs: number;
}

/** One finished transaction, for who looks on. */
export interface TransferRecord {
  readonly bus: string;
  readonly address: number;
  readonly write: Uint8Array;
  readonly answer: I2cAnswer;
}

/** Bits on the wire: start, address and data bytes of 9, repeated start, stop. */
export function transferBits(writeLength: number, readLength: number): number {
  const writes = writeLength > 0 || readLength === 0;
  const writeBits = writes ? 9 + 9 * writeLength : 0;
  const readBits = readLength > 0 ? 9 + 9 * readLength : 0;
  return 1 + writeBits + (writes && readLength > 0 ? 1 : 0) + readBits + 1;
}

const NACK_BITS = 11;

export class BusTopology {
  readonly #segments = new Map<string, Segment>();
  readonly #faults: BusFaults;
  readonly #wireMs = new Map<string, number>();
  readonly #watchers = new Set<(record: TransferRecord) => void>();

  constructor(faults: BusFaults) {
    this.#faults = faults;
  }

  add(segment: Segment): void {
    if (this.#segments.has(segment.id)) throw new ColdslotError('bad-input', `bus ${segment.id}`, 'is there twice');
    this.#segments.set(segment.id, segment);
  }

  segment(bus: string): Segment | null {
    return this.#segments.get(bus) ?? null;
  }

  busIds(): string[] {
    return [...this.#segments.keys()];
  }

  /** The physical bus under a bus or channel. */
  root(bus: string): string {
    const behind = this.#segments.get(bus)?.behind ?? null;
    return behind === null ? bus : this.root(behind.segment.id);
  }

  /** Seconds that transactions have held a physical bus so far. */
  wireTimeS(bus: string): number {
    return (this.#wireMs.get(this.root(bus)) ?? 0) / 1000;
  }

  /** Tells of every transaction, until the returned function is called. */
  watch(watcher: (record: TransferRecord) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  execute(bus: string, address: number, write: Uint8Array, readLength: number, time: ChipTime): Outcome {
    const segment = this.#segments.get(bus);
    if (segment === undefined) throw new ColdslotError('not-found', `bus ${bus}`, 'there is no such bus');
    const outcome = this.#carryOut(segment, address, write, readLength, time);
    const root = this.root(bus);
    this.#wireMs.set(root, (this.#wireMs.get(root) ?? 0) + outcome.wireMs);
    for (const watcher of this.#watchers) watcher({ bus, address, write, answer: outcome.answer });
    return outcome;
  }

  #carryOut(segment: Segment, address: number, write: Uint8Array, readLength: number, time: ChipTime): Outcome {
    for (let part: Segment | undefined = segment; part !== undefined; part = part.behind?.segment) {
      if (this.#faults.isHung(part.id)) return failed('timeout', `bus ${part.id} is held low`, BUS_TIMEOUT_MS);
    }
    const route = this.#route(segment);
    const toMs = (bits: number) => (bits * 1000) / segment.clockHz;
    if (route.silentMux !== null) {
      return failed('nack', `switch ${route.silentMux} does not answer`, toMs(route.bits + NACK_BITS));
    }
    const hit = findChip(segment, address);
    const data =
      hit === null || this.#faults.isSilent(hit.id) || !hit.answers()
        ? null
        : hit.chip.transfer(write, readLength, time);
    const where = `0x${address.toString(16).padStart(2, '0')} on bus ${segment.id}`;
    if (data === null) return failed('nack', `nothing acknowledges ${where}`, toMs(route.bits + NACK_BITS));
    return { answer: { kind: 'ok', data }, wireMs: toMs(route.bits + transferBits(write.length, readLength)) };
  }

  /** Opens the switches on the way; each that has to change costs a write of its register. */
  #route(segment: Segment): { bits: number; silentMux: string | null } {
    if (segment.behind === null) return { bits: 0, silentMux: null };
    const { mux, channel, segment: upper } = segment.behind;
    const before = this.#route(upper);
    if (before.silentMux !== null) return before;
    if (this.#faults.isSilent(mux.id)) return { bits: before.bits, silentMux: mux.id };
    if (mux.model.selected === 1 << channel) return before;
    mux.model.selected = 1 << channel;
    return { bits: before.bits + transferBits(1, 0), silentMux: null };
  }
}

function failed(error: BusError, detail: string, wireMs: number): Outcome {
  return { answer: { kind: 'error', error, detail }, wireMs };
}

/** On the segment itself, on what it hangs on, or through switches that are open. */
function findChip(segment: Segment, address: number): AttachedChip | null {
  for (let part: Segment | undefined = segment; part !== undefined; part = part.behind?.segment) {
    const here = part.chips.get(address) ?? switchAt(part, address);
    if (here !== null && here !== undefined) return here;
  }
  return findBelow(segment, address);
}

function findBelow(segment: Segment, address: number): AttachedChip | null {
  for (const mux of segment.muxes.values()) {
    for (const [channel, lower] of mux.channels) {
      if (!mux.model.isOpen(channel)) continue;
      const found = lower.chips.get(address) ?? switchAt(lower, address) ?? findBelow(lower, address);
      if (found !== null) return found;
    }
  }
  return null;
}

function switchAt(segment: Segment, address: number): AttachedChip | null {
  const mux = segment.muxes.get(address);
  return mux === undefined ? null : { id: mux.id, chip: mux.model, answers: () => true };
}
