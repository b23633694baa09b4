// I/O expanders: PCA9534/9536/9554 (8 pins), PCA9535/9539/9555 (NXP PCA9555, table 4 ff., 16 pins, the two registers of
// a pair alternate), PCA9505/9506 (40 pins) and TCA6424 (24 pins), where bit 7 of the command steps through a bank.
import type { ChipModel } from './chip-model.ts';
import type { Wire } from '../lines/wire.ts';

interface Layout {
  readonly ports: number;
  /** Pins of the last port that exist. */
  readonly pins: number;
  /** First command of inputs, outputs, polarities and configurations. */
  readonly banks: readonly [number, number, number, number];
  readonly outputPor: number;
  /** `pair`: always steps inside the bank; `flag`: only when bit 7 of the command is set; `none`: repeats. */
  readonly step: 'none' | 'pair' | 'flag';
}

const eight: Layout = { ports: 1, pins: 8, banks: [0, 1, 2, 3], outputPor: 0xff, step: 'none' };
const sixteen: Layout = { ports: 2, pins: 16, banks: [0, 2, 4, 6], outputPor: 0xff, step: 'pair' };
const forty: Layout = { ports: 5, pins: 40, banks: [0x00, 0x08, 0x10, 0x18], outputPor: 0x00, step: 'flag' };

/** Chip names of boards → register layout. */
export const expanderLayouts: Readonly<Record<string, Layout>> = {
  pca9534: eight,
  pca9538: eight,
  pca9554: eight,
  pca9536: { ...eight, pins: 4 },
  pca9535: sixteen,
  pca9539: sixteen,
  pca9555: sixteen,
  tca9535: sixteen,
  tca9539: sixteen,
  tca9555: sixteen,
  pca9505: forty,
  pca9506: forty,
  tca6424: { ports: 3, pins: 24, banks: [0x00, 0x04, 0x08, 0x0c], outputPor: 0xff, step: 'flag' },
};

export class ExpanderModel implements ChipModel {
  readonly #layout: Layout;
  readonly #pins: readonly Wire[];
  #command = 0;
  #outputs: number[] = [];
  #polarity: number[] = [];
  #config: number[] = [];

  constructor(layout: Layout, pin: (index: number) => Wire) {
    this.#layout = layout;
    this.#pins = Array.from({ length: layout.pins }, (_, index) => pin(index));
    this.reset();
  }

  /** All pins are inputs. */
  reset(): void {
    const { ports, outputPor } = this.#layout;
    this.#command = 0;
    this.#outputs = Array.from({ length: ports }, () => outputPor);
    this.#polarity = Array.from({ length: ports }, () => 0);
    this.#config = Array.from({ length: ports }, () => 0xff);
    this.#drive();
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array | null {
    if (write[0] !== undefined) this.#command = write[0];
    const start = this.#locate(this.#command & (this.#layout.step === 'flag' ? 0x7f : 0xff));
    if (start === null) return null;
    let { port } = start;
    for (const value of write.subarray(1)) {
      this.#store(start.bank, port, value);
      port = this.#next(port);
    }
    return Uint8Array.from({ length: readLength }, () => {
      const value = this.#read(start.bank, port);
      port = this.#next(port);
      return value;
    });
  }

  #locate(command: number): { bank: number; port: number } | null {
    for (const [bank, first] of this.#layout.banks.entries()) {
      if (command >= first && command < first + this.#layout.ports) return { bank, port: command - first };
    }
    return null;
  }

  #next(port: number): number {
    const steps = this.#layout.step === 'pair' || (this.#layout.step === 'flag' && (this.#command & 0x80) !== 0);
    return steps ? (port + 1) % this.#layout.ports : port;
  }

  #store(bank: number, port: number, value: number): void {
    if (bank === 1) this.#outputs[port] = value;
    else if (bank === 2) this.#polarity[port] = value;
    else if (bank === 3) this.#config[port] = value;
    this.#drive(); // writes to the inputs have no effect
  }

  #read(bank: number, port: number): number {
    if (bank === 1) return this.#outputs[port] ?? 0;
    if (bank === 2) return this.#polarity[port] ?? 0;
    if (bank === 3) return this.#config[port] ?? 0;
    let levels = 0;
    for (let bit = 0; bit < 8; bit++) {
      if (this.#pins[port * 8 + bit]?.level === 1) levels |= 1 << bit;
    }
    return levels ^ (this.#polarity[port] ?? 0);
  }

  #drive(): void {
    for (const [index, wire] of this.#pins.entries()) {
      const port = index >> 3;
      const mask = 1 << (index & 7);
      const isInput = ((this.#config[port] ?? 0xff) & mask) !== 0;
      wire.drive(isInput ? null : ((this.#outputs[port] ?? 0) & mask) === 0 ? 0 : 1);
    }
  }
}
