// Small deliberate steps of the air movers, as the board and the moment allow: what excitation.ts needs to know of the
// chassis, and the advice to the guardian with the step in it. The guardian stays the master of the speeds.
import { valueOrNull } from '../core/reading.ts';
import type { Frame } from '../protocols/guardian-link.ts';
import { startExcitation, stepExcitation, type Excitation, type ExcitableMover } from '../thermal/excitation.ts';
import type { Chassis } from './chassis.ts';
import type { ModelTracker } from './model-tracker.ts';

/** Doubts are asked after so often, s. */
const EVERY_S = 10;
/** The doubt is about the effect of a fifth more speed. */
const SPEED_SHARE = 0.2;

export interface ExcitationContext {
  readonly isMoving: boolean;
  readonly manual: ReadonlyMap<string, number>;
}

export class FanExcitation {
  readonly #chassis: Chassis;
  readonly #model: ModelTracker;
  #state: Excitation | null = null;
  #askedS = -Infinity;
  #doubts: ReadonlyMap<string, { readonly doubtK: number; readonly slot: number }> = new Map();

  constructor(chassis: Chassis, model: ModelTracker) {
    this.#chassis = chassis;
    this.#model = model;
  }

  /** `advised`, with the step that is on, if any. */
  take(
    frame: Frame,
    advised: Readonly<Record<string, number>>,
    context: ExcitationContext,
  ): Readonly<Record<string, number>> {
    if (!this.#chassis.board.excitation) return advised;
    const nowS = frame.atMs / 1000;
    if (nowS - this.#askedS >= EVERY_S) {
      this.#askedS = nowS;
      this.#doubts = this.#askDoubts();
    }
    const movers = this.#movers(frame, context.manual);
    const { state, news } = stepExcitation(this.#state ?? startExcitation(nowS), {
      nowS,
      leastMarginK: this.#leastMarginK(frame),
      isMoving: context.isMoving,
      movers,
    });
    if (news === 'begun' && state.kind === 'stepping') this.#logStep(state.mover, state.ratio, frame);
    if (news === 'broken-off') this.#logEnd(context.isMoving);
    this.#state = state;
    if (state.kind === 'resting') return advised;
    return { ...advised, [state.mover]: Math.max(advised[state.mover] ?? 0, state.ratio) };
  }

  #movers(frame: Frame, manual: ReadonlyMap<string, number>): ExcitableMover[] {
    const { airMovers, zones } = this.#chassis.board;
    return airMovers.map(({ id }) => {
      const fan = frame.fans.find((entry) => entry.id === id);
      const served = zones.filter((zone) => zone.airMovers.includes(id));
      const isOnLoop = served.every(({ id: zone }) => frame.zones.find((view) => view.id === zone)?.mode === 'control');
      return {
        id,
        ratio: fan?.ratio ?? 1,
        isFree: fan?.state === 'ok' && !manual.has(id) && served.length > 0 && isOnLoop,
        doubtK: this.#doubts.get(id)?.doubtK ?? 0,
      };
    });
  }

  /** Null when a slot with a powered sled cannot be read, or nobody knows where it is heading. */
  #leastMarginK(frame: Frame): number | null {
    let least = Infinity;
    for (const slot of this.#chassis.board.slots) {
      const seen = frame.slots.find((entry) => entry.slot === slot.number);
      if (seen?.presence === 'absent' || seen?.power === 'off') continue;
      const temperatureC = valueOrNull(frame.sensors[slot.sensors.temperature]?.reading);
      const headingC = this.#chassis.headingC.get(slot.number);
      if (temperatureC === null || headingC === undefined) return null;
      least = Math.min(least, slot.limitC - Math.max(temperatureC, headingC));
    }
    return Number.isFinite(least) ? least : null;
  }

  #askDoubts() {
    const { airMovers, slots } = this.#chassis.board;
    const variances = slots.map((slot) => this.#model.knowledge(slot).shareVariancesK2);
    return new Map(
      airMovers.map(({ id }, m): [string, { doubtK: number; slot: number }] => {
        const most = Math.max(...variances.map((slot) => slot[m]!));
        const index = variances.findIndex((slot) => slot[m] === most);
        return [id, { doubtK: SPEED_SHARE * Math.sqrt(most), slot: slots[index]!.number }];
      }),
    );
  }

  #logStep(mover: string, ratio: number, frame: Frame): void {
    const before = frame.fans.find(({ id }) => id === mover)?.ratio ?? 0;
    const { doubtK, slot } = this.#doubts.get(mover)!;
    const percent = (value: number) => `${Math.round(value * 100)} %`;
    this.#chassis.log({
      severity: 'info',
      source: `fan/${mover}`,
      code: 'excitation',
      text:
        `${mover} runs at ${percent(ratio)} instead of ${percent(before)} for three minutes, to learn how much of its air ` +
        `reaches each slot: what a fifth more of its speed does to slot ${slot} is known to ±${doubtK.toFixed(1)} K only`,
      data: { ratio: Number(ratio.toFixed(3)), doubtK: Number(doubtK.toFixed(2)), slot },
    });
  }

  #logEnd(isMoving: boolean): void {
    const why = isMoving ? 'a Move has begun' : 'a margin has become short or a fan is no longer free';
    const mover = this.#state?.kind === 'stepping' ? this.#state.mover : 'air mover';
    const text = `the step of ${mover} is broken off: ${why}`;
    this.#chassis.log({ severity: 'info', source: `fan/${mover}`, code: 'excitation-ended', text });
  }
}
