// PCA9546/PCA9548 I2C switches (NXP data sheets, "Control register"): one register, a bit for each channel.
import type { ChipModel } from './chip-model.ts';

export class MuxModel implements ChipModel {
  readonly #mask: number;
  selected = 0;

  constructor(channels: 4 | 8) {
    this.#mask = channels === 4 ? 0x0f : 0xff;
  }

  reset(): void {
    this.selected = 0;
  }

  transfer(write: Uint8Array, readLength: number): Uint8Array {
    const last = write.at(-1);
    if (last !== undefined) this.selected = last & this.#mask;
    return new Uint8Array(readLength).fill(this.selected);
  }

  isOpen(channel: number): boolean {
    return ((this.selected >> channel) & 1) === 1;
  }
}
