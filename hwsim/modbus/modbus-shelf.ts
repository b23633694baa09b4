// The Modbus devices of a board, each behind its register map, by bus and unit.
import type { Clock } from '../../src/core/clock.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import type { Random } from '../../src/core/random.ts';
import type { BoardDevice, BoardFile } from '../board-file.ts';
import type { PlantTruth } from '../contract.ts';
import type { FaultSwitches } from '../faults/fault-switches.ts';
import type { ProbeBench } from '../probes.ts';
import { battery } from './battery.ts';
import type { DeviceModel } from './device-model.ts';
import { MapDevice, type DeviceMaker } from './map-device.ts';
import { ModbusBus, type ModbusUnit } from './modbus-bus.ts';
import { powerSupply } from './power-supply.ts';
import { pumpingUnit } from './pumping-unit.ts';

const makers: Readonly<Record<string, DeviceMaker>> = {
  'orv3-psu': powerSupply,
  'orv3-bbu': battery,
  'orv3-rpu': pumpingUnit,
};

/** Shows the air at its temperatures and the board's movers at its tachometers, and drives them as its map says. */
const plainDevice = ({ device }: { readonly device: BoardDevice }): DeviceModel => ({
  numbers: new Map(),
  flags: new Map(),
  settings: new Map(),
  identity: { model: device.chip, partNumber: '' },
});

export function isModbusBus(kind: string): boolean {
  return kind === 'modbus-tcp' || kind === 'modbus-rtu';
}

export interface ShelfSurroundings {
  readonly board: BoardFile;
  readonly faults: FaultSwitches;
  readonly probes: ProbeBench;
  readonly truth: () => PlantTruth;
}

export class ModbusShelf {
  readonly #faults: FaultSwitches;
  readonly #buses = new Map<string, { readonly baud: number | null; readonly units: Map<number, ModbusUnit> }>();
  readonly #devices = new Map<string, MapDevice>();

  /** @throws ColdslotError `bad-input` for a device without a register map, or two at one address */
  constructor({ board, faults, probes, truth }: ShelfSurroundings) {
    this.#faults = faults;
    for (const { id, kind, baud } of board.buses) {
      if (!isModbusBus(kind)) continue;
      this.#buses.set(id, { baud: kind === 'modbus-rtu' ? (baud ?? 19_200) : null, units: new Map() });
    }
    for (const device of board.devices) {
      const bus = this.#buses.get(device.bus);
      if (bus === undefined) continue;
      const subject = `device ${device.id}`;
      const map = board.maps.get(device.chip);
      if (map === undefined) {
        throw new ColdslotError(
          'bad-input',
          subject,
          `there is no register map ${device.chip}`,
          'put it beside the board, modbus/',
        );
      }
      const taken = bus.units.get(device.address);
      if (taken !== undefined) {
        throw new ColdslotError(
          'bad-input',
          subject,
          `unit ${device.address} on ${device.bus} is taken by ${taken.id}`,
        );
      }
      const registers = new MapDevice(map, makers[map.id] ?? plainDevice, probes, { board, device, faults, truth });
      bus.units.set(device.address, { id: device.id, registers });
      this.#devices.set(device.id, registers);
    }
  }

  busIds(): string[] {
    return [...this.#buses.keys()];
  }

  device(id: string): MapDevice | null {
    return this.#devices.get(id) ?? null;
  }

  /**
   * A bus to be served; `clock` is what its wire and its devices' answers take time by.
   * @throws ColdslotError `not-found`
   */
  bus(id: string, clock: Clock, random: Random): ModbusBus {
    const found = this.#buses.get(id);
    if (found !== undefined) return new ModbusBus({ ...found, id, faults: this.#faults, random, clock });
    const known = this.busIds().join(', ');
    const hint = known === '' ? 'it has none' : `it has ${known}`;
    throw new ColdslotError('not-found', `bus ${id}`, 'the board has no such Modbus bus', hint);
  }

  tick(plantS: number): void {
    for (const device of this.#devices.values()) device.tick(plantS);
  }
}
