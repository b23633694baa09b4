// TMP421/422/423 (TI SBOS398): a local and one to three remote temperatures. High byte at 00h–03h, low byte (1/16 K in
// bits 7:4, flags in 1:0) at 10h–13h; the extended range adds 64 K so that −55…150 °C fits without a sign.
import { clamp } from '../../src/core/units.ts';
import type { ChipModel, Probe } from './chip-model.ts';

const CONFIG_1 = 0x09;
const CONFIG_2 = 0x0a;
const RATE = 0x0b;
const RESET = 0xfc;
const RANGE = 0x04;
/** Low byte of a remote channel without a diode, bit 0. */
const OPEN = 0x01;

export type Tmp42xName = 'tmp421' | 'tmp422' | 'tmp423';

const identity: Readonly<
  Record<Tmp42xName, { readonly remotes: number; readonly id: number; readonly config2: number }>
> = {
  tmp421: { remotes: 1, id: 0x21, config2: 0x1c },
  tmp422: { remotes: 2, id: 0x22, config2: 0x3c },
  tmp423: { remotes: 3, id: 0x23, config2: 0x7c },
};

export class Tmp421Model implements ChipModel {
  readonly #chip: (typeof identity)[Tmp42xName];
  /** Channel 0 is local; a remote channel without a probe has no diode. */
  readonly #probes: readonly (Probe | null)[];
  readonly #registers = new Map<number, number>();
  #pointer = 0;
  /** Low bytes latched when the high byte is read, so that the two belong together. */
  #latchedLow = new Map<number, number>();

  constructor(chip: Tmp42xName, probes: readonly (Probe | null)[]) {
    this.#chip = identity[chip];
    this.#probes = probes;
    this.reset();
  }

  reset(): void {
    this.#pointer = 0;
    this.#latchedLow = new Map();
    this.#registers.clear();
    this.#registers.set(CONFIG_1, 0).set(CONFIG_2, this.#chip.config2).set(RATE, 0x07);
    for (let remote = 1; remote <= this.#chip.remotes; remote++) this.#registers.set(0x20 + remote, 0); // N factor
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array {
    const [pointer, value] = write;
    if (pointer !== undefined) this.#pointer = pointer;
    if (value !== undefined) this.#store(value);
    // a two-byte read of a temperature gives its high byte and then its low byte
    return Uint8Array.from({ length: readLength }, (_, index) =>
      this.#read(index === 1 && this.#pointer < 0x04 ? this.#pointer + 0x10 : this.#pointer),
    );
  }

  #store(value: number): void {
    if (this.#pointer === RESET) this.reset();
    else if (this.#pointer === CONFIG_1) this.#registers.set(CONFIG_1, value & 0x44);
    else if (this.#pointer === CONFIG_2) this.#registers.set(CONFIG_2, value & this.#chip.config2);
    else if (this.#pointer === RATE) this.#registers.set(RATE, value & 0x07);
    else if (this.#registers.has(this.#pointer)) this.#registers.set(this.#pointer, value);
  }

  #read(register: number): number {
    if (register === 0xfe) return 0x55;
    if (register === 0xff) return this.#chip.id;
    if (register === 0x08) return 0x00; // status: not busy
    if (register <= this.#chip.remotes) return this.#high(register);
    if (register >= 0x10 && register <= 0x10 + this.#chip.remotes) {
      const channel = register - 0x10;
      const latched = this.#latchedLow.get(channel) ?? this.#convert(channel) & 0xff;
      this.#latchedLow.delete(channel);
      return latched;
    }
    return this.#registers.get(register) ?? 0;
  }

  #high(channel: number): number {
    const word = this.#convert(channel);
    this.#latchedLow.set(channel, word & 0xff);
    return word >> 8;
  }

  #convert(channel: number): number {
    const enabled = ((this.#registers.get(CONFIG_2) ?? 0) >> (3 + channel)) & 1;
    const extended = ((this.#registers.get(CONFIG_1) ?? 0) & RANGE) !== 0;
    const probe = this.#probes[channel] ?? null;
    if (channel > 0 && (enabled === 0 || probe === null)) return probe === null ? OPEN : 0;
    const celsius = probe === null ? 25 : probe();
    const shown = extended ? clamp(celsius, -64, 191) + 64 : clamp(celsius, -55, 127.9375);
    return (Math.round(shown * 16) << 4) & 0xfff0;
  }
}
