// One slot: is a sled there, has it power, who is it. Presence is debounced on the way out only: a sled that is there is
// cooled at once.
import type { BoardSlot } from '../board/schema.ts';
import type { EepromChip } from '../chips/chip.ts';
import type { SlotFrame } from '../protocols/guardian-link.ts';
import type { LogEntry } from '../sensing/event-log.ts';
import type { Expected } from '../sensing/polled-device.ts';
import { readFru, type SledFru } from './fru-reader.ts';
import type { Line } from './line.ts';
import type { SledProbe } from './sled-probe.ts';

export type Presence = SlotFrame['presence'];
export type PowerState = SlotFrame['power'];

/** Looks in a row that must say "absent". */
const ABSENT_AFTER = 2;
const FIRST_RETRY_MS = 2000;
const LONGEST_RETRY_MS = 60_000;
/** Failed tries after which an unreadable FRU is worth an event. */
const REPORTED_FAILURES = 3;

export interface SlotParts {
  readonly slot: BoardSlot;
  readonly presence: Line | null;
  readonly powerEnable: Line | null;
  readonly powerGood: Line | null;
  readonly identify: Line | null;
  readonly eeprom: EepromChip | null;
  /** What the sled's own chips do when asked: the presence where no line tells it. */
  readonly probe: SledProbe;
}

export class SlotWatch {
  readonly number: number;
  readonly #parts: SlotParts;
  readonly #report: (entry: LogEntry) => void;
  #presence: Presence = 'unknown';
  #power: PowerState = 'unknown';
  #absentLooks = 0;
  /** When the presence line last said what it says. */
  #presenceAtMs: number | null = null;
  #powerFrom: NonNullable<SlotFrame['powerFrom']> | null = null;
  #lineTells = false;
  #fru: SledFru | null = null;
  #fruFailures = 0;
  #fruNotBeforeMs = 0;
  /** Grows with every sled, so that a slow answer of the one before is not taken for the new one's. */
  #sled = 0;
  #reading = false;

  constructor(parts: SlotParts, report: (entry: LogEntry) => void) {
    this.number = parts.slot.number;
    this.#parts = parts;
    this.#report = report;
  }

  get present(): boolean {
    return this.#presence !== 'absent';
  }

  /** What its devices should do. */
  expected(): Expected {
    if (this.#presence === 'absent') return 'absent';
    return this.#power === 'off' ? 'off' : 'present';
  }

  /** Asks the sled's chips whether they are there, while no line tells. */
  async ask(nowMs: number): Promise<void> {
    if (!this.#lineTells) await this.#parts.probe.ask(nowMs);
  }

  frame(): SlotFrame {
    const frame = { slot: this.number, presence: this.#presence, power: this.#power, fru: this.#fru };
    return this.#powerFrom === null ? frame : { ...frame, powerFrom: this.#powerFrom };
  }

  /** Takes in what the lines said last. */
  update(nowMs: number): void {
    this.#takePresence(this.#lookForSled(nowMs));
    this.#takePower(this.#lookForPower(nowMs));
    this.#identifySled(nowMs);
  }

  setPower(on: boolean): Promise<string | null> {
    const { powerEnable } = this.#parts;
    if (powerEnable === null) return Promise.resolve(`the board has no power control for slot ${this.number}`);
    return powerEnable.set(on);
  }

  setIdentify(on: boolean): Promise<string | null> {
    const { identify } = this.#parts;
    if (identify === null) return Promise.resolve(`the board has no identify light for slot ${this.number}`);
    return identify.set(on);
  }

  /** A line that cannot be read changes nothing, unless chips of a sled that was absent answer. */
  #lookForSled(nowMs: number): Presence {
    const level = this.#parts.presence?.level(nowMs) ?? 'unknown';
    this.#lineTells = level !== 'unknown';
    if (level !== 'unknown') {
      this.#presenceAtMs = this.#parts.presence?.readAtMs() ?? null;
      return level === 'active' ? 'present' : 'absent';
    }
    const heard = this.#parts.probe.heard(nowMs);
    if (heard === 'answered') return 'present';
    return heard === 'refused' && this.#parts.presence === null ? 'absent' : this.#presence;
  }

  /** A line that cannot be read changes nothing. */
  #lookForPower(nowMs: number): PowerState {
    if (this.#presence === 'absent') {
      this.#powerFrom = this.#presenceAtMs === null ? null : { source: 'absence', atMs: this.#presenceAtMs };
      return 'off';
    }
    const { powerGood, powerEnable } = this.#parts;
    const line = powerGood ?? powerEnable;
    const level = line?.level(nowMs) ?? 'unknown';
    if (line === null || level === 'unknown') return this.#power;
    this.#powerFrom = { source: powerGood === null ? 'command' : 'power-good', atMs: line.readAtMs() };
    return level === 'active' ? 'on' : 'off';
  }

  #takePresence(seen: Presence): void {
    this.#absentLooks = seen === 'absent' ? this.#absentLooks + 1 : 0;
    const next = seen === 'absent' && this.#absentLooks < ABSENT_AFTER ? this.#presence : seen;
    const before = this.#presence;
    if (next === before) return;
    this.#presence = next;
    if (next === 'absent' || before === 'absent') this.#forgetSled();
    if (before === 'unknown' || next === 'unknown') return;
    const inserted = next === 'present';
    this.#event('info', inserted ? 'sled-inserted' : 'sled-removed', `sled ${inserted ? 'inserted' : 'removed'}`);
  }

  #takePower(next: PowerState): void {
    const before = this.#power;
    this.#power = next;
    if (this.#presence === 'absent' || before === 'unknown' || next === 'unknown' || before === next) return;
    this.#event('info', `sled-power-${next}`, `power is ${next}`);
  }

  #forgetSled(): void {
    this.#sled++;
    this.#power = 'unknown';
    this.#powerFrom = null;
    this.#fru = null;
    this.#fruFailures = 0;
    this.#fruNotBeforeMs = 0;
    this.#reading = false;
  }

  #identifySled(nowMs: number): void {
    const { eeprom } = this.#parts;
    const wanted = this.#presence === 'present' && this.#fru === null && !this.#reading;
    if (eeprom === null || !wanted || nowMs < this.#fruNotBeforeMs) return;
    this.#reading = true;
    void this.#readFru(eeprom, this.#sled, nowMs);
  }

  async #readFru(eeprom: EepromChip, sled: number, nowMs: number): Promise<void> {
    const answer = await readFru(eeprom);
    if (sled !== this.#sled) return;
    this.#reading = false;
    if (answer.kind === 'ok') {
      this.#fru = answer.fru;
      this.#event('info', 'sled-identified', `is ${answer.fru.serial}, a ${answer.fru.model}`, { ...answer.fru });
      return;
    }
    this.#fruFailures++;
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#fruFailures - 1));
    this.#fruNotBeforeMs = nowMs + (answer.kind === 'unusable' ? LONGEST_RETRY_MS : delayMs);
    if (this.#fruFailures === REPORTED_FAILURES || (answer.kind === 'unusable' && this.#fruFailures === 1)) {
      this.#event('warning', 'fru-unreadable', `no FRU information: ${answer.detail}`);
    }
  }

  #event(severity: LogEntry['severity'], code: string, text: string, data: Readonly<Record<string, unknown>> = {}) {
    const source = `slot/${this.number}`;
    this.#report({
      severity,
      source,
      code,
      text: `slot ${this.number}: ${text}`,
      data: { slot: this.number, ...data },
    });
  }
}
