// Drift detection: notices that the chassis is no longer as it was learned, and names the cause: a blocked slot, a weak air
// mover, the filter, a sensor. Open-loop residuals (residuals.ts) go through a CUSUM for each slot both ways; what raises
// the alarm is put down to the cause whose pattern fits best (attribution.ts); readings and tachometers are also judged on
// their own, and the long memory sees what grows over days. Frames in, changes out; no clock, no I/O.
import { Attribution, candidatesFor, type Verdict } from './attribution.ts';
import type { ChassisModel } from './chassis-model.ts';
import { CALM, levelOf, stepCusum, type Cusum, type CusumLimits } from './cusum.ts';
import { causeKey, type DriftCause, type DriftFinding, type DriftSensor } from './drift-cause.ts';
import { meanOf, type DriftFrame } from './drift-frame.ts';
import { ExplainedDrift } from './explained-drift.ts';
import { Fouling } from './fouling.ts';
import { MoverCheck } from './mover-check.ts';
import { ReadingWatch } from './reading-watch.ts';
import { ResidualTracker, type Residuals } from './residuals.ts';

export interface DriftOptions {
  /** Time constant of every slot, s. */
  readonly timeConstantS: readonly number[];
  /** Which slots have a sensor in their inlet. */
  readonly hasInlet: readonly boolean[];
  readonly limits?: CusumLimits;
}

/** `named`: another cause than the one said before explains it better. */
export type DriftChange =
  | { readonly kind: 'found'; readonly finding: DriftFinding }
  | { readonly kind: 'named'; readonly finding: DriftFinding; readonly before: DriftCause }
  | { readonly kind: 'gone'; readonly finding: DriftFinding };

export const DRIFT_LIMITS: CusumLimits = { allowedSigmas: 1.8, alarmSigmaS: 90 };

const STEP_S = 5;
/** A gap in the frames longer than this starts the prediction anew, s. */
const GAP_S = 15;
/** Levels of the CUSUM: from which on causes are weighed, and at which nothing is learned any more. */
const SUSPECT = 0.15;
const DOUBT = 0.3;
/** An alarm whose cause is not sure is named all the same after so long, s. */
const UNDECIDED_S = 60;
const SURE = 0.8;
/** A cause is looked at for at least so long before it is named, s. */
const LEAST_LOOK_S = 30;
/** A second look must be as sure as this to name another cause. */
const SURER = 0.99;
const SECOND_LOOK_S = 1800;
/** A slot that has been learned for less is not judged, s. */
const LEARNING_S = 900;
/** From suspicion to alarm: longer than this and it has grown, s. */
const SLOW_S = 1200;
/** How much likelier a jump makes the sensor, −ln. */
const JUMPED = 8;
const NO_JUMP = 3;
/** How much of what is explained may be left over. */
const LEFT_OVER = 0.2;

export class DriftDetector {
  readonly #slots: number;
  readonly #movers: number;
  readonly #hasInlet: readonly boolean[];
  readonly #limits: CusumLimits;
  readonly #residuals: ResidualTracker;
  readonly #readings: ReadingWatch;
  readonly #moverChecks: readonly MoverCheck[];
  readonly #fouling: Fouling;
  readonly #temperature: Cusum[];
  readonly #inlet: Cusum[];
  readonly #sleds: (string | null | undefined)[];
  #frames: DriftFrame[] = [];
  #stepFromS: number | null = null;
  #lastS: number | null = null;
  #suspicion: { attribution: Attribution; sinceS: number; alarmS: number | null } | null = null;
  #explained: ExplainedDrift[] = [];
  /** Findings of the checks that need no attribution, by cause. */
  #direct = new Map<string, DriftFinding>();

  constructor(model: ChassisModel, options: DriftOptions) {
    this.#slots = model.slotIds.length;
    this.#movers = model.moverIds.length;
    this.#hasInlet = options.hasInlet;
    this.#limits = options.limits ?? DRIFT_LIMITS;
    this.#residuals = new ResidualTracker(model, options.timeConstantS);
    this.#readings = new ReadingWatch(this.#slots);
    this.#moverChecks = model.moverIds.map(() => new MoverCheck());
    this.#fouling = new Fouling(this.#slots);
    this.#temperature = model.slotIds.map(() => CALM);
    this.#inlet = model.slotIds.map(() => CALM);
    this.#sleds = model.slotIds.map(() => undefined);
  }

  findings(): DriftFinding[] {
    return [...this.#explained.map((entry) => entry.finding), ...this.#direct.values()];
  }

  /** The highest CUSUM of all slots: 0 = calm, 1 = alarm. */
  get level(): number {
    return Math.max(...this.#temperature.map((one) => levelOf(one, this.#limits)), ...this.#inlet.map((one) => levelOf(one, this.#limits)));
  }

  /** Takes one frame in; one that is not later than the one before is left out. @returns what has changed */
  take(frame: DriftFrame): DriftChange[] {
    const elapsedS = this.#lastS === null ? 0 : frame.atS - this.#lastS;
    if (this.#lastS !== null && elapsedS <= 0) return [];
    this.#lastS = frame.atS;
    if (elapsedS > GAP_S) this.#interrupt();
    this.#watchSleds(frame);
    const trusted = this.#readings.take(frame, elapsedS, (slot, sameS) => this.#residuals.slot(slot).movedK(sameS));
    this.#stepFromS ??= frame.atS - Math.min(elapsedS, STEP_S);
    this.#frames.push(trusted);
    const seconds = frame.atS - this.#stepFromS;
    if (seconds < STEP_S) return [];
    const frames = this.#frames;
    this.#frames = [];
    this.#stepFromS = frame.atS;
    return this.#step(frames, seconds, frame.atS);
  }

  #interrupt(): void {
    this.#residuals.interrupt();
    this.#frames = [];
    this.#stepFromS = null;
  }

  /** Another sled, or none, is no drift: its slot is learned anew. */
  #watchSleds(frame: DriftFrame): void {
    frame.slots.forEach(({ sled }, s) => {
      const before = this.#sleds[s];
      this.#sleds[s] = sled;
      if (before === undefined || before === sled) return;
      this.#residuals.sledChanged(s);
      this.#readings.forget(s);
      this.#fouling.forget(s);
      this.#temperature[s] = CALM;
      this.#inlet[s] = CALM;
      this.#explained = this.#explained.filter((entry) => !entry.isAbout(s));
    });
  }

  #step(frames: readonly DriftFrame[], seconds: number, atS: number): DriftChange[] {
    const seen = meanOf(frames, seconds);
    this.#moverChecks.forEach((check, m) => check.step(seen.ratios[m]!, seen.turning[m] ?? null, seconds));
    const unwell = this.#moverChecks.map((check, m) =>
      check.isWeak || !seen.isWell[m] ? Math.max(0, 1 - (seen.turning[m] ?? 0) / Math.max(0.05, seen.ratios[m]!)) : 0,
    );
    const view = this.#residuals.step(seen, unwell);
    const changes = [...this.#directChanges(atS), ...this.#followExplained(view, seconds, atS)];
    const unexplained = this.#unexplained(view);
    this.#sum(unexplained, seconds);
    changes.push(...this.#suspect(unexplained, seconds, atS));
    this.#learn(view, seconds, unwell);
    return changes;
  }

  /** Stuck and noisy sensors, fans that turn too slowly, slow fouling. */
  #directChanges(atS: number): DriftChange[] {
    const now = new Map<string, Pick<DriftFinding, 'cause' | 'magnitude' | 'growth' | 'isMeasured'>>();
    const add = (cause: DriftCause, magnitude: number, growth: 'sudden' | 'slow', isMeasured: boolean) =>
      now.set(causeKey(cause), { cause, magnitude, growth, isMeasured });
    for (const { sensor, fault } of this.#readings.sick()) add({ kind: 'sensor', sensor, fault }, 0, 'sudden', true);
    this.#moverChecks.forEach((check, mover) => {
      if (check.isWeak) add({ kind: 'fan-weak', mover }, check.part, 'sudden', true);
    });
    const isTold = (kind: DriftCause['kind']) => this.#explained.some((entry) => entry.finding.cause.kind === kind);
    if (this.#fouling.isFilter && !isTold('filter')) add({ kind: 'filter' }, this.#fouling.part, 'slow', false);
    for (const { slot, part } of this.#fouling.lowSlots()) {
      if (!this.#explained.some((entry) => entry.isAbout(slot))) add({ kind: 'slot-blocked', slot }, part, 'slow', false);
    }
    const changes: DriftChange[] = [];
    for (const [key, finding] of this.#direct) {
      if (now.has(key)) continue;
      this.#direct.delete(key);
      changes.push({ kind: 'gone', finding });
    }
    for (const [key, found] of now) {
      const before = this.#direct.get(key);
      const finding = { ...found, confidence: SURER, sinceS: before?.sinceS ?? atS };
      this.#direct.set(key, finding);
      if (before === undefined) changes.push({ kind: 'found', finding });
    }
    return changes;
  }

  /** Every explained drift sees what the others leave. */
  #followExplained(view: Residuals, seconds: number, atS: number): DriftChange[] {
    const changes: DriftChange[] = [];
    for (const entry of [...this.#explained]) {
      const rest = this.#explained.filter((other) => other !== entry);
      const left = without(view, rest);
      const verdict = entry.follow(left, seconds, (cause, magnitude) => this.#costOf(cause, magnitude));
      if (entry.isGone) {
        this.#explained = rest;
        this.#suspicion = null;
        this.#calm();
        changes.push({ kind: 'gone', finding: entry.finding });
      } else if (verdict !== null && this.#isBetter(entry, verdict, atS)) {
        const before = entry.finding.cause;
        entry.rename(verdict);
        changes.push({ kind: 'named', finding: entry.finding, before });
      }
    }
    return changes;
  }

  #isBetter(entry: ExplainedDrift, verdict: Verdict, atS: number): boolean {
    if (atS - entry.finding.sinceS > SECOND_LOOK_S || verdict.confidence < SURER || isMoreAir(verdict)) return false;
    return causeKey(verdict.cause) !== causeKey(entry.finding.cause);
  }

  #unexplained(view: Residuals): Residuals {
    return this.#explained.length === 0 ? view : without(view, this.#explained);
  }

  #sum(view: Residuals, seconds: number): void {
    for (let s = 0; s < this.#slots; s++) {
      const { errorK, sigmaK, inletK, inletSigmaK } = view;
      if (this.#residuals.slot(s).learntS < LEARNING_S) continue;
      // the one that has not got there yet counts: the residual itself at the onset, where it leads to at the end
      const temperature = Number.isNaN(errorK[s]!) ? 0 : smaller(errorK[s]! / sigmaK[s]!, view.temperatureK[s]! / view.temperatureSigmaK[s]!);
      const inlet = Number.isNaN(inletK[s]!) ? 0 : inletK[s]! / inletSigmaK[s]!;
      this.#temperature[s] = stepCusum(this.#temperature[s]!, temperature, seconds, this.#limits);
      this.#inlet[s] = stepCusum(this.#inlet[s]!, inlet, seconds, this.#limits);
    }
  }

  #suspect(view: Residuals, seconds: number, atS: number): DriftChange[] {
    const { level } = this;
    if (level < SUSPECT) {
      this.#suspicion = null;
      return [];
    }
    const candidates = () => candidatesFor(this.#hasInlet.map((hasInlet) => ({ hasInlet })), this.#movers);
    this.#suspicion ??= { attribution: new Attribution(candidates(), this.#slots), sinceS: atS, alarmS: null };
    const suspicion = this.#suspicion;
    suspicion.attribution.add(view, seconds);
    if (level < 1 && suspicion.alarmS === null) return [];
    suspicion.alarmS ??= atS;
    const verdict = suspicion.attribution.verdict((cause, magnitude) => this.#costOf(cause, magnitude));
    const isDecided = verdict !== null && verdict.confidence >= SURE && atS - suspicion.sinceS >= LEAST_LOOK_S;
    if (!isDecided && atS - suspicion.alarmS < UNDECIDED_S) return [];
    this.#suspicion = null;
    this.#calm();
    if (verdict === null) return [];
    const known = this.#explained.find((entry) => entry.isAlike(verdict.cause));
    if (known !== undefined) {
      known.refresh();
      return [];
    }
    if (isMoreAir(verdict)) {
      this.#relearn(verdict.cause);
      return [];
    }
    const growth = suspicion.alarmS - suspicion.sinceS > SLOW_S ? 'slow' : 'sudden';
    const entry = new ExplainedDrift(verdict, growth, atS, suspicion.attribution, this.#slots);
    this.#explained.push(entry);
    return [{ kind: 'found', finding: entry.finding }];
  }

  #calm(): void {
    this.#temperature.fill(CALM);
    this.#inlet.fill(CALM);
  }

  /** More air than before is welcome: the flow is learned anew. */
  #relearn(cause: DriftCause): void {
    for (let s = 0; s < this.#slots; s++) {
      if (cause.kind !== 'slot-blocked' || cause.slot === s) this.#residuals.slot(s).reopen();
    }
  }

  /** What else speaks for or against a cause, −ln. */
  #costOf(cause: DriftCause, magnitude: number): number {
    if (cause.kind !== 'sensor') return 0;
    const jump = this.#readings.jumpOf(cause.sensor as DriftSensor);
    if (cause.sensor.of === 'power' || jump === 0) return NO_JUMP;
    return Math.abs(jump - magnitude) < 0.4 * Math.abs(magnitude) + 0.5 ? -JUMPED : NO_JUMP;
  }

  #learn(view: Residuals, seconds: number, unwell: readonly number[]): void {
    const isWide = this.#explained.some((entry) => entry.isWide);
    if (isWide || this.level > 2 * DOUBT || unwell.some((part) => part > 0)) return;
    const touched = touchedBy(view, this.#explained);
    for (let s = 0; s < this.#slots; s++) {
      const doubt = Math.max(levelOf(this.#temperature[s]!, this.#limits), levelOf(this.#inlet[s]!, this.#limits));
      if (doubt < DOUBT && !touched[s]) this.#residuals.learn(s, seconds, false);
    }
    this.#fouling.step(
      Array.from({ length: this.#slots }, (_, s) => this.#residuals.slot(s)),
      view.flowM3s,
      seconds,
    );
  }
}

function smaller(a: number, b: number): number {
  if (a * b <= 0) return 0;
  return Math.abs(a) < Math.abs(b) ? a : b;
}

function isMoreAir({ cause, magnitude }: Verdict): boolean {
  return cause.kind !== 'sensor' && magnitude > 1;
}

function touchedBy(view: Residuals, explained: readonly ExplainedDrift[]): boolean[] {
  const touched = Array.from({ length: view.flowM3s.length }, () => false);
  for (const entry of explained) {
    const { temperatureK, inletK } = entry.pattern(view);
    for (let s = 0; s < touched.length; s++) {
      if (Math.abs(temperatureK[s]!) > 0.3 * view.sigmaK[s]! || Math.abs(inletK[s]!) > 0.3 * view.inletSigmaK[s]!) touched[s] = true;
    }
  }
  return touched;
}

/** The view without what these explain; where they explain much, the lag-corrected residual with their doubt. */
function without(view: Residuals, explained: readonly ExplainedDrift[]): Residuals {
  if (explained.length === 0) return view;
  const left = {
    ...view,
    temperatureK: Float64Array.from(view.temperatureK),
    temperatureSigmaK: Float64Array.from(view.temperatureSigmaK),
    inletK: Float64Array.from(view.inletK),
    inletSigmaK: Float64Array.from(view.inletSigmaK),
    errorK: Float64Array.from(view.errorK),
    sigmaK: Float64Array.from(view.sigmaK),
  };
  for (const entry of explained) {
    const { temperatureK, temperatureDoubtK, inletK, inletDoubtK } = entry.pattern(view);
    for (let s = 0; s < temperatureK.length; s++) {
      left.temperatureK[s]! -= temperatureK[s]!;
      left.temperatureSigmaK[s] = Math.hypot(left.temperatureSigmaK[s]!, LEFT_OVER * temperatureK[s]!, temperatureDoubtK[s]!);
      left.inletK[s]! -= inletK[s]!;
      left.inletSigmaK[s] = Math.hypot(left.inletSigmaK[s]!, LEFT_OVER * inletK[s]!, inletDoubtK[s]!);
      if (Math.abs(temperatureK[s]!) < 0.3 * view.sigmaK[s]!) continue;
      left.errorK[s] = left.temperatureK[s]!;
      left.sigmaK[s] = left.temperatureSigmaK[s]!;
    }
  }
  return left;
}
