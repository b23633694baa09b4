// What is left of the residuals when the drifts that have been named are taken out of them, and which slots they touch.
import type { ExplainedDrift } from './explained-drift.ts';
import type { Residuals } from './residuals.ts';

/** How much of what is explained may be left over. */
const LEFT_OVER = 0.2;
/** Effects smaller than this part of the doubt are none. */
const NO_EFFECT = 0.3;

/** Slots whose residuals these change: nothing is learned there meanwhile. */
export function touchedBy(view: Residuals, explained: readonly ExplainedDrift[]): boolean[] {
  const touched = Array.from({ length: view.flowM3s.length }, () => false);
  for (const entry of explained) {
    const { temperatureK, inletK } = entry.pattern(view);
    for (let s = 0; s < touched.length; s++) {
      if (
        Math.abs(temperatureK[s]!) > NO_EFFECT * view.sigmaK[s]! ||
        Math.abs(inletK[s]!) > NO_EFFECT * view.inletSigmaK[s]!
      )
        touched[s] = true;
    }
  }
  return touched;
}

/** The view without what these explain; where they explain much, the lag-corrected residual with their doubt. */
export function without(view: Residuals, explained: readonly ExplainedDrift[]): Residuals {
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
      left.temperatureSigmaK[s] = Math.hypot(
        left.temperatureSigmaK[s]!,
        LEFT_OVER * temperatureK[s]!,
        temperatureDoubtK[s]!,
      );
      left.inletK[s]! -= inletK[s]!;
      left.inletSigmaK[s] = Math.hypot(left.inletSigmaK[s]!, LEFT_OVER * inletK[s]!, inletDoubtK[s]!);
      if (Math.abs(temperatureK[s]!) < NO_EFFECT * view.sigmaK[s]!) continue;
      left.errorK[s] = left.temperatureK[s]!;
      left.sigmaK[s] = left.temperatureSigmaK[s]!;
    }
  }
  return left;
}
