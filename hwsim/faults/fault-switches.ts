// What is broken at the moment: stuck sensors, silent devices, hung buses. Names are the board's.
import type { BusFaults } from '../bus/topology.ts';
import type { ModbusFaults } from '../modbus/modbus-bus.ts';

export class FaultSwitches implements BusFaults, ModbusFaults {
  readonly #stuckSensors = new Set<string>();
  readonly #silentDevices = new Set<string>();
  readonly #hungBuses = new Set<string>();
  readonly #noisyBuses = new Map<string, number>();
  readonly #leaks = new Set<string>();

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

  /** On a Modbus bus that part of the answers arrives damaged. */
  disturbBus(bus: string, rate: number): void {
    this.#noisyBuses.set(bus, rate);
  }

  /** Coolant runs out of the device. */
  leak(device: string): void {
    this.#leaks.add(device);
  }

  /** Ends whatever is broken under that name. */
  heal(name: string): void {
    this.#stuckSensors.delete(name);
    this.#silentDevices.delete(name);
    this.#hungBuses.delete(name);
    this.#noisyBuses.delete(name);
    this.#leaks.delete(name);
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

  noiseOf(bus: string): number {
    return this.#noisyBuses.get(bus) ?? 0;
  }

  isLeaking(device: string): boolean {
    return this.#leaks.has(device);
  }
}
