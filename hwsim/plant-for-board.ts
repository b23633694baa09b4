// The plant behind a board: made from a plant file or, without one, from what the board says of its slots and fans.
import { ColdslotError } from '../src/core/errors.ts';
import type { BoardFile } from './board-file.ts';
import { isBreakableBus } from './chassis.ts';
import { isModbusBus } from './modbus/modbus-shelf.ts';
import { defaultPlantFor } from './plant/default-plant.ts';
import type { PlantParameters } from './plant/parameters.ts';
import { Plant } from './plant/plant.ts';
import { initialLoadW, type Scenario } from './scenario.ts';
import type { BoardNames } from './scenario/board-fit.ts';

/** What the chassis has run at before the start: the duty that the fan controllers power up with. */
const WARM_UP_RATIO = 0.3;

/** What a scenario may name. */
export function boardNames(board: BoardFile): BoardNames {
  const rotors = board.airMovers.flatMap((mover) => mover.tachometers.map((_, index) => `${mover.id}.${index}`));
  const channels = board.muxes.flatMap((mux) => mux.channels.map((channel) => channel.id));
  return {
    board: board.id,
    slots: new Set(board.slots.map((slot) => slot.number)),
    fans: new Map(board.airMovers.map((mover) => [mover.id, mover.tachometers.length])),
    sensors: new Set([
      ...board.devices.flatMap((device) => device.channels.map((channel) => channel.sensor)),
      ...rotors,
    ]),
    devices: new Set([...board.devices, ...board.muxes].map((device) => device.id)),
    leaks: new Set([
      ...board.slots.filter((slot) => slot.leak !== undefined).map((slot) => slot.number),
      ...board.leaks.map((leak) => leak.id),
    ]),
    buses: new Set([...board.buses.filter((bus) => isBreakableBus(bus.kind)).map((bus) => bus.id), ...channels]),
    modbusBuses: new Set(board.buses.filter((bus) => isModbusBus(bus.kind)).map((bus) => bus.id)),
    pumpingUnits: new Set(board.devices.filter((device) => device.chip === 'orv3-rpu').map((device) => device.id)),
  };
}

export function defaultPlant(board: BoardFile): PlantParameters {
  const slots = board.slots.map(({ number, row, column }) => ({ slot: number, row, column }));
  const fans = board.airMovers.map(({ id, tachometers, maxFlowM3s, idlePowerW, maxPowerW }) => ({
    id,
    fullRpm: tachometers.map((tachometer) => tachometer.fullRpm),
    ...(maxFlowM3s === undefined ? {} : { maxFlowM3s }),
    ...(idlePowerW === undefined ? {} : { idlePowerW }),
    ...(maxPowerW === undefined ? {} : { maxPowerW }),
  }));
  return defaultPlantFor(board.id, slots, fans);
}

export function makePlant(board: BoardFile, parameters: PlantParameters, scenario: Scenario): Plant {
  const plant = new Plant({
    parameters,
    limits: new Map(board.slots.map((slot) => [slot.number, slot.limitC])),
    fullRpm: new Map(board.airMovers.map(({ id, tachometers }) => [id, tachometers.map((tach) => tach.fullRpm)])),
    present: new Set(scenario.sleds.map((sled) => sled.slot)),
  });
  for (const [slot, powerW] of initialLoadW(scenario)) plant.setSlotLoadPower(slot, powerW);
  plant.warmUp(WARM_UP_RATIO);
  return plant;
}

/** A plant that lacks a slot or fan of the board would fail later, in the middle of a run. */
export function checkPlantFits(board: BoardFile, parameters: PlantParameters, file: string): void {
  const slots = new Set(parameters.slots.map((slot) => slot.slot));
  const fans = new Set([...parameters.fans, ...(parameters.liquid?.pumps ?? [])].map((fan) => fan.id));
  const slot = board.slots.find((entry) => !slots.has(entry.number));
  const fan = board.airMovers.find((entry) => !fans.has(entry.id));
  const missing = slot === undefined ? (fan === undefined ? null : `fan ${fan.id}`) : `slot ${slot.number}`;
  if (missing === null) return;
  throw new ColdslotError(
    'bad-input',
    file,
    `board ${board.id} has ${missing}, the plant has not`,
    'choose a plant made for this board',
  );
}
