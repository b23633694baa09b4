// One drift whose cause has been named: how large it is now, whether another cause explains it better after all, and
// whether it is over. Over means: that nothing is wrong has become far likelier than that half of it is left.
import type { Attribution, Verdict } from './attribution.ts';
import { misfitOf, OFFSETS_K, POWER_FACTORS, REMAINING_AIR } from './attribution.ts';
import { causeKey, type DriftCause, type DriftFinding } from './drift-cause.ts';
import { emptyPattern, patternInto, type Pattern, type ResidualView } from './drift-patterns.ts';

const MEMORY_S = 60;
/** For so long another cause may still turn out to be the right one; it is weighed so often. */
const SECOND_LOOK_S = 1800;
const LOOK_EVERY_S = 15;
const CORRELATED_S = 20;
/** Logarithm of the odds at which it is over. */
const OVER = 12;

export class ExplainedDrift {
  #finding: DriftFinding;
  readonly #look: Attribution;
  readonly #pattern: Pattern;
  #magnitudes: readonly number[];
  #misfit: Float64Array;
  #over = 0;
  /** What it was at its largest, once measured. */
  #largest: number;
  #measuredS = 0;
  #sinceFoundS = 0;
  #sinceLookS = 0;

  constructor(verdict: Verdict, growth: DriftFinding['growth'], atS: number, look: Attribution, slots: number) {
    const { cause, magnitude, confidence } = verdict;
    this.#finding = { cause, magnitude, confidence, sinceS: atS, growth, isMeasured: false };
    this.#look = look;
    this.#largest = magnitude;
    this.#pattern = emptyPattern(slots);
    this.#magnitudes = magnitudesOf(cause);
    this.#misfit = new Float64Array(this.#magnitudes.length);
  }

  get finding(): DriftFinding {
    return this.#finding;
  }

  get isGone(): boolean {
    return this.#over > OVER;
  }

  /** It touches all slots. */
  get isWide(): boolean {
    const { cause } = this.#finding;
    return (
      cause.kind === 'filter' || cause.kind === 'fan-weak' || (cause.kind === 'sensor' && cause.sensor.of === 'ambient')
    );
  }

  /** It is about that slot or a sensor in it. */
  isAbout(slot: number): boolean {
    const { cause } = this.#finding;
    if (cause.kind === 'slot-blocked') return cause.slot === slot;
    return cause.kind === 'sensor' && 'slot' in cause.sensor && cause.sensor.slot === slot;
  }

  /** A change that looks like this cause's may be this one getting larger, or going. */
  isAlike(cause: DriftCause): boolean {
    const own = this.#finding.cause;
    if (causeKey(own) === causeKey(cause)) return true;
    const slot =
      cause.kind === 'slot-blocked'
        ? cause.slot
        : cause.kind === 'sensor' && 'slot' in cause.sensor
          ? cause.sensor.slot
          : null;
    return slot !== null && this.isAbout(slot);
  }

  /** What it makes of the residuals now; good until the next call. */
  pattern(view: ResidualView): Pattern {
    patternInto(view, this.#finding.cause, this.#finding.magnitude, this.#pattern);
    return this.#pattern;
  }

  /** @param view without what other drifts explain @returns what explains it best, each time that it is looked at */
  follow(
    view: ResidualView,
    seconds: number,
    costOf: (cause: DriftCause, magnitude: number) => number,
  ): Verdict | null {
    this.#measure(view, seconds);
    this.#weighEnd(view, seconds);
    this.#sinceFoundS += seconds;
    this.#sinceLookS += seconds;
    // while it may be going, what is left of it looks like something else
    if (this.#over > 0 || this.#sinceFoundS > SECOND_LOOK_S || this.#sinceLookS < LOOK_EVERY_S) return null;
    this.#look.add(view, this.#sinceLookS);
    this.#sinceLookS = 0;
    return this.#look.verdict(costOf);
  }

  /** Takes its size from the present alone: what came before the onset, or while it grew, would make it too small. */
  sizeUp(view: ResidualView): void {
    const misfits = this.#magnitudes.map((magnitude) => this.#misfitAt(view, magnitude));
    const magnitude = this.#magnitudes[misfits.indexOf(Math.min(...misfits))]!;
    if (sizeOf(this.#finding.cause, magnitude) < sizeOf(this.#finding.cause, this.#largest)) return;
    this.#finding = { ...this.#finding, magnitude };
    this.#largest = magnitude;
  }

  rename({ cause, magnitude, confidence }: Verdict): void {
    this.#finding = { ...this.#finding, cause, magnitude, confidence };
    this.#magnitudes = magnitudesOf(cause);
    this.#largest = magnitude;
    this.#over = 0;
    this.refresh();
  }

  /** Something has changed: its size is measured anew, from now on. */
  refresh(): void {
    this.#misfit = new Float64Array(this.#magnitudes.length);
    this.#measuredS = 0;
  }

  #measure(view: ResidualView, seconds: number): void {
    const keep = Math.exp(-seconds / MEMORY_S);
    let best = 0;
    for (let g = 0; g < this.#magnitudes.length; g++) {
      this.#misfit[g] = keep * this.#misfit[g]! + (this.#misfitAt(view, this.#magnitudes[g]!) * seconds) / CORRELATED_S;
      if (this.#misfit[g]! < this.#misfit[best]!) best = g;
    }
    this.#measuredS += seconds;
    const magnitude = this.#magnitudes[best]!;
    this.#finding = { ...this.#finding, magnitude };
    const { cause } = this.#finding;
    if (this.#measuredS >= MEMORY_S && sizeOf(cause, magnitude) > sizeOf(cause, this.#largest))
      this.#largest = magnitude;
  }

  #weighEnd(view: ResidualView, seconds: number): void {
    const half = halfOf(this.#finding.cause, this.#largest);
    const none = this.#misfitAt(view, neutralOf(this.#finding.cause));
    const gain = this.#misfitAt(view, half) - none;
    this.#over = Math.max(0, this.#over + (gain * seconds) / CORRELATED_S);
  }

  #misfitAt(view: ResidualView, magnitude: number): number {
    patternInto(view, this.#finding.cause, magnitude, this.#pattern);
    return misfitOf(view, this.#pattern).squares;
  }
}

function magnitudesOf(cause: DriftCause): readonly number[] {
  if (cause.kind !== 'sensor') return REMAINING_AIR;
  return cause.sensor.of === 'power' ? POWER_FACTORS : OFFSETS_K;
}

function neutralOf(cause: DriftCause): number {
  return cause.kind !== 'sensor' || cause.sensor.of === 'power' ? 1 : 0;
}

function sizeOf(cause: DriftCause, magnitude: number): number {
  return neutralOf(cause) === 0 ? Math.abs(magnitude) : Math.abs(Math.log(Math.max(0.01, magnitude)));
}

function halfOf(cause: DriftCause, magnitude: number): number {
  if (cause.kind !== 'sensor' || cause.sensor.of === 'power') {
    const root = Math.sqrt(magnitude);
    return magnitude < 1 ? Math.min(root, 0.93) : Math.max(root, 1.07);
  }
  return Math.sign(magnitude) * Math.max(0.5, Math.abs(magnitude) / 2);
}
