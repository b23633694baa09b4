// The long memory: how the flow of each slot compares with what it was when the chassis had just been learned. What grows
// over days, as dust does, is followed by everything else and noticed only here.
import { FLOW_EXPONENT } from './chassis-model.ts';
import type { OpenLoopSlot } from './open-loop.ts';

/** A slot is judged once it has learned for so long, and then follows its reference within a month. */
const MATURE_S = 3 * 3600;
const REFERENCE_S = 30 * 86_400;
const FILTER_BELOW = 0.85;
const SLOT_BELOW = 0.75;
const WELL_AGAIN = 0.93;
/** It must have been so for a while, s. */
const HELD_S = 1800;

interface Reference {
  readonly flowM3s: number;
  resistance: number;
  /** Part of the flow that is left. */
  part: number;
  lowS: number;
  isLow: boolean;
}

export class Fouling {
  readonly #references: (Reference | null)[];
  #allLowS = 0;
  #isFilter = false;

  constructor(slots: number) {
    this.#references = Array.from({ length: slots }, () => null);
  }

  forget(slot: number): void {
    this.#references[slot] = null;
  }

  /** Part of the air that all slots have left: the median. */
  get part(): number {
    const parts = this.#references.flatMap((reference) => (reference === null ? [] : [reference.part]));
    if (parts.length === 0) return 1;
    return parts.toSorted((a, b) => a - b)[Math.floor(parts.length / 2)]!;
  }

  get isFilter(): boolean {
    return this.#isFilter;
  }

  /** Slots that have lost air and the others have not. */
  lowSlots(): { readonly slot: number; readonly part: number }[] {
    return this.#references.flatMap((reference, slot) =>
      reference?.isLow === true ? [{ slot, part: reference.part }] : [],
    );
  }

  step(slots: readonly OpenLoopSlot[], flowsM3s: Float64Array, seconds: number): void {
    slots.forEach((slot, s) => this.#follow(slot, s, flowsM3s[s]!, seconds));
    const { part } = this;
    this.#allLowS = part < FILTER_BELOW ? this.#allLowS + seconds : 0;
    this.#isFilter = this.#isFilter ? part < WELL_AGAIN : this.#allLowS >= HELD_S;
    for (const reference of this.#references) {
      if (reference === null) continue;
      const relative = reference.part / Math.min(1, part);
      reference.lowS = relative < SLOT_BELOW ? reference.lowS + seconds : 0;
      reference.isLow = reference.isLow ? relative < WELL_AGAIN : reference.lowS >= HELD_S;
    }
  }

  #follow(slot: OpenLoopSlot, s: number, flowM3s: number, seconds: number): void {
    if (slot.learntS < MATURE_S || flowM3s <= 0) return;
    const reference = (this.#references[s] ??= {
      flowM3s,
      resistance: slot.resistanceAt(flowM3s),
      part: 1,
      lowS: 0,
      isLow: false,
    });
    const now = slot.resistanceAt(reference.flowM3s);
    const convective = Math.max(0.2 * now, slot.kFlow * reference.flowM3s ** -FLOW_EXPONENT);
    // all of the change is put down to the flow
    reference.part =
      Math.max(0.2, convective / Math.max(0.2 * convective, convective - (now - reference.resistance))) **
      (-1 / FLOW_EXPONENT);
    reference.resistance += (seconds / REFERENCE_S) * (now - reference.resistance);
  }
}
