// What answers where: physical buses, the switches on them and the chips behind those. Carries out one transaction
// and says how long it held the wire.
import { ColdslotError } from '../../src/core/errors.ts';
import type { BusError, I2cAnswer } from '../../src/core/ports.ts';
import type { ChipModel, ChipTime } from '../chips/chip-model.ts';
import type { TransferFault } from '../contract.ts';
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
  /** The channel that a switch cannot leave. */
  stuckChannel(mux: string): number | null;
  /** How long a device stretches the clock. */
  delayMs(device: string): number;
  /** Pulls the sled that carries the device; null when nobody pulls it now. */
  takeUnplug(device: string): (() => void) | null;
  /** What befalls the next transfer on a bus. */
  disturbance(bus: string): TransferFault | null;
  corrupted(data: Uint8Array): Uint8Array;
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
    const where = `0x${address.toString(16).padStart(2, '0')} on bus ${segment.id}`;
    const disturbance = this.#faults.disturbance(segment.id);
    if (disturbance !== null && disturbance !== 'corrupt') {
      return failed(disturbance, `${disturbance} injected at ${where}`, toMs(route.bits + NACK_BITS));
    }
    const hit = findChip(route.lands, address);
    const delayMs = hit === null ? 0 : this.#faults.delayMs(hit.id);
    if (delayMs > BUS_TIMEOUT_MS) return failed('timeout', `${where} stretches the clock`, BUS_TIMEOUT_MS);
    const data =
      hit === null || this.#faults.isSilent(hit.id) || !hit.answers()
        ? null
        : hit.chip.transfer(write, readLength, time);
    if (data === null) return failed('nack', `nothing acknowledges ${where}`, toMs(route.bits + NACK_BITS));
    const wireMs = toMs(route.bits + transferBits(write.length, readLength)) + delayMs;
    const pull = hit === null ? null : this.#faults.takeUnplug(hit.id);
    if (pull !== null) {
      pull();
      // nobody drives the line any more: a byte that is not written reads as ones
      return readLength === 0
        ? failed('nack', `${where} went away`, wireMs)
        : { answer: { kind: 'ok', data: data.map((byte, at) => (at * 2 < data.length ? byte : 0xff)) }, wireMs };
    }
    const seen = disturbance === 'corrupt' ? this.#faults.corrupted(data) : data;
    return { answer: { kind: 'ok', data: seen }, wireMs };
  }

  /** Opens the switches on the way; each that has to change costs a write of its register. */
  #route(segment: Segment): Route {
    if (segment.behind === null) return { bits: 0, silentMux: null, lands: segment };
    const { mux, channel, segment: upper } = segment.behind;
    const before = this.#route(upper);
    if (before.silentMux !== null) return before;
    if (this.#faults.isSilent(mux.id) || before.lands !== upper) return { ...before, silentMux: mux.id };
    const stuck = this.#faults.stuckChannel(mux.id);
    if (stuck !== null) {
      mux.model.selected = 1 << stuck;
      return { ...before, lands: mux.channels.get(stuck) ?? upper };
    }
    if (mux.model.selected === 1 << channel) return { ...before, lands: segment };
    mux.model.selected = 1 << channel;
    return { bits: before.bits + transferBits(1, 0), silentMux: null, lands: segment };
  }
}

/** `lands`: where the transfer really goes. */
interface Route {
  readonly bits: number;
  readonly silentMux: string | null;
  readonly lands: Segment;
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
