// LM75 family temperature sensors: LM75 (TI SNIS153, 9 bit), LM75A, DS75 and TMP75/105/175/275 (TI SBOS288, 9 to 12 bit
// by R1:R0), TMP112 (TI SBOS473, 12 bit, 13 in extended mode, 16-bit configuration). Pointer register, then 2 bytes.
import { clamp } from '../../src/core/units.ts';
import { repeatWord, wordAt, type ChipModel, type Probe } from './chip-model.ts';

export type Lm75Variant = 'lm75' | 'tmp75' | 'tmp112';

/** Chip names of boards → which of the three register layouts. */
export const lm75Variants: Readonly<Record<string, Lm75Variant>> = {
  lm75: 'lm75',
  lm75a: 'lm75',
  lm75b: 'lm75',
  ds75: 'tmp75',
  tmp75: 'tmp75',
  tmp105: 'tmp75',
  tmp175: 'tmp75',
  tmp275: 'tmp75',
  tmp112: 'tmp112',
};

const THYST_POR = 0x4b00; // 75 °C
const TOS_POR = 0x5000; // 80 °C
const CONFIG_POR_TMP112 = 0x60a0;
const SHUTDOWN = 0x01;
const ONE_SHOT = 0x80;
const EXTENDED = 0x10;

export class Lm75Model implements ChipModel {
  readonly #variant: Lm75Variant;
  readonly #temperatureC: Probe;
  #pointer = 0;
  #config = 0;
  #thyst = THYST_POR;
  #tos = TOS_POR;
  #held: number | null = null;

  constructor(variant: Lm75Variant, temperatureC: Probe) {
    this.#variant = variant;
    this.#temperatureC = temperatureC;
    this.reset();
  }

  reset(): void {
    this.#pointer = 0;
    this.#config = this.#variant === 'tmp112' ? CONFIG_POR_TMP112 : 0;
    this.#thyst = THYST_POR;
    this.#tos = TOS_POR;
    this.#held = null;
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array {
    if (write[0] !== undefined) this.#pointer = write[0] & 0x03;
    if (write.length > 1) this.#store(write);
    return this.#read(readLength);
  }

  #read(length: number): Uint8Array {
    switch (this.#pointer) {
      case 0:
        return repeatWord(this.#held ?? this.#convert(), length);
      case 1:
        return this.#variant === 'tmp112'
          ? repeatWord(this.#config, length)
          : new Uint8Array(length).fill(this.#config & 0xff);
      case 2:
        return repeatWord(this.#thyst, length);
      default:
        return repeatWord(this.#tos, length);
    }
  }

  #store(write: Uint8Array): void {
    const word = wordAt(write, 1);
    if (this.#pointer === 1) this.#configure(write[1] ?? 0, write[2]);
    else if (word !== null && this.#pointer === 2) this.#thyst = word & this.#limitMask();
    else if (word !== null && this.#pointer === 3) this.#tos = word & this.#limitMask();
  }

  /** The first configuration byte is the same in all of them; a chip in shut-down keeps its last conversion. */
  #configure(first: number, second: number | undefined): void {
    const oneShot = (first & ONE_SHOT) !== 0 && (first & SHUTDOWN) !== 0 && this.#variant !== 'lm75';
    if (this.#variant === 'lm75') this.#config = first & 0x1f;
    else if (this.#variant === 'tmp75') this.#config = first & 0x7f;
    else this.#config = ((first & 0x1f) << 8) | 0x6000 | ((second ?? this.#config & 0xff) & 0xd0) | 0x20;
    if ((first & SHUTDOWN) === 0) this.#held = null;
    else if (this.#held === null || oneShot) this.#held = this.#convert();
  }

  /** Left-justified two's complement; the resolution is what the configuration says. */
  #convert(): number {
    const bits = this.#bits();
    const extended = bits === 13;
    const fractionBits = extended ? 4 : bits - 8;
    const highest = extended ? 255.9375 : 128 - 2 ** -fractionBits;
    const raw = Math.round(clamp(this.#temperatureC(), -55, highest) * 2 ** fractionBits);
    const word = (raw * 2 ** (16 - bits)) & 0xffff;
    return extended ? word | 1 : word; // TMP112 table 9: bit 0 says that the format is the extended one
  }

  #bits(): number {
    if (this.#variant === 'lm75') return 9;
    if (this.#variant === 'tmp75') return 9 + ((this.#config >> 5) & 0x03);
    return (this.#config & EXTENDED) === 0 ? 12 : 13;
  }

  #limitMask(): number {
    return this.#variant === 'lm75' ? 0xff80 : this.#variant === 'tmp112' ? 0xfff8 : 0xfff0;
  }
}
