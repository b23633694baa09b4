// An Open Rack V3 battery unit that stands by: charged, on float, a little warmer than the room. It takes over no load.
// Register numbers are those of its map. V, A, °C.
import { relax } from '../plant/relax.ts';
import { numbersAt, type DeviceModel, type DeviceSurroundings } from './device-model.ts';

const CELLS = 11;
const CELL_V = 4.05;
const BUSBAR_V = 50;
/** What its electronics warm it by. */
const PACK_RISE_K = 3;
const CONVERTER_RISE_K = 7;
/** A pack is heavy. */
const PACK_TIME_S = 1800;
const FAN_RPM = 2400;

export function battery(around: DeviceSurroundings): DeviceModel {
  const ambientC = () => around.truth().ambientC;
  let packC = ambientC() + PACK_RISE_K;
  const cells = Array.from({ length: CELLS }, (_, i): [number, string, () => number] => [
    109 + i,
    'V',
    () => CELL_V + 0.002 * ((i % 3) - 1), // no two cells are alike
  ]);
  const packs = [122, 123, 124, 125].map((at): [number, string, () => number] => [at, 'C', () => packC]);
  return {
    identity: { model: 'ORV3 BBU', partNumber: 'CS-BBU-3000' },
    numbers: numbersAt([
      ...cells,
      ...packs,
      [126, '%', () => 100],
      [127, '%', () => 99],
      [128, 'V', () => CELLS * CELL_V],
      [129, 'A', () => 0],
      [130, 'A', () => 0],
      [135, '', () => 12],
      [137, 'V', () => CELLS * 3.6],
      [142, '%', () => 98],
      [147, 'V', () => BUSBAR_V],
      [148, 'C', ambientC],
      [149, 'C', () => packC],
      [150, 'C', () => ambientC() + CONVERTER_RISE_K],
      [151, 'C', () => ambientC() + CONVERTER_RISE_K],
      [152, 'rpm', () => FAN_RPM],
      [163, '', () => around.board.devices.filter((device) => device.chip === around.device.chip).length],
    ]),
    flags: new Map(),
    settings: new Map([288, 302, 303].map((at) => [at, 0])),
    tick: (dtS) => {
      packC = relax(packC, ambientC() + PACK_RISE_K, PACK_TIME_S, dtS);
    },
  };
}
