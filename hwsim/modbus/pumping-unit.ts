// An Open Rack V3 reservoir and pumping unit: drives the plant's pumps and shows its coolant. Left alone it holds the
// coolant it gives out at a temperature; under manual control each pump has the duty that was written for it.
// Register numbers are those of its map. °C, Pa, W, l/min, duty in %.
import { clamp } from '../../src/core/units.ts';
import { numbersAt, type DeviceModel, type DeviceSurroundings } from './device-model.ts';
import { modbusExceptions } from './pdu.ts';

const OUTLET_TARGET = 37_889;
const ALL_PUMPS_DUTY = 37_891;
const EXCHANGER_FAN_DUTY = 37_892;
const CONTROL = 37_904;
const UNIT_FAN_DUTY = 41_986;
/** Pump n's is n registers on. */
const PUMP_DUTY = 41_986;
const PUMPS = 3;

const MANUAL = 1 << 9;
const MANUAL_PUMPS = 1 << 1;
const STOP = 1 << 5;

const START_TARGET_C = 32;
/** Its own loop: duty at the target, and more for each K above. */
const AUTO = { atTarget: 0.4, perK: 0.06, least: 0.3 };

const LEAKS = 37_378;
const LEAK_INSIDE = 1 << 4;
const ALARMS = 37_377;
const PUMPS_ABNORMAL = 1 << 6;
/** A pump counts as failed below this part of its speed, after so long. */
const FAILED = { below: 0.7, afterS: 5 };

const STATIC_PA = 20_000;
/** Head of the pumps at full flow of the loop, and that flow. */
const HEAD = { pa: 150_000, atLPerMin: 20 };
const CONTROLLER_W = 35;
const M3S_TO_L_PER_MIN = 60_000;

export function pumpingUnit(around: DeviceSurroundings): DeviceModel {
  const { board, device, faults } = around;
  const ambientC = () => around.truth().ambientC;
  const liquid = () => around.truth().liquid ?? { supplyC: ambientC(), returnC: ambientC(), flowM3s: 0, heatW: 0 };
  const pumps = board.airMovers.filter((mover) => mover.pwm.device === device.id);
  const flowLPerMin = () => liquid().flowM3s * M3S_TO_L_PER_MIN;
  const pumpsW = () => pumps.reduce((sum, { id }) => sum + (around.truth().fans.get(id)?.powerW ?? 0), 0);
  const ratio = (pwm: number) => {
    const control = around.setting(CONTROL);
    if ((control & STOP) !== 0) return 0;
    const isManual = (control & MANUAL) !== 0 && (control & MANUAL_PUMPS) !== 0;
    // the map counts the pumps one by one from 1; what it has besides drives all of them, or fans
    if (isManual) return pwm <= PUMPS ? around.setting(PUMP_DUTY + pwm) / 100 : 0;
    const aboveK = liquid().supplyC - around.setting(OUTLET_TARGET) / 10;
    return clamp(AUTO.atTarget + AUTO.perK * aboveK, AUTO.least, 1);
  };
  const isSlow = (pump: (typeof pumps)[number]) => {
    const fullRpm = pump.tachometers[0]?.fullRpm ?? 1;
    return (around.truth().fans.get(pump.id)?.rpm[0] ?? 0) < FAILED.below * ratio(pump.pwm.channel) * fullRpm;
  };
  const slowS = new Map(pumps.map((pump) => [pump.id, 0]));
  let onS = 0;
  const duties = [1, 2, 3].map((pump) => PUMP_DUTY + pump);
  return {
    identity: { model: 'ORV3 RPU', partNumber: 'CS-RPU-3' },
    numbers: numbersAt([
      [6636, 's', () => onS],
      [6639, 's', () => onS],
      [36_864, 'l/min', flowLPerMin],
      [36_865, 'C', () => liquid().supplyC],
      [36_866, 'C', () => liquid().returnC],
      [36_867, 'Pa', () => STATIC_PA + HEAD.pa * (flowLPerMin() / HEAD.atLPerMin) ** 2],
      [36_868, 'Pa', () => STATIC_PA],
      [36_869, 'W', () => CONTROLLER_W + pumpsW()],
      [36_870, 'W', () => CONTROLLER_W + pumpsW()],
      [36_871, 'V', () => 48],
      [36_872, 'C', ambientC],
      [36_873, '%', () => (pumps.reduce((sum, pump) => sum + ratio(pump.pwm.channel), 0) / pumps.length || 0) * 100],
      [36_881, 'W', () => liquid().heatW],
      [37_138, 'C', () => liquid().returnC],
    ]),
    flags: new Map([
      [LEAKS, () => (faults.isLeaking(device.id) ? LEAK_INSIDE : 0)],
      [ALARMS, () => ([...slowS.values()].some((seconds) => seconds >= FAILED.afterS) ? PUMPS_ABNORMAL : 0)],
    ]),
    settings: new Map([
      ...[37_888, 37_890, ALL_PUMPS_DUTY, EXCHANGER_FAN_DUTY, CONTROL, 37_905, UNIT_FAN_DUTY].map(
        (at): [number, number] => [at, 0],
      ),
      ...duties.map((at): [number, number] => [at, 100]),
      [OUTLET_TARGET, START_TARGET_C * 10],
    ]),
    check: (address, value) => {
      const isDuty = [ALL_PUMPS_DUTY, EXCHANGER_FAN_DUTY, UNIT_FAN_DUTY, ...duties].includes(address);
      return isDuty && value > 100 ? modbusExceptions.illegalValue : null;
    },
    wrote: (address, value) => {
      if (address === ALL_PUMPS_DUTY) for (const duty of duties) around.change(duty, value);
    },
    ratio,
    tick: (dtS) => {
      onS += dtS;
      for (const pump of pumps) slowS.set(pump.id, isSlow(pump) ? (slowS.get(pump.id) ?? 0) + dtS : 0);
    },
  };
}
