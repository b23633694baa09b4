// Whether a scenario can be played on a board: every slot, fan, sensor, device and bus it names must be there.
import { assertNever } from '../../src/core/errors.ts';
import type { ScenarioAction } from '../contract.ts';
import { badInput } from '../json-input.ts';
import type { Scenario } from '../scenario.ts';

/** Names of a board; the composer takes them from the board file. */
export interface BoardNames {
  readonly board: string;
  readonly slots: ReadonlySet<number>;
  /** Number of rotors of each. */
  readonly fans: ReadonlyMap<string, number>;
  readonly sensors: ReadonlySet<string>;
  readonly devices: ReadonlySet<string>;
  readonly buses: ReadonlySet<string>;
  readonly modbusBuses?: ReadonlySet<string>;
  readonly pumpingUnits?: ReadonlySet<string>;
  /** Slots' numbers and chassis detectors' ids. */
  readonly leaks: ReadonlySet<number | string>;
}

/** @throws ColdslotError `bad-input` with the scenario's file, the JSON path and what the board has. */
export function checkFits(scenario: Scenario, file: string, board: BoardNames): void {
  scenario.sleds.forEach((sled, i) => {
    if (!board.slots.has(sled.slot)) throw unknown(file, `sleds[${i}].slot`, 'slot', sled.slot, board.slots, board);
  });
  scenario.steps.forEach((step, i) => {
    step.do.forEach((action, a) => checkAction(action, file, `steps[${i}].do[${a}]`, board));
  });
}

function checkAction(action: ScenarioAction, file: string, at: string, board: BoardNames): void {
  switch (action.kind) {
    case 'block-slot':
    case 'sled-pull':
    case 'sled-push':
    case 'sled-unplug':
      if (!board.slots.has(action.slot)) throw unknown(file, `${at}.slot`, 'slot', action.slot, board.slots, board);
      return;
    case 'fan-health': {
      const rotors = board.fans.get(action.fan);
      if (rotors === undefined) throw unknown(file, `${at}.fan`, 'fan', action.fan, new Set(board.fans.keys()), board);
      if (action.rotor === null || action.rotor < rotors) return;
      throw badInput(file, `${at}.rotor`, `${action.fan} has ${rotors} rotors, counted from 0`);
    }
    case 'sensor-stuck':
      if (board.sensors.has(action.sensor)) return;
      throw unknown(file, `${at}.sensor`, 'sensor', action.sensor, board.sensors, board);
    case 'mux-stuck':
      if (board.devices.has(action.mux)) return;
      throw unknown(file, `${at}.mux`, 'mux', action.mux, board.devices, board);
    case 'device-nack':
    case 'chip-swapped':
    case 'device-slow':
      if (board.devices.has(action.device)) return;
      throw unknown(file, `${at}.device`, 'device', action.device, board.devices, board);
    case 'bus-hung':
    case 'bus-noise':
    case 'bus-held':
      if (board.buses.has(action.bus)) return;
      throw unknown(file, `${at}.bus`, 'bus', action.bus, board.buses, board);
    case 'line-noise': {
      const buses = board.modbusBuses ?? new Set();
      if (buses.has(action.bus)) return;
      throw unknown(file, `${at}.bus`, 'Modbus bus', action.bus, buses, board);
    }
    case 'coolant-leak': {
      const units = board.pumpingUnits ?? new Set();
      if (units.has(action.device)) return;
      throw unknown(file, `${at}.device`, 'pumping unit', action.device, units, board);
    }
    case 'leak':
      if (board.leaks.has(action.place)) return;
      throw unknown(file, `${at}.place`, 'leak detector', action.place, board.leaks, board);
    case 'load':
    case 'ambient':
    case 'heal':
      return;
    default:
      assertNever(action, 'action');
  }
}

function unknown(
  file: string,
  at: string,
  what: string,
  name: string | number,
  known: ReadonlySet<string | number>,
  board: BoardNames,
) {
  const some = known.size === 0 ? 'none' : [...known].slice(0, 12).join(', ');
  return badInput(
    file,
    at,
    `board ${board.board} has no ${what} ${name}; it has ${some}${known.size > 12 ? ' …' : ''}`,
  );
}
