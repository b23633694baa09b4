// Is a sled there, by what its chips do? For slots whose presence no line tells, or whose line cannot be read just now.
// Only an address that is not acknowledged speaks for an empty slot: a stuck or lost bus says nothing.
import type { BoardDevice } from '../board/schema.ts';
import type { I2cAnswer, I2cBus } from '../core/ports.ts';
import { Polled } from './polled.ts';

export type Heard = 'answered' | 'refused' | 'unknown';

export class SledProbe {
  readonly #chips: readonly Polled<I2cAnswer>[];

  /** `devices`: those of one sled, on I2C buses. */
  constructor(devices: readonly BoardDevice[], bus: (device: BoardDevice) => I2cBus) {
    this.#chips = devices.map((device) => {
      const address = Number.parseInt(device.address, 16);
      // one byte from wherever its pointer is: every chip allows that, and it changes nothing
      return new Polled(() => bus(device).transfer(address, new Uint8Array(0), 1));
    });
  }

  /** Resolves when all have answered or are known to hang. */
  async ask(nowMs: number): Promise<void> {
    await Promise.all(this.#chips.map((chip) => chip.ask(nowMs)));
  }

  /** One chip that answers is a sled; none is only when all refuse. */
  heard(nowMs: number): Heard {
    const answers = this.#chips.map((chip) => chip.latest(nowMs));
    if (answers.some((answer) => answer?.kind === 'ok')) return 'answered';
    const refused = answers.filter((answer) => answer?.kind === 'error' && answer.error === 'nack');
    return answers.length > 0 && refused.length === answers.length ? 'refused' : 'unknown';
  }
}
