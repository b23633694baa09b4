// A chip as its register file: what it answers on the bus, written from the data sheet. Physical values come in
// through probes; nothing here knows about boards or physics.

/** A physical value at the chip's pins, in °C, V, A or rpm. */
export type Probe = () => number;

/** `plantS`: time of the simulated chassis; `busMs`: the clock the bus runs on. */
export interface ChipTime {
  readonly plantS: number;
  readonly busMs: number;
}

export interface ChipModel {
  /** One transaction addressed to the chip. null = it does not acknowledge. */
  transfer(write: Uint8Array, readLength: number, time: ChipTime): Uint8Array | null;
  /** Power-on reset: what the data sheet's POR column says. */
  reset(): void;
  /** Plant time passes: ramps and watchdogs run. */
  tick?(plantS: number): void;
}

/** A chip with PWM outputs that fans hang on. */
export interface FanDriver extends ChipModel {
  /** What the fan on an output (from 1) is driven with, 0..1. */
  ratio(output: number): number;
}

export function isFanDriver(chip: ChipModel): chip is FanDriver {
  return 'ratio' in chip;
}

/** The two bytes of a 16-bit register, high byte first, over and over for as long as the master reads. */
export function repeatWord(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index % 2 === 0 ? (value >> 8) & 0xff : value & 0xff));
}

/** A big-endian word out of written bytes, or null when it is not complete. */
export function wordAt(bytes: Uint8Array, offset: number): number | null {
  const high = bytes[offset];
  const low = bytes[offset + 1];
  return high === undefined || low === undefined ? null : (high << 8) | low;
}
