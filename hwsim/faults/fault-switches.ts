// What is broken at the moment: stuck sensors, silent devices, hung buses. Names are the board's.
import type { BusFaults } from '../bus/topology.ts';

export class FaultSwitches implements BusFaults {
  readonly #stuckSensors = new Set<string>();
  readonly #silentDevices = new Set<string>();
  readonly #hungBuses = new Set<string>();

  /** The sensor goes on showing what it showed last. */
  stickSensor(sensor: string): void {
    this.#stuckSensors.add(sensor);
  }

  /** The device no longer acknowledges its address. */
  silenceDevice(device: string): void {
    this.#silentDevices.add(device);
  }

  /** SMBus time-out for every transfer, on the bus and all behind it. */
  hangBus(bus: string): void {
    this.#hungBuses.add(bus);
  }

  /** Ends whatever is broken under that name. */
  heal(name: string): void {
    this.#stuckSensors.delete(name);
    this.#silentDevices.delete(name);
    this.#hungBuses.delete(name);
  }

  isStuck(sensor: string): boolean {
    return this.#stuckSensors.has(sensor);
  }

  isSilent(device: string): boolean {
    return this.#silentDevices.has(device);
  }

  isHung(bus: string): boolean {
    return this.#hungBuses.has(bus);
  }
}
