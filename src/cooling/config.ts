// What cooling is told about a chassis, derived from the board by the guardian; and the words of this folder.
//
//   limit      temperature a sensor should stay under: warningHigh, or criticalHigh where there is no warning
//   margin     limit − temperature, K; negative when over
//   worst      the smallest margin of a zone; its sensor leads the zone
//   target     the worst margin that PI keeps
//   floor      ratio a zone must not go under for a reason other than margin (start-up, failsafe, minimum)
//   estimate   what a sensor's temperature could be by now: its last value, risen at its worst slew since
//   away       a sensor that is rightly silent: its sled is not there or has no power
//   alert      a sled's own line that says it is over its critical limit
//   alarm      an alert that no good reading speaks against
//   deaf       a fan that has not taken a command for a while
//   ratio      air-mover speed, 0..1 of full speed

export interface CoolingSensor {
  readonly name: string;
  /** The slot whose sled carries it; null = part of the chassis, never rightly away. */
  readonly slot: number | null;
  readonly limitC: number;
  /** At or over it the zone's fans run at full speed at once. */
  readonly criticalC: number;
  /** Over it the slot's power is cut; null = never. */
  readonly powerDownC: number | null;
  readonly mustHave: boolean;
  readonly maxRisePerS: number;
  readonly timeoutS: number;
}

export interface PiGains {
  readonly proportionalPerK: number;
  readonly integralPerKS: number;
  readonly targetMarginK: number;
}

/** `steps` in rising order of temperature. */
export interface CoolingTable {
  readonly sensor: string;
  readonly hysteresisK: number;
  readonly steps: readonly { readonly atC: number; readonly ratio: number }[];
}

export interface CoolingZone {
  readonly id: string;
  readonly fans: readonly string[];
  readonly sensors: readonly string[];
  /** Power sensors of the slots it serves, for feed-forward. */
  readonly powerSensors: readonly string[];
  /** Slots it serves, each with the sensor that stands for its temperature. */
  readonly slots: readonly { readonly slot: number; readonly sensor: string }[];
  readonly pi: PiGains;
  readonly feedForwardPerW: number;
  readonly minRatio: number;
  readonly failsafeRatio: number;
  readonly slewDownPerS: number;
  readonly tables: readonly CoolingTable[];
}

export interface CoolingFan {
  readonly id: string;
  readonly minRatio: number;
  /** Speed at ratio 1, one for each rotor. */
  readonly fullRpm: readonly number[];
}

export interface CoolingConfig {
  readonly sensors: ReadonlyMap<string, CoolingSensor>;
  readonly zones: readonly CoolingZone[];
  readonly fans: readonly CoolingFan[];
}
