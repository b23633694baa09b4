// An Open Rack V3 power supply: carries its part of what the chassis draws, gets warm from its loss, cools itself with
// a fan. Register numbers are those of its map. W, V, A, °C.
import { clamp } from '../../src/core/units.ts';
import { relax } from '../plant/relax.ts';
import { chassisPowerW } from '../probes.ts';
import { numbersAt, type DeviceModel, type DeviceSurroundings } from './device-model.ts';

const RATED_W = 3000;
const INPUT_V = 230;
const OUTPUT_V = 50;
/** Loss: what it takes to run, and parts that grow with load and its square; 96.3 % efficient at half load. */
const LOSS = { standingW: 14, share: 0.02, perW: 6e-6 };
const FAN_FULL_RPM = 18_000;
const FAN_LEAST_RATIO = 0.2;
/** What its fan's air takes per K at full speed. */
const AIR_W_PER_K = 8;
const FAN_TIME_S = 2;
const WARM_TIME_S = 45;
const FAN_OVERRIDE = 96;

export function powerSupply(around: DeviceSurroundings): DeviceModel {
  const { board, device, faults } = around;
  const ambientC = () => around.truth().ambientC;
  /** Those that are gone carry nothing. */
  const outputW = () => {
    const there = board.devices.filter((other) => other.chip === device.chip && !faults.isSilent(other.id));
    return chassisPowerW(around.truth()) / Math.max(1, there.length);
  };
  const lossW = () => LOSS.standingW + LOSS.share * outputW() + LOSS.perW * outputW() ** 2;
  const inputW = () => outputW() + lossW();
  const fanGoal = () => {
    const override = around.setting(FAN_OVERRIDE) / 100;
    return clamp(Math.max(override, FAN_LEAST_RATIO + (1 - FAN_LEAST_RATIO) * (outputW() / RATED_W)), 0, 1);
  };
  let fan = fanGoal();
  const outletGoalC = () => ambientC() + lossW() / (AIR_W_PER_K * fan);
  let outletC = outletGoalC();
  let highestC = outletC;
  let lowestC = ambientC();
  let onS = 0;
  return {
    identity: { model: 'ORV3 PSU 3kW', partNumber: 'CS-PSU-3000' },
    numbers: numbersAt([
      [52, 's', () => onS],
      [54, 's', () => onS],
      [56, '', () => 1],
      [67, 'rpm', () => fan * FAN_FULL_RPM],
      [68, 'rpm', () => fan * FAN_FULL_RPM],
      [69, 'C', ambientC],
      [70, 'C', () => outletC],
      [71, 'C', () => highestC],
      [72, 'C', () => lowestC],
      [79, 'V', () => OUTPUT_V],
      [80, 'A', () => outputW() / OUTPUT_V],
      [81, 'A', () => outputW() / OUTPUT_V],
      [82, 'W', outputW],
      [83, 'V', () => 430],
      [84, 'Hz', () => 50],
      [85, '', () => 0.04],
      [86, '', () => 0.99],
      [87, 'W', inputW],
      [88, 'V', () => INPUT_V],
      [89, 'A', () => inputW() / (INPUT_V * 0.99)],
    ]),
    flags: new Map(),
    settings: new Map([
      ...[94, 95, FAN_OVERRIDE, 97, 98, 99].map((at): [number, number] => [at, 0]),
      [103, OUTPUT_V * 1024],
      [104, 48 * 1024],
    ]),
    tick: (dtS) => {
      onS += dtS;
      fan = relax(fan, fanGoal(), FAN_TIME_S, dtS);
      outletC = relax(outletC, outletGoalC(), WARM_TIME_S, dtS);
      highestC = Math.max(highestC, outletC);
      lowestC = Math.min(lowestC, ambientC());
    },
  };
}
