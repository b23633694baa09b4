// The pins of an expander as they are believed: levels that differ from those of the last time count when two reads in a
// row agree, because nothing on the bus tells a corrupted byte from a sled that went.
import type { Level, PinChip, PinsAnswer } from '../chips/chip.ts';

const MOST_READS = 4;

export class PinReader {
  readonly #chip: PinChip;
  #known: readonly Level[] | null = null;

  constructor(chip: PinChip) {
    this.#chip = chip;
  }

  async read(): Promise<PinsAnswer> {
    const wasKnown = this.#known !== null;
    let before: readonly Level[] | null = this.#known;
    let answer = await this.#chip.readPins();
    for (let reads = 1; reads < MOST_READS && !agrees(answer, before, wasKnown); reads++) {
      before = answer.kind === 'ok' ? answer.levels : before;
      answer = await this.#chip.readPins();
    }
    if (agrees(answer, before, wasKnown)) {
      this.#known = answer.kind === 'ok' ? answer.levels : null;
      return answer;
    }
    this.#known = null;
    if (answer.kind === 'failed') return answer;
    const place = `${this.#chip.name} at 0x${this.#chip.address.toString(16)} on ${this.#chip.busId}`;
    return { kind: 'failed', reason: 'implausible', detail: `${place}: its pins read differently each time` };
  }
}

/** A failure is asked about again only when it comes out of the blue. */
function agrees(answer: PinsAnswer, before: readonly Level[] | null, wasKnown: boolean): boolean {
  if (answer.kind === 'failed') return answer.reason === 'timeout' || !wasKnown;
  return before !== null && answer.levels.every((level, pin) => level === before[pin]);
}
