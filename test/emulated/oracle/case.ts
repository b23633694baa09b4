// What is judged: a chip whose 256 registers hold something, and what the kernel and we make of it.
import type { KernelValue } from '../machine/sysfs.ts';

/** One load of registers, as JSON for the program in the VM. */
export interface OracleCase {
  readonly id: string;
  /** Our driver's name. */
  readonly chip: string;
  /** Name by which the kernel's driver is bound. */
  readonly kernelName: string;
  /** As an SMBus word read returns each: the low byte comes first on the wire, and a byte read returns it alone. */
  readonly words: readonly number[];
  /** Registers that are written at one address and read at another: the address to write, the address to read. */
  readonly writtenAt: readonly (readonly [number, number])[];
  /** When the registers are read for decoding. Not while the kernel has the chip, where its driver keeps changing them. */
  readonly dumped: 'while bound' | 'once let go';
  /**
   * Registers that on the chip depend on each other do not fit: attributes of registers are still the same, but what we
   * reckon from some and the kernel reads from others is not.
   */
  readonly unrelated: boolean;
}

/** A Reading in the kernel's unit (m°C, mV, mA, µW, rpm, duty of 255), or why there is none. */
export type OurReading = { readonly value: number } | { readonly reason: string; readonly detail: string };

export interface OracleResult {
  readonly id: string;
  /** The registers as they are: the kernel's attributes, and ours decoded from the same registers read over /dev/i2c-N. */
  readonly asFound: {
    readonly kernel: Readonly<Record<string, KernelValue>>;
    /** Null: no decoder knows the chip. */
    readonly decoded: Readonly<Record<string, number>> | null;
  };
  /** After our driver's configure(): the kernel's attributes, and our readings over /dev/i2c-N. Null: no driver knows the chip, or `unrelated`. */
  readonly configured: {
    readonly kernel: Readonly<Record<string, KernelValue>>;
    readonly readings: Readonly<Record<string, OurReading>>;
    /** Tachometers that a fan controller says are at fault; null for other chips. */
    readonly faultyTachometers: readonly number[] | null;
  } | null;
}

/** A line of the VM's answers. */
export type OracleLine = OracleResult | { readonly id: string; readonly error: string };
