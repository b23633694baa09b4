// Plants that no file describes: rows of sleds behind a wall of fans, and specimens of a plant whose every part is a
// little other than its data sheet says.
import { defaultPlantFor } from '../../../hwsim/plant/default-plant.ts';
import type { PlantParameters } from '../../../hwsim/plant/parameters.ts';
import type { Random } from '../../../src/core/random.ts';

export interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly fans: number;
  /** Of the air that a sled takes in, what has come out of the one in front, and out of each of its neighbours. */
  readonly frontToRear: number;
  readonly sideways: number;
}

export interface ShapedSlot {
  readonly slot: number;
  readonly row: number;
  readonly column: number;
}

const FULL_RPM = [11_500, 10_800] as const;

export function shapedSlots({ rows, columns }: Shape): ShapedSlot[] {
  return Array.from({ length: rows * columns }, (_, i) => ({
    slot: i + 1,
    row: Math.floor(i / columns),
    column: i % columns,
  }));
}

/** What the simulator makes of a board without a plant file, with the mixing of this shape. */
export function rowsPlant(name: string, shape: Shape): PlantParameters {
  const slots = shapedSlots(shape);
  const fans = Array.from({ length: shape.fans }, (_, m) => ({ id: `fan${m}`, fullRpm: FULL_RPM }));
  const plant = defaultPlantFor(name, slots, fans);
  return { ...plant, mixing: slots.flatMap((to) => slots.flatMap((from) => mixed(shape, from, to))) };
}

function mixed(shape: Shape, from: ShapedSlot, to: ShapedSlot): PlantParameters['mixing'] {
  if (from.row !== to.row - 1) return [];
  const aside = Math.abs(from.column - to.column);
  const fraction = aside === 0 ? shape.frontToRear : aside === 1 ? shape.sideways : 0;
  return fraction === 0 ? [] : [{ from: from.slot, to: to.slot, fraction }];
}

/** @param spread 1 = the tolerances of cheap parts; 0 = as the data sheet says. */
export function specimen(plant: PlantParameters, random: Random, spread: number): PlantParameters {
  const within = (value: number, share: number) => value * (1 + spread * share * (2 * random.next() - 1));
  const { sled, impedance } = plant;
  return {
    ...plant,
    exhaustRecirculation: within(plant.exhaustRecirculation, 0.3),
    impedance: { laminar: within(impedance.laminar, 0.3), turbulent: within(impedance.turbulent, 0.2) },
    bypass: within(plant.bypass, 0.3),
    sled: {
      ...sled,
      leakage: { ...sled.leakage, share: within(sled.leakage.share, 0.3) },
      cpu: { ...sled.cpu, heatCapacityJPerK: within(sled.cpu.heatCapacityJPerK, 0.15) },
    },
    slots: plant.slots.map((slot) => ({
      ...slot,
      coolingFactor: within(slot.coolingFactor, 0.08),
      share: Object.fromEntries(Object.entries(slot.share).map(([fan, share]) => [fan, within(share, 0.15)])),
    })),
    mixing: plant.mixing.map((mix) => ({ ...mix, fraction: within(mix.fraction, 0.2) })),
  };
}
