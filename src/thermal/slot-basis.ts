// What a slot's learning starts from: the board's word, how far a chassis may differ from it, and how fast it may change.

/** The board's word on a slot. */
export interface SlotBasis {
  readonly rKPerW: number;
  readonly kFlow: number;
  /** Of the whole slot at half speed of all movers, s. */
  readonly timeConstantS: number;
  /** Flow per unit ratio of each mover, openness included, m³/s. */
  readonly gainM3s: readonly number[];
}

export interface SlotInput {
  readonly powerW: number;
  readonly inletC: number;
  readonly ratios: readonly number[];
}

/** Factors on the board's figures, as they are held true at the moment. */
export interface SlotFactors {
  readonly r: number;
  readonly k: number;
  readonly openness: number;
  readonly heatCapacity: number;
  readonly share: readonly number[];
}

/** Standard deviations at the start. Openness is the board's until something happens to it. */
export const START_SIGMA = {
  temperatureK: 1,
  missedK: 0.8,
  r: 0.3,
  k: 0.3,
  openness: 0.03,
  heatCapacity: 0.4,
  share: 0.2,
};
/** How far things may wander in an hour, one standard deviation. */
export const WANDER_PER_HOUR = { temperatureK: 0.9, r: 0.01, k: 0.02, openness: 0.02, heatCapacity: 0.01, share: 0.01 };
/** Bounds on the factors. */
export const BOUNDS = {
  r: [0.2, 4],
  k: [0.2, 5],
  openness: [0.05, 1.6],
  heatCapacity: [0.2, 5],
  share: [0.3, 3],
} as const;

/** Of the others the board is believed: their parts are small, and many figures take long to learn. */
const MOST_MOVERS = 12;

/** The movers that bring most of a slot's air, by position. */
export function mainMovers(gainM3s: readonly number[]): readonly number[] {
  return gainM3s
    .map((gain, m) => ({ gain, m }))
    .filter(({ gain }) => gain > 0)
    .toSorted((a, b) => b.gain - a.gain)
    .slice(0, MOST_MOVERS)
    .map(({ m }) => m)
    .toSorted((a, b) => a - b);
}
