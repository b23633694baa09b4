// What each cause would do to the residuals of all slots at the present powers and flows: a blocked slot heats itself and
// cools its neighbours, a weak fan heats its column, a filter all, a sensor only itself and what is computed from it.
import { assertNever } from '../core/errors.ts';
import { FLOW_EXPONENT } from './chassis-model.ts';
import type { DriftCause, DriftSensor } from './drift-cause.ts';

/** The chassis at one step as the hypotheses see it. Arrays over slots; NaN where nothing is known. */
export interface ResidualView {
  readonly movers: number;
  /** Steady-state residual of the temperature over the measured inlet, and one standard deviation, K. */
  readonly temperatureK: Float64Array;
  readonly temperatureSigmaK: Float64Array;
  /** Residual of the inlet over what ambient and the other sleds' heat make it, K. */
  readonly inletK: Float64Array;
  readonly inletSigmaK: Float64Array;
  readonly hasInlet: readonly boolean[];
  readonly flowM3s: Float64Array;
  /** Of mover m in slot s, at [s · movers + m]. */
  readonly partM3s: Float64Array;
  readonly convectiveK: Float64Array;
  readonly riseK: Float64Array;
  /** Rise of inlet s by sled j, K, at [s · slots + j]. */
  readonly preheatK: Float64Array;
}

/** Residuals that a cause makes, and how much of them is in doubt, K. */
export interface Pattern {
  readonly temperatureK: Float64Array;
  readonly temperatureDoubtK: Float64Array;
  readonly inletK: Float64Array;
  readonly inletDoubtK: Float64Array;
}

export function emptyPattern(slots: number): Pattern {
  return {
    temperatureK: new Float64Array(slots),
    temperatureDoubtK: new Float64Array(slots),
    inletK: new Float64Array(slots),
    inletDoubtK: new Float64Array(slots),
  };
}

/** Part of the air a blocked slot does not take that goes to the others of the same fan. */
const PASSED_ON = 0.3;
/** Part of the others' air that goes back through a standing fan, if it were one of two. */
const BACKFLOW = 0.3;
/** Doubt as a part of the effect: where it begins, on its way through several slots, and through the air of all. */
const OWN_DOUBT = 0.06;
const COMMON_DOUBT = 0.25;
const OTHERS_DOUBT = 0.8;
const LEAST_PART = 0.02;

/** Into `pattern`. `magnitude` as in DriftFinding. */
export function patternInto(view: ResidualView, cause: DriftCause, magnitude: number, pattern: Pattern): void {
  switch (cause.kind) {
    case 'slot-blocked':
      fromFlows(view, blockedFlow(view, cause.slot, magnitude), OTHERS_DOUBT, pattern);
      pattern.temperatureDoubtK[cause.slot] = OWN_DOUBT * Math.abs(pattern.temperatureK[cause.slot]!);
      return;
    case 'fan-weak': {
      const { movers, flowM3s, partM3s } = view;
      const back = movers < 2 ? 0 : (BACKFLOW * (1 - magnitude)) / (movers - 1);
      const flowOf = (s: number) => {
        const own = partM3s[s * movers + cause.mover]!;
        return magnitude * own + (1 - back) * (flowM3s[s]! - own);
      };
      fromFlows(view, flowOf, COMMON_DOUBT, pattern);
      return;
    }
    case 'filter':
      fromFlows(view, (s) => view.flowM3s[s]! * magnitude, COMMON_DOUBT, pattern);
      return;
    case 'sensor':
      sensorPattern(view, cause.sensor, magnitude, pattern);
      return;
    default:
      assertNever(cause, 'drift cause');
  }
}

function fromFlows(view: ResidualView, flowOf: (s: number) => number, doubt: number, pattern: Pattern): void {
  const { temperatureK, inletK } = pattern;
  const slots = temperatureK.length;
  inletK.fill(0);
  for (let j = 0; j < slots; j++) {
    const part = Math.max(LEAST_PART, flowOf(j) / view.flowM3s[j]!);
    temperatureK[j] = view.convectiveK[j]! * (part ** -FLOW_EXPONENT - 1);
    // what j's air carries on is hotter by as much as there is less of it
    if (part === 1) continue;
    for (let s = 0; s < slots; s++) inletK[s]! += view.preheatK[s * slots + j]! * (1 / part - 1);
  }
  finish(view, doubt, OTHERS_DOUBT, pattern);
}

/** Where the inlet is not measured its change shows in the temperature. */
function finish(view: ResidualView, doubt: number, inletDoubt: number, pattern: Pattern): void {
  const { temperatureK, temperatureDoubtK, inletK, inletDoubtK } = pattern;
  for (let s = 0; s < temperatureK.length; s++) {
    inletDoubtK[s] = inletDoubt * Math.abs(inletK[s]!);
    temperatureDoubtK[s] = doubt * Math.abs(temperatureK[s]!);
    if (view.hasInlet[s]) continue;
    temperatureK[s]! += inletK[s]!;
    temperatureDoubtK[s]! += inletDoubtK[s]!;
  }
}

function blockedFlow(view: ResidualView, slot: number, openness: number): (s: number) => number {
  const { movers, partM3s, flowM3s } = view;
  const slots = flowM3s.length;
  const gained = new Float64Array(slots);
  for (let m = 0; m < movers; m++) {
    const lost = (1 - openness) * partM3s[slot * movers + m]!;
    let others = 0;
    for (let s = 0; s < slots; s++) if (s !== slot) others += partM3s[s * movers + m]!;
    if (others <= 0) continue;
    for (let s = 0; s < slots; s++) gained[s]! += (PASSED_ON * lost * partM3s[s * movers + m]!) / others;
  }
  return (s) => (s === slot ? openness * flowM3s[s]! : flowM3s[s]! + gained[s]!);
}

function sensorPattern(view: ResidualView, sensor: DriftSensor, magnitude: number, pattern: Pattern): void {
  const { temperatureK, inletK } = pattern;
  temperatureK.fill(0);
  inletK.fill(0);
  switch (sensor.of) {
    case 'temperature':
      temperatureK[sensor.slot] = magnitude;
      break;
    case 'inlet':
      inletK[sensor.slot] = magnitude;
      temperatureK[sensor.slot] = -magnitude;
      break;
    case 'ambient':
      inletK.fill(-magnitude);
      break;
    case 'power': {
      const more = 1 / magnitude - 1;
      const slots = temperatureK.length;
      temperatureK[sensor.slot] = view.riseK[sensor.slot]! * more;
      for (let s = 0; s < slots; s++) inletK[s] = view.preheatK[s * slots + sensor.slot]! * more;
      break;
    }
    default:
      assertNever(sensor, 'sensor');
  }
  finish(view, OWN_DOUBT, OWN_DOUBT, pattern);
}
