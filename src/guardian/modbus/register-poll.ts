// The registers of one device that somebody wants, each group read at its own interval. A device that refuses a whole
// group, because of registers in its gaps that it does not have, is asked for smaller ones.
import type { ModbusAnswer } from '../../core/ports.ts';
import { groupReads, splitGroup, wordsOf, type ReadGroup } from '../../protocols/modbus/read-groups.ts';
import type { ModbusRegister } from '../../protocols/modbus/register-map.ts';

/** A register that the device refuses is asked for again after this. */
const REFUSED_S = 60;

export interface RegisterWords {
  readonly words: readonly number[];
  /** When they came, by the guardian's clock. */
  readonly atMs: number;
}

interface Poll {
  readonly group: ReadGroup;
  dueMs: number;
}

export type ReadRegisters = (at: number, count: number) => Promise<ModbusAnswer>;

export class RegisterPoll {
  readonly #read: ReadRegisters;
  readonly #nowMs: () => number;
  readonly #words = new Map<string, RegisterWords>();
  readonly #refused = new Map<string, string>();
  #polls: Poll[];

  constructor(registers: readonly ModbusRegister[], read: ReadRegisters, nowMs: () => number) {
    this.#read = read;
    this.#nowMs = nowMs;
    this.#polls = groupReads(registers).map((group) => ({ group, dueMs: -Infinity }));
  }

  /** Nothing is wanted of this device. */
  get isEmpty(): boolean {
    return this.#polls.length === 0;
  }

  /**
   * Reads what is due; ends at the first read that is not answered, with what was said instead.
   * @param startMs when this round began: intervals are counted from round to round
   */
  async readDue(startMs: number): Promise<(ModbusAnswer & { readonly kind: 'error' }) | null> {
    const due = this.#polls.filter(({ dueMs }) => dueMs <= startMs);
    for (const poll of due) {
      const { group } = poll;
      const answer = await this.#read(group.at, group.count);
      if (answer.kind === 'ok') {
        poll.dueMs = startMs + group.pollS * 1000;
        this.#take(group, answer.registers);
      } else if (answer.error === 'exception') due.push(...this.#refuse(poll, answer.detail));
      else return answer;
    }
    return null;
  }

  /** As last read; null before. */
  last(register: ModbusRegister): RegisterWords | null {
    return this.#words.get(register.name) ?? null;
  }

  /** What the device said when it refused the register; null when it did not. */
  refusalOf(register: ModbusRegister): string | null {
    return this.#refused.get(register.name) ?? null;
  }

  /** All of it is read again as soon as possible. */
  renew(): void {
    for (const poll of this.#polls) poll.dueMs = -Infinity;
  }

  forget(): void {
    this.#words.clear();
    this.#refused.clear();
    this.renew();
  }

  #take(group: ReadGroup, words: readonly number[]): void {
    const atMs = this.#nowMs();
    for (const register of group.registers) {
      this.#words.set(register.name, { words: wordsOf(group, register, words), atMs });
      this.#refused.delete(register.name);
    }
  }

  /** What to read in its place. */
  #refuse(poll: Poll, detail: string): readonly Poll[] {
    const halves = splitGroup(poll.group);
    if (halves !== null) {
      const smaller = halves.map((group) => ({ group, dueMs: -Infinity }));
      this.#polls = [...this.#polls.filter((other) => other !== poll), ...smaller];
      return smaller;
    }
    poll.dueMs = this.#nowMs() + REFUSED_S * 1000;
    for (const register of poll.group.registers) {
      this.#refused.set(register.name, detail);
      this.#words.delete(register.name);
    }
    return [];
  }
}
