// Transfers of one PMBus device: words low byte first, the PAGE command, an optional packet error code at the end.
// PMBus Specification Part I, "Transport"; Part II, section "PAGE". Pages and what is read from them must not be
// torn apart, so whatever depends on the page runs as one job.
import type { I2cBus } from '../core/ports.ts';
import type { BytesAnswer, ChipFailure, ChipResult } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import type { ByteAnswer } from './chip-registers.ts';
import { ChipRegisters } from './chip-registers.ts';
import { packetErrorCode } from './pmbus-format.ts';
import { Serial } from './serial.ts';

export const PMBUS_PAGE = 0x00;

/** Whether the device has the command; a failure that is no refusal leaves it open. */
export type HasAnswer = { readonly kind: 'yes' | 'no' } | ChipFailure;

export interface PmbusTransport {
  /** Packet error codes are sent, and checked on what is read. */
  readonly pec?: boolean;
}

export interface PageRead {
  readonly page: number;
  readonly command: number;
  readonly length: number;
}

export class PmbusRegisters {
  /** For names, places and failures. */
  readonly chip: ChipRegisters;
  readonly #bus: I2cBus;
  readonly #pec: boolean;
  readonly #serial = new Serial();

  constructor(name: string, bus: I2cBus, address: number, transport: PmbusTransport = {}) {
    this.chip = new ChipRegisters(name, bus, address);
    this.#bus = bus;
    this.#pec = transport.pec ?? false;
  }

  /**
   * Runs `job` with `page` selected and no other job of this device in between; null: the device has no pages.
   * The page is written each time: a device that was reset unnoticed is at page 0 again.
   */
  onPage<T>(page: number | null, job: () => Promise<T>): Promise<T | ChipFailure> {
    return this.#serial.run(async () => {
      const selected = page === null ? CHIP_OK : await this.writeByte(PMBUS_PAGE, page);
      return selected.kind === 'failed' ? selected : job();
    });
  }

  /** All is issued at once, which a bus carries out in order: nothing comes between a page and what is read on it. */
  readPages(reads: readonly PageRead[]): Promise<readonly BytesAnswer[]> {
    return this.#serial.run(async () => {
      const asked = reads.map(({ page, command, length }) => ({
        selected: this.writeByte(PMBUS_PAGE, page),
        read: this.read(command, length),
      }));
      const answers: BytesAnswer[] = [];
      for (const { selected, read } of asked) {
        const [page, answer] = [await selected, await read];
        answers.push(page.kind === 'failed' ? page : answer);
      }
      return answers;
    });
  }

  async read(command: number, length: number): Promise<BytesAnswer> {
    if (!this.#pec) return this.chip.read(command, length);
    const answer = await this.chip.read(command, length + 1);
    if (answer.kind === 'failed') return answer;
    const data = answer.data.subarray(0, length);
    const expected = packetErrorCode([...this.#readHeader(command), ...data]);
    const got = answer.data[length] ?? 0;
    if (got === expected) return { kind: 'ok', data };
    return this.chip.failure('fault', command, `packet error code 0x${hex(got)} instead of 0x${hex(expected)}`);
  }

  async readByte(command: number): Promise<ByteAnswer> {
    const answer = await this.read(command, 1);
    return answer.kind === 'failed' ? answer : { kind: 'ok', value: answer.data[0] ?? 0 };
  }

  async readWord(command: number): Promise<ByteAnswer> {
    if (!this.#pec) {
      const swapped = await this.chip.readWord(command);
      if (swapped.kind === 'failed') return swapped;
      return { kind: 'ok', value: ((swapped.value & 0xff) << 8) | (swapped.value >> 8) };
    }
    const answer = await this.read(command, 2);
    return answer.kind === 'failed' ? answer : { kind: 'ok', value: littleWordAt(answer.data, 0) };
  }

  writeByte(command: number, value: number): Promise<ChipResult> {
    return this.#write(command, value);
  }

  writeWord(command: number, value: number): Promise<ChipResult> {
    return this.#write(command, value & 0xff, value >> 8);
  }

  /** A command without data. */
  send(command: number): Promise<ChipResult> {
    return this.#write(command);
  }

  /** A read that is not acknowledged means that the device does not have the command. */
  async has(command: number, length: number): Promise<HasAnswer> {
    const answer = await this.#bus.transfer(this.chip.address, Uint8Array.of(command), length);
    if (answer.kind === 'ok') return { kind: answer.data.length === length ? 'yes' : 'no' };
    if (answer.error === 'nack') return { kind: 'no' };
    const reason = answer.error === 'timeout' ? 'timeout' : 'fault';
    return this.chip.failure(reason, command, `${answer.error} while asking what the device has`);
  }

  #write(command: number, ...bytes: readonly number[]): Promise<ChipResult> {
    if (!this.#pec) return this.chip.write(command, ...bytes);
    return this.chip.write(command, ...bytes, packetErrorCode([this.chip.address << 1, command, ...bytes]));
  }

  #readHeader(command: number): readonly number[] {
    const address = this.chip.address << 1;
    return [address, command, address | 1];
  }
}

/** 16 bits at `offset`, least significant byte first. */
export function littleWordAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}
