// What each cause would do to the residuals of all slots at the present powers and flows: a blocked slot heats itself and
// cools its neighbours, a weak fan heats its column, a filter all, a sensor only itself and what is computed from it.
import { FLOW_EXPONENT } from './chassis-model.ts';
import type { DriftCause } from './drift-cause.ts';

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

export interface Pattern {
  readonly temperatureK: Float64Array;
  readonly inletK: Float64Array;
  /** How much of itself the pattern may be wrong by. */
  readonly doubt: number;
}

/** Part of the air a blocked slot does not take that goes to the others of the same fan. */
const PASSED_ON = 0.5;
const FLOW_DOUBT = 0.3;
const SENSOR_DOUBT = 0.1;
const LEAST_PART = 0.02;

/** Into `pattern`'s arrays. @returns how much of itself it may be wrong by */
export function patternInto(
  view: ResidualView,
  cause: DriftCause,
  magnitude: number,
  temperatureK: Float64Array,
  inletK: Float64Array,
): number {
  temperatureK.fill(0);
  inletK.fill(0);
  switch (cause.kind) {
    case 'slot-blocked':
      fromFlows(view, blockedFlow(view, cause.slot, magnitude), temperatureK, inletK);
      return FLOW_DOUBT;
    case 'fan-weak':
      fromFlows(view, (s) => view.flowM3s[s]! - (1 - magnitude) * view.partM3s[s * view.movers + cause.mover]!, temperatureK, inletK);
      return FLOW_DOUBT;
    case 'filter':
      fromFlows(view, (s) => view.flowM3s[s]! * magnitude, temperatureK, inletK);
      return FLOW_DOUBT;
    case 'sensor':
      sensorPattern(view, cause, magnitude, temperatureK, inletK);
      return SENSOR_DOUBT;
  }
}

function fromFlows(view: ResidualView, flowOf: (s: number) => number, temperatureK: Float64Array, inletK: Float64Array): void {
  const slots = temperatureK.length;
  for (let j = 0; j < slots; j++) {
    const part = Math.max(LEAST_PART, flowOf(j) / view.flowM3s[j]!);
    temperatureK[j]! += view.convectiveK[j]! * (part ** -FLOW_EXPONENT - 1);
    // what j's air carries on is hotter by as much as there is less of it
    for (let s = 0; s < slots; s++) inletK[s]! += view.preheatK[s * slots + j]! * (1 / part - 1);
  }
  addUnmeasuredInlets(view, temperatureK, inletK);
}

/** Where the inlet is not measured its change shows in the temperature. */
function addUnmeasuredInlets(view: ResidualView, temperatureK: Float64Array, inletK: Float64Array): void {
  for (let s = 0; s < temperatureK.length; s++) if (!view.hasInlet[s]) temperatureK[s]! += inletK[s]!;
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

function sensorPattern(
  view: ResidualView,
  { sensor }: Extract<DriftCause, { kind: 'sensor' }>,
  magnitude: number,
  temperatureK: Float64Array,
  inletK: Float64Array,
): void {
  const slots = temperatureK.length;
  switch (sensor.of) {
    case 'temperature':
      temperatureK[sensor.slot] = magnitude;
      return;
    case 'inlet':
      inletK[sensor.slot] = magnitude;
      temperatureK[sensor.slot] = -magnitude;
      return;
    case 'ambient':
      inletK.fill(-magnitude);
      addUnmeasuredInlets(view, temperatureK, inletK);
      return;
    case 'power':
      temperatureK[sensor.slot] = view.riseK[sensor.slot]! * (1 / magnitude - 1);
      for (let s = 0; s < slots; s++) inletK[s] = view.preheatK[s * slots + sensor.slot]! * (1 / magnitude - 1);
      addUnmeasuredInlets(view, temperatureK, inletK);
      return;
    case 'tachometer': {
      // it shows `magnitude` of the true speed: there is more air than it makes one think
      const more = 1 / magnitude - 1;
      const { movers, partM3s, flowM3s } = view;
      fromFlows(view, (s) => flowM3s[s]! + more * partM3s[s * movers + sensor.mover]!, temperatureK, inletK);
      return;
    }
  }
}
