// The chassis that days are simulated on. Each is a plant (the physics as it is) and a board (what its maker says of it,
// which is all that a controller is given). None was chosen by how a planner does on it: three are the simulator's own,
// the others are what differs between chassis: depth, age and mixture of parts, no rows at all.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPlant, type PlantParameters } from '../../../hwsim/plant/parameters.ts';
import { parseBoard } from '../../../src/board/parse.ts';
import type { Board } from '../../../src/board/schema.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { boardWith } from './boards.ts';
import { rowsPlant, specimen } from './specimens.ts';

export interface DayPlant {
  readonly name: string;
  readonly text: string;
  readonly parameters: PlantParameters;
  readonly board: Board;
  /** Share of the air that a slot's path lets through, where it is not all of it. */
  readonly openness: ReadonlyMap<number, number>;
}

/** A room's air over a day, K around its mean. */
const ROOM_SWING_K = 3;

const FREE: ReadonlyMap<number, number> = new Map();

/** @param root Of the project, where boards and plants are read from. */
export function dayPlants(root: string): readonly DayPlant[] {
  const own = (name: string) => ownPlant(root, name);
  return [own('standard'), own('dense'), own('dusty'), deepPlant(root), mixedPlant(root), flatPlant(root)];
}

function sim8(root: string): Board {
  const file = join(root, 'boards/sim-8.json');
  return parseBoard(file, readFileSync(file, 'utf8'));
}

/** One of hwsim/plants: two rows of four behind three fans. Only the room's daily swing is more than the file's 0.5 or 1 K. */
function ownPlant(root: string, name: string): DayPlant {
  const parameters = loadPlant(join(root, `hwsim/plants/${name}.json`));
  return {
    name,
    text: parameters.text,
    parameters: { ...parameters, ambient: { ...parameters.ambient, swingK: ROOM_SWING_K } },
    board: sim8(root),
    openness: FREE,
  };
}

/** Three rows of four behind four fans: the third row breathes what two have warmed. */
function deepPlant(root: string): DayPlant {
  const text = 'Twelve sleds in three rows of four, four fans; every part a little other than its data sheet.';
  const shape = { rows: 3, columns: 4, fans: 4, frontToRear: 0.35, sideways: 0.03 };
  return plantOfRows(root, { name: 'deep', text, shape, baseC: 24, seed: 11 });
}

/** The standard chassis some years on: sleds of two generations, a weak fan, a cable in front of slot 6. */
function mixedPlant(root: string): DayPlant {
  const { parameters, board } = ownPlant(root, 'standard');
  const older = new Set([2, 5, 7]);
  return {
    name: 'mixed',
    text: 'The standard chassis with sleds of two generations, one fan at 87 % of its speed and a cable in front of slot 6.',
    parameters: specimen(
      {
        ...parameters,
        name: 'mixed',
        ambient: { baseC: 25, swingK: 4, periodS: 86_400 },
        fans: parameters.fans.map((fan, m) => ({
          ...fan,
          rotors: fan.rotors.map((rotor) => ({ ...rotor, speedFactor: m === 2 ? 0.87 : 1 })),
        })),
        slots: parameters.slots.map((slot) => ({ ...slot, coolingFactor: older.has(slot.slot) ? 0.82 : 1.05 })),
      },
      seededRandom(12),
      0.5,
    ),
    board,
    openness: new Map([[6, 0.7]]),
  };
}

/** A shallow chassis: nobody breathes another's air, so that little is to be gained but by evening out. */
function flatPlant(root: string): DayPlant {
  const text = 'Eight sleds in one row behind four fans; nobody breathes another’s air.';
  const shape = { rows: 1, columns: 8, fans: 4, frontToRear: 0, sideways: 0 };
  return plantOfRows(root, { name: 'flat', text, shape, baseC: 26, seed: 13 });
}

interface RowsOptions {
  readonly name: string;
  readonly text: string;
  readonly shape: Parameters<typeof rowsPlant>[1];
  /** Of the room, °C. */
  readonly baseC: number;
  /** Of what each part is other than its data sheet. */
  readonly seed: number;
}

function plantOfRows(root: string, { name, text, shape, baseC, seed }: RowsOptions): DayPlant {
  const plant = rowsPlant(name, shape);
  const ambient = { baseC, swingK: ROOM_SWING_K, periodS: 86_400 };
  return {
    name,
    text,
    parameters: specimen({ ...plant, ambient }, seededRandom(seed), 1),
    board: boardWith(sim8(root), plant, shape),
    openness: FREE,
  };
}
