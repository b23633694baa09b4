// A bus for chip tests: keeps the transfers it was asked for, and fails those a test wants to fail.
import type { BusError, I2cAnswer, I2cBus } from '../../src/core/ports.ts';
import type { Chip } from '../../src/chips/chip.ts';
import { openChip } from '../../src/chips/registry.ts';
import { RegisterFileBus } from '../../src/chips/register-file-bus.ts';

export interface Transfer {
  readonly address: number;
  readonly write: string;
  readonly readLength: number;
}

export class ProbeBus implements I2cBus {
  readonly id = 'i2c3';
  readonly transfers: Transfer[] = [];
  /** Fails the transfers for which it gives an error. */
  fail: (transfer: Transfer) => BusError | null = () => null;
  readonly #inner: Pick<I2cBus, 'transfer'>;

  constructor(inner: Pick<I2cBus, 'transfer'>) {
    this.#inner = inner;
  }

  transfer(address: number, write: Uint8Array, readLength: number): Promise<I2cAnswer> {
    const transfer = { address, write: Buffer.from(write).toString('hex'), readLength };
    this.transfers.push(transfer);
    const error = this.fail(transfer);
    if (error !== null) return Promise.resolve({ kind: 'error', error, detail: 'injected' });
    return this.#inner.transfer(address, write, readLength);
  }

  /** The transfers that wrote something, as hex. */
  writes(): string[] {
    return this.transfers.filter(({ readLength }) => readLength === 0).map(({ write }) => write);
  }
}

/** A chip of byte registers, all 0 but those given. */
export function byteChip(address: number, registers: Readonly<Record<number, number>>): ProbeBus {
  const file = Array.from({ length: 256 }, (_, register) => registers[register] ?? 0);
  return new ProbeBus(new RegisterFileBus(address, 'byte', file));
}

/** A chip of 16-bit registers, most significant byte first on the wire, all 0 but those given. */
export function wordChip(address: number, registers: Readonly<Record<number, number>>): ProbeBus {
  const file = Array.from({ length: 256 }, (_, register) => {
    const value = registers[register] ?? 0;
    return ((value & 0xff) << 8) | (value >> 8);
  });
  return new ProbeBus(new RegisterFileBus(address, 'word', file));
}

export function open<K extends Chip['kind']>(kind: K, name: string, bus: I2cBus, address: number, options = {}) {
  const chip = openChip(name, bus, address, options);
  if (chip.kind !== kind) throw new Error(`${name} is a ${chip.kind}, not a ${kind}`);
  return chip as Extract<Chip, { readonly kind: K }>;
}
