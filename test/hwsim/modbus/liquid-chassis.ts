// The simulated chassis on cold plates for tests, as its files have it.
import { loadBoardFile } from '../../../hwsim/board-file.ts';
import { Chassis } from '../../../hwsim/chassis.ts';
import { Plant } from '../../../hwsim/plant/plant.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { plantNamed } from '../plant/plants.ts';

export const liquidBoardFile = new URL('../../../boards/sim-liquid-4.json', import.meta.url).pathname;

export function liquidChassis(): { chassis: Chassis; plant: Plant } {
  const board = loadBoardFile(liquidBoardFile);
  const limits = new Map(board.slots.map((slot) => [slot.number, slot.limitC]));
  const plant = new Plant({ parameters: plantNamed('sim-liquid-4'), limits });
  for (const slot of board.slots) plant.setSlotLoadPower(slot.number, 130);
  plant.warmUp(0.4);
  return { plant, chassis: new Chassis({ board, plant, random: seededRandom(5) }) };
}
