// Drift detection: notices that the chassis is no longer as it was learned, and names the cause: a blocked slot, a weak air
// mover, the filter, a sensor. Open-loop residuals (residuals.ts) go through a CUSUM for each slot both ways; what raises
// the alarm is put down to the cause whose pattern fits best (attribution.ts); readings and tachometers are also judged on
// their own, and the long memory sees what grows over days. Frames in, changes out; no clock, no I/O.
import { Attribution, candidatesFor, type Verdict } from './attribution.ts';
import type { ChassisModel } from './chassis-model.ts';
import { CALM, levelOf, stepCusum, type Cusum, type CusumLimits } from './cusum.ts';
import { causeKey, type DriftCause, type DriftChange, type DriftFinding } from './drift-cause.ts';
import { meanOf, type DriftFrame } from './drift-frame.ts';
import { DirectDrift } from './direct-drift.ts';
import { ExplainedDrift } from './explained-drift.ts';
import { Fouling } from './fouling.ts';
import { MoverCheck } from './mover-check.ts';
import { ReadingWatch } from './reading-watch.ts';
import { ResidualTracker, type Residuals } from './residuals.ts';
import { touchedBy, without } from './unexplained.ts';

export interface DriftOptions {
  /** Time constant of every slot, s. */
  readonly timeConstantS: readonly number[];
  /** Which slots have a sensor in their inlet. */
  readonly hasInlet: readonly boolean[];
  readonly limits?: CusumLimits;
}

export const DRIFT_LIMITS: CusumLimits = { allowedSigmas: 1.8, alarmSigmaS: 90 };

const STEP_S = 5;
/** A gap in the frames longer than this starts the prediction anew, s. */
const GAP_S = 15;
/** Levels of the CUSUM: from which on causes are weighed, and at which nothing is learned any more. */
const SUSPECT = 0.15;
const DOUBT = 0.3;
/** An alarm whose cause is not sure is named all the same after so long, s. */
const UNDECIDED_S = 60;
const SURE = 0.9;
/** A cause is looked at for at least so long before it is named, s. */
const LEAST_LOOK_S = 30;
/** A second look must be as sure as this to name another cause. */
const SURER = 0.99;
/** What is less than this is told nobody. */
const TRIFLE_PART = 0.07;
const TRIFLE_K = 0.9;
/** From suspicion to alarm: longer than this and it has grown, s. */
const SLOW_S = 1200;
/** How much likelier a jump makes the sensor, −ln. */
const JUMPED = 8;
const NO_JUMP = 3;

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
  readonly #direct = new DirectDrift();

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
    return [...this.#explained.map((entry) => entry.finding), ...this.#direct.findings()];
  }

  /** Whether the slot has been learned long enough to be judged. */
  judges(slot: number): boolean {
    return this.#residuals.slot(slot).isJudged;
  }

  /** The highest CUSUM of all slots: 0 = calm, 1 = alarm. */
  get level(): number {
    return Math.max(
      ...this.#temperature.map((one) => levelOf(one, this.#limits)),
      ...this.#inlet.map((one) => levelOf(one, this.#limits)),
    );
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
    this.#readings.interrupt();
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
    const changes = [
      ...this.#direct.step(this.#readings.sick(), this.#moverChecks, this.#fouling, this.#explained, atS),
      ...this.#followExplained(view, seconds),
    ];
    const unexplained = this.#unexplained(view);
    this.#sum(unexplained, seconds);
    changes.push(...this.#suspect(unexplained, seconds, atS));
    this.#learn(view, seconds, unwell);
    return changes;
  }

  /** Every explained drift sees what the others leave. */
  #followExplained(view: Residuals, seconds: number): DriftChange[] {
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
      } else if (verdict !== null && isBetter(entry, verdict)) {
        const before = entry.finding.cause;
        entry.rename(verdict);
        changes.push({ kind: 'named', finding: entry.finding, before });
      }
    }
    return changes;
  }

  #unexplained(view: Residuals): Residuals {
    return this.#explained.length === 0 ? view : without(view, this.#explained);
  }

  #sum(view: Residuals, seconds: number): void {
    for (let s = 0; s < this.#slots; s++) {
      const { errorK, sigmaK, inletK, inletSigmaK } = view;
      if (!this.judges(s)) continue;
      // the one that has not got there yet counts: the residual itself at the onset, where it leads to at the end
      const temperature = Number.isNaN(errorK[s]!)
        ? 0
        : smaller(errorK[s]! / sigmaK[s]!, view.temperatureK[s]! / view.temperatureSigmaK[s]!);
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
    const candidates = () =>
      candidatesFor(
        this.#hasInlet.map((hasInlet) => ({ hasInlet })),
        this.#movers,
      );
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
    if (verdict === null || isTrifle(verdict)) return [];
    const known = this.#explained.find((entry) => entry.isAlike(verdict.cause));
    if (known !== undefined) {
      known.refresh();
      return [];
    }
    if (isMoreAir(verdict)) {
      // welcome: it is learned anew
      this.#residuals.reopen();
      return [];
    }
    const growth = suspicion.alarmS - suspicion.sinceS > SLOW_S ? 'slow' : 'sudden';
    const entry = new ExplainedDrift(verdict, growth, atS, suspicion.attribution, this.#slots);
    entry.sizeUp(view);
    this.#explained.push(entry);
    return [{ kind: 'found', finding: entry.finding }];
  }

  #calm(): void {
    this.#temperature.fill(CALM);
    this.#inlet.fill(CALM);
  }

  /** What else speaks for or against a cause, −ln. */
  #costOf(cause: DriftCause, magnitude: number): number {
    if (cause.kind !== 'sensor') return 0;
    const jump = this.#readings.jumpOf(cause.sensor);
    if (cause.sensor.of === 'power' || jump === 0) return NO_JUMP;
    return Math.abs(jump - magnitude) < 0.4 * Math.abs(magnitude) + 0.5 ? -JUMPED : NO_JUMP;
  }

  #learn(view: Residuals, seconds: number, unwell: readonly number[]): void {
    const isWide = this.#explained.some((entry) => entry.isWide);
    if (isWide || this.level > 2 * DOUBT || unwell.some((part) => part > 0)) return;
    const touched = touchedBy(view, this.#explained);
    for (let s = 0; s < this.#slots; s++) {
      const doubt = Math.max(levelOf(this.#temperature[s]!, this.#limits), levelOf(this.#inlet[s]!, this.#limits));
      if (doubt < DOUBT && !touched[s]) this.#residuals.learn(s, seconds);
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

function isBetter(entry: ExplainedDrift, verdict: Verdict): boolean {
  if (verdict.confidence < SURER || isMoreAir(verdict)) return false;
  return causeKey(verdict.cause) !== causeKey(entry.finding.cause);
}

/** Too little to be worth a word. */
function isTrifle({ cause, magnitude }: Verdict): boolean {
  if (cause.kind !== 'sensor') return Math.abs(1 - magnitude) < TRIFLE_PART;
  return cause.sensor.of !== 'power' && Math.abs(magnitude) < TRIFLE_K;
}

function isMoreAir({ cause, magnitude }: Verdict): boolean {
  return cause.kind !== 'sensor' && magnitude > 1;
}
