// Does what a scenario step says, to the plant, the bays, the buses and the work; refuses names the board has not.
import { assertNever, ColdslotError } from '../../src/core/errors.ts';
import type { Chassis } from '../chassis.ts';
import type { ScenarioAction } from '../contract.ts';
import { armUnplug, pushSled } from './unplug.ts';

export class FaultDesk {
  readonly #chassis: Chassis;
  readonly #setLoad: (workload: string, cores: number) => void;

  /** `setLoad`: makes a workload use so many cores. @throws ColdslotError for a workload that is not there */
  constructor(chassis: Chassis, setLoad: (workload: string, cores: number) => void) {
    this.#chassis = chassis;
    this.#setLoad = setLoad;
  }

  /** @throws ColdslotError `not-found` for a name that the board does not have */
  apply(action: ScenarioAction): void {
    const { faults, plant } = this.#chassis;
    switch (action.kind) {
      case 'load':
        return this.#setLoad(action.workload, action.cores);
      case 'block-slot':
        return plant.setOpenness(action.slot, action.openness);
      case 'ambient':
        return plant.setAmbient(action.ambientC);
      case 'fan-health':
        return plant.setFanHealth(action.fan, action.rotor, action.factor);
      case 'sensor-stuck':
        this.#expect('sensor', action.sensor, this.#sensors());
        return faults.stickSensor(action.sensor);
      case 'device-nack':
        this.#expect('device', action.device, this.#devices());
        return faults.silenceDevice(action.device);
      case 'bus-hung':
        this.#expect('bus', action.bus, [...this.#chassis.topology.busIds(), ...this.#chassis.modbus.busIds()]);
        return faults.hangBus(action.bus);
      case 'bus-noise':
        this.#expect('bus', action.bus, this.#chassis.topology.busIds());
        return faults.disturbBus(action.bus, action.share, action.faults);
      case 'bus-held':
        this.#expect('bus', action.bus, this.#chassis.topology.busIds());
        return this.#chassis.holdBus(action.bus, action.pulses);
      case 'mux-stuck':
        this.#expect('mux', action.mux, this.#devices());
        return faults.stickMux(action.mux, action.channel);
      case 'chip-swapped':
        this.#expect('device', action.device, this.#devices());
        return this.#chassis.swapChip(action.device, action.chip);
      case 'device-slow':
        this.#expect('device', action.device, this.#devices());
        return faults.slowDevice(action.device, action.delayMs);
      case 'sled-unplug':
        return armUnplug(this.#chassis, action.slot);
      case 'line-noise':
        this.#expect('bus', action.bus, this.#chassis.modbus.busIds());
        return faults.disturbLine(action.bus, action.rate);
      case 'coolant-leak':
        this.#expect('device', action.device, this.#devices());
        return faults.leakCoolant(action.device);
      case 'heal':
        return this.#chassis.heal(action.name);
      case 'leak':
        return this.#chassis.leaks.set(action.place, action.wet);
      case 'sled-pull':
        return this.#chassis.bay(action.slot).pull();
      case 'sled-push':
        return pushSled(this.#chassis, action.slot);
      default:
        return assertNever(action, 'scenario action');
    }
  }

  #sensors(): string[] {
    const { board } = this.#chassis;
    const rotors = board.airMovers.flatMap((mover) => mover.tachometers.map((_, index) => `${mover.id}.${index}`));
    return [...board.devices.flatMap((device) => device.channels.map((channel) => channel.sensor)), ...rotors];
  }

  #devices(): string[] {
    const { board } = this.#chassis;
    return [...board.devices, ...board.muxes].map((device) => device.id);
  }

  #expect(what: string, name: string, known: readonly string[]): void {
    if (known.includes(name)) return;
    const some = known.slice(0, 12).join(', ');
    throw new ColdslotError('not-found', `${what} ${name}`, `the board has no such ${what}`, `it has ${some}`);
  }
}
