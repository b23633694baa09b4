// What is broken at the moment: stuck sensors, silent and slow devices, hung, held and noisy buses, stuck switches.
// Names are the board's.
import { seededRandom, type Random } from '../../src/core/random.ts';
import type { BusFaults } from '../bus/topology.ts';
import type { TransferFault } from '../contract.ts';
import type { ModbusFaults } from '../modbus/modbus-bus.ts';
import { BusNoise } from './bus-noise.ts';

export class FaultSwitches implements BusFaults, ModbusFaults {
  readonly noise: BusNoise;
  readonly #stuckSensors = new Set<string>();
  readonly #silentDevices = new Set<string>();
  readonly #hungBuses = new Set<string>();
  /** Pulses that a held bus still needs. */
  readonly #heldBuses = new Map<string, number>();
  readonly #stuckMuxes = new Map<string, number>();
  readonly #slowDevices = new Map<string, number>();
  readonly #unplugs = new Map<string, () => void>();
  readonly #noisyLines = new Map<string, number>();
  readonly #coolantLeaks = new Set<string>();

  constructor(random: Random = seededRandom(1)) {
    this.noise = new BusNoise(random);
  }

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

  /** As hangBus, until its clock has been pulsed so often. */
  holdBus(bus: string, pulses: number): void {
    this.#heldBuses.set(bus, pulses);
  }

  /** One clock pulse on a bus. */
  pulse(bus: string): void {
    const left = this.#heldBuses.get(bus);
    if (left === undefined) return;
    if (left > 1) this.#heldBuses.set(bus, left - 1);
    else this.#heldBuses.delete(bus);
  }

  /** A share of the transfers on the bus itself (not behind its muxes) goes wrong. */
  disturbBus(bus: string, share: number, faults: readonly TransferFault[]): void {
    this.noise.disturb(bus, share, faults);
  }

  /** The switch stands on the channel and takes no commands. */
  stickMux(mux: string, channel: number): void {
    this.#stuckMuxes.set(mux, channel);
  }

  slowDevice(device: string, delayMs: number): void {
    this.#slowDevices.set(device, delayMs);
  }

  /** `pull` is called while the next transfer to the device is on the wire. */
  unplugWith(device: string, pull: () => void): void {
    this.#unplugs.set(device, pull);
  }

  /** On a Modbus line that part of the answers arrives damaged. */
  disturbLine(bus: string, rate: number): void {
    this.#noisyLines.set(bus, rate);
  }

  /** Coolant runs out of the device. */
  leakCoolant(device: string): void {
    this.#coolantLeaks.add(device);
  }

  /** Ends whatever is broken under that name. */
  heal(name: string): void {
    this.#stuckSensors.delete(name);
    this.#silentDevices.delete(name);
    this.#hungBuses.delete(name);
    this.#heldBuses.delete(name);
    this.#stuckMuxes.delete(name);
    this.#slowDevices.delete(name);
    this.noise.calm(name);
    this.#noisyLines.delete(name);
    this.#coolantLeaks.delete(name);
  }

  isStuck(sensor: string): boolean {
    return this.#stuckSensors.has(sensor);
  }

  isSilent(device: string): boolean {
    return this.#silentDevices.has(device);
  }

  isHung(bus: string): boolean {
    return this.#hungBuses.has(bus) || this.#heldBuses.has(bus);
  }

  isHeld(bus: string): boolean {
    return this.#heldBuses.has(bus);
  }

  stuckChannel(mux: string): number | null {
    return this.#stuckMuxes.get(mux) ?? null;
  }

  delayMs(device: string): number {
    return this.#slowDevices.get(device) ?? 0;
  }

  takeUnplug(device: string): (() => void) | null {
    const pull = this.#unplugs.get(device) ?? null;
    this.#unplugs.delete(device);
    return pull;
  }

  disturbance(bus: string): TransferFault | null {
    return this.noise.next(bus);
  }

  corrupted(data: Uint8Array): Uint8Array {
    return this.noise.corrupted(data);
  }

  noiseOf(bus: string): number {
    return this.#noisyLines.get(bus) ?? 0;
  }

  isLeaking(device: string): boolean {
    return this.#coolantLeaks.has(device);
  }
}
