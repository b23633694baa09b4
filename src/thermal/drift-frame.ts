// What the drift detector sees at one control tick; null where there is no reading. Slots and movers in the model's order.

export interface DriftFrame {
  readonly atS: number;
  readonly ambientC: number | null;
  readonly movers: readonly {
    /** Commanded. */
    readonly ratio: number;
    /** Speed over full speed, by the tachometers; null when none can be read. */
    readonly turning: number | null;
    /** False while the guardian says that it is not well. */
    readonly isWell: boolean;
  }[];
  readonly slots: readonly {
    readonly temperatureC: number | null;
    readonly inletC: number | null;
    readonly powerW: number | null;
    /** Which sled sits there; null = none. */
    readonly sled: string | null;
  }[];
}

/** Means of the frames of one step; null where a reading was missing in any. */
export interface DriftStep {
  readonly seconds: number;
  readonly ambientC: number | null;
  readonly ratios: readonly number[];
  readonly turning: readonly (number | null)[];
  readonly isWell: readonly boolean[];
  readonly temperatureC: readonly (number | null)[];
  readonly inletC: readonly (number | null)[];
  readonly powerW: readonly (number | null)[];
}

export function meanOf(frames: readonly DriftFrame[], seconds: number): DriftStep {
  const mean = (of: (frame: DriftFrame) => number | null): number | null => {
    let sum = 0;
    for (const frame of frames) {
      const value = of(frame);
      if (value === null) return null;
      sum += value;
    }
    return sum / frames.length;
  };
  const { movers, slots } = frames[0]!;
  return {
    seconds,
    ambientC: mean((frame) => frame.ambientC),
    ratios: movers.map((_, m) => mean((frame) => frame.movers[m]!.ratio) ?? 0),
    turning: movers.map((_, m) => mean((frame) => frame.movers[m]!.turning)),
    isWell: movers.map((_, m) => frames.every((frame) => frame.movers[m]!.isWell)),
    temperatureC: slots.map((_, s) => mean((frame) => frame.slots[s]!.temperatureC)),
    inletC: slots.map((_, s) => mean((frame) => frame.slots[s]!.inletC)),
    powerW: slots.map((_, s) => mean((frame) => frame.slots[s]!.powerW)),
  };
}
