// A Modbus device as the guardian uses it: polled on its own, beside the tick, which takes what was read last, with its
// age. Its alarm bits are events; its speeds are a fan chip's outputs.
import type { ChannelInfo, ChannelReader, ChipResult, FanChip, SensorChip } from '../../chips/chip.ts';
import { CHIP_OK } from '../../chips/chip.ts';
import type { ModbusBus } from '../../buses/modbus.ts';
import type { ModbusAnswer } from '../../core/ports.ts';
import { good, none, type Reading } from '../../core/reading.ts';
import { decodeNumber, type NumberRegister, type TextRegister } from '../../protocols/modbus/numbers.ts';
import type { ModbusMap } from '../../protocols/modbus/register-map.ts';
import { decodeText } from '../../protocols/modbus/text.ts';
import type { LogEntry } from '../../sensing/event-log.ts';
import type { ChannelReadings, Expected } from '../../sensing/polled-device.ts';
import { unitOf } from '../../sensing/sensor.ts';
import { FlagWatch } from './flag-watch.ts';
import { Presence, type PresenceChange } from './presence.ts';
import { RegisterPoll } from './register-poll.ts';
import { failureOf, SpeedOutputs } from './speed-outputs.ts';

/** A value is told so long after it should have been read again; then there is none. */
const LATE_MS = 5000;

export interface ModbusDeviceParts {
  readonly id: string;
  /** Slot whose sled carries it; null = part of the chassis. */
  readonly slot: number | null;
  readonly unit: number;
  readonly map: ModbusMap;
  readonly link: ModbusBus;
  /** Channels that the board uses, and outputs that its air movers hang on. */
  readonly channels: readonly string[];
  readonly outputs: readonly number[];
  readonly nowMs: () => number;
}

export class ModbusDevice {
  readonly id: string;
  readonly slot: number | null;
  readonly chip: SensorChip | FanChip;
  readonly #parts: ModbusDeviceParts;
  readonly #channels: ReadonlyMap<string, NumberRegister>;
  readonly #presence = new Presence();
  readonly #poll: RegisterPoll;
  readonly #texts: RegisterPoll;
  readonly #speeds: SpeedOutputs;
  readonly #flags: FlagWatch;
  #busy = false;
  /** Answers to what was asked before the sled went away do not count. */
  #era = 0;
  #silence: Reading | null = null;
  #events: LogEntry[] = [];

  /** Sends nothing. */
  constructor(parts: ModbusDeviceParts) {
    const { id, slot, unit, map, link, nowMs } = parts;
    const { bauds, parity, timeoutMs } = map;
    link.describe(unit, { bauds, parity, timeoutMs });
    this.id = id;
    this.slot = slot;
    this.#parts = parts;
    this.#channels = channelsOf(map, parts.channels);
    const read = (at: number, count: number) => link.readHolding(unit, at, count);
    const polled = [...this.#channels.values(), ...flagsOf(map)];
    this.#poll = new RegisterPoll(polled, read, nowMs);
    this.#texts = new RegisterPoll(textsOf(map), read, nowMs);
    this.#speeds = new SpeedOutputs(link, unit, actuatorsOf(parts), nowMs);
    this.#flags = new FlagWatch(id);
    this.chip = map.actuators.length > 0 ? this.#fanChip() : { kind: 'sensor', ...this.#reader() };
  }

  /** Starts reading what is due; never waits. Nothing is asked of a device whose sled is not there. */
  poll(expected: Expected): void {
    if (expected !== 'present') {
      this.#forget();
      return;
    }
    if (this.#busy || !this.#presence.due(this.#parts.nowMs())) return;
    this.#busy = true;
    const era = this.#era;
    void this.#round(era).finally(() => {
      this.#busy = false;
    });
  }

  /** As last read. */
  readings(expected: Expected): ChannelReadings {
    const nowMs = this.#parts.nowMs();
    const readOne = (register: NumberRegister) =>
      expected === 'present' ? this.#reading(register, nowMs) : none(expected, nowMs);
    return new Map([...this.#channels].map(([channel, register]) => [channel, readOne(register)]));
  }

  takeEvents(): readonly LogEntry[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** What its registers say it is, by the names of inventories; empty before it was found. */
  inventory(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      textsOf(this.#parts.map).flatMap((register) => {
        const last = this.#texts.last(register);
        const text = last === null ? '' : decodeText(last.words);
        return register.fru === undefined || text === '' ? [] : [[register.fru, text]];
      }),
    );
  }

  async #round(era: number): Promise<void> {
    const { link, unit, map, nowMs } = this.#parts;
    const startMs = nowMs();
    if (this.#presence.state !== 'there') {
      const probe = await link.readHolding(unit, map.probe.at, map.probe.count);
      if (era !== this.#era) return;
      if (isSilence(probe)) return this.#silent(probe);
      this.#texts.forget();
      await this.#texts.readDue(startMs); // what it does not tell of itself is left out
      if (era !== this.#era) return;
      this.#poll.renew();
      this.#speeds.forget();
      this.#changed(this.#presence.answered(), '');
    }
    const silence = this.#poll.isEmpty ? await this.#ping() : await this.#poll.readDue(startMs);
    if (era !== this.#era) return;
    if (silence !== null) this.#silent(silence);
    else {
      this.#presence.answered();
      this.#silence = null;
    }
    this.#watchFlags();
  }

  /** For a device of which nothing is read: null when it is there. */
  async #ping(): Promise<(ModbusAnswer & { readonly kind: 'error' }) | null> {
    const { link, unit, map } = this.#parts;
    const answer = await link.readHolding(unit, map.probe.at, map.probe.count);
    return isSilence(answer) ? answer : null;
  }

  #silent(answer: ModbusAnswer & { readonly kind: 'error' }): void {
    const nowMs = this.#parts.nowMs();
    const { reason, detail } = failureOf(answer);
    this.#silence = none(reason, nowMs, detail);
    this.#changed(this.#presence.silent(nowMs), detail);
  }

  #watchFlags(): void {
    for (const register of flagsOf(this.#parts.map)) {
      const last = this.#poll.last(register);
      if (last !== null) this.#events.push(...this.#flags.observe(register, last.words[0] ?? 0, last.atMs));
    }
  }

  #reading(register: NumberRegister, nowMs: number): Reading {
    const refused = this.#poll.refusalOf(register);
    if (refused !== null) return none('fault', nowMs, refused);
    const last = this.#poll.last(register);
    if (last === null || nowMs - last.atMs > register.pollS * 1000 + LATE_MS) {
      return this.#silence ?? none('timeout', nowMs, `${this.id} has not been read yet`);
    }
    const answer = decodeNumber(register, last.words);
    if (answer.kind === 'value') return good(answer.value, last.atMs);
    if (answer.kind === 'absent') return none('absent', last.atMs, `${this.id} says that it has no ${register.name}`);
    return none('implausible', last.atMs, `${register.name} of ${this.id} is no number`);
  }

  #changed(change: PresenceChange, detail: string): void {
    if (change === null) return;
    const { map, link, unit, outputs } = this.#parts;
    const where = `unit 0x${unit.toString(16).padStart(2, '0')} on ${link.id}`;
    const baud = link.baudOf(unit);
    const data = { device: this.id, bus: link.id, unit, ...(baud === null ? {} : { baud }) };
    const event = (severity: LogEntry['severity'], code: string, text: string, more: object = {}) =>
      this.#events.push({ severity, source: `device/${this.id}`, code, text, data: { ...data, ...more } });
    if (change === 'lost') {
      const severity = outputs.length > 0 ? 'critical' : 'warning';
      event(severity, 'modbus-device-lost', `${this.id} (${where}) does not answer: ${detail}`);
      return;
    }
    const inventory = this.inventory();
    const speed = baud === null ? '' : ` at ${baud} baud`;
    const model = [inventory['model'], inventory['serial']].filter((text) => text !== undefined).join(' ');
    const text = `${this.id} (${where}) ${change === 'found' ? 'is there' : 'is back'}${speed}: ${map.name} ${model}`;
    event('info', `modbus-device-${change}`, text.trimEnd(), { inventory });
  }

  #forget(): void {
    if (this.#presence.state === 'new') return;
    this.#era++;
    this.#presence.forget();
    this.#poll.forget();
    this.#texts.forget();
    this.#speeds.forget();
    this.#flags.forget();
    this.#silence = null;
  }

  #reader(): ChannelReader {
    const { map, unit, link } = this.#parts;
    const channels: ChannelInfo[] = [...this.#channels.keys()].map((channel) => ({ channel, unit: unitOf(channel) }));
    return {
      name: map.id,
      busId: link.id,
      address: unit,
      channels,
      configure: () => Promise.resolve(CHIP_OK),
      read: (channel, nowMs) =>
        Promise.resolve(
          this.readings('present').get(channel) ?? none('fault', nowMs, `${this.id} has no channel ${channel}`),
        ),
      readAll: () => Promise.resolve(this.readings('present')),
    };
  }

  #fanChip(): FanChip {
    const { map } = this.#parts;
    const detail = `${this.id} has no watchdog that can be armed over Modbus`;
    return {
      kind: 'fan',
      ...this.#reader(),
      pwmCount: Math.max(...map.actuators.map(({ pwm }) => pwm)),
      setDuty: (pwm, ratio) => this.#setSpeed(pwm, ratio),
      readDuty: (pwm) => this.#speeds.read(pwm),
      armWatchdog: () => Promise.resolve({ kind: 'failed', reason: 'fault', detail }),
      readStatus: () =>
        Promise.resolve({
          kind: 'ok',
          standby: false,
          watchdogExpired: false,
          watchdogTimeoutS: 0,
          faultyTachometers: [],
        }),
    };
  }

  /** A device that is away is not written to: each try would hold up the line until its timeout. */
  async #setSpeed(pwm: number, ratio: number): Promise<ChipResult> {
    if (this.#presence.state === 'away') {
      return { kind: 'failed', reason: 'timeout', detail: `${this.id} does not answer` };
    }
    const result = await this.#speeds.set(pwm, ratio);
    if (result.kind === 'failed') this.#poll.renew(); // the next poll will tell whether it is still there
    return result;
  }
}

function isSilence(answer: ModbusAnswer): answer is ModbusAnswer & { readonly kind: 'error' } {
  return answer.kind === 'error' && answer.error !== 'exception';
}

function channelsOf(map: ModbusMap, wanted: readonly string[]): ReadonlyMap<string, NumberRegister> {
  const found = new Map<string, NumberRegister>();
  for (const register of map.registers) {
    if (register.type === 'string' || register.type === 'flags') continue;
    const { channel } = register;
    if (channel !== undefined && wanted.includes(channel)) found.set(channel, register);
  }
  return found;
}

function flagsOf(map: ModbusMap) {
  return map.registers.filter((register) => register.type === 'flags');
}

function textsOf(map: ModbusMap): readonly TextRegister[] {
  return map.registers.filter((register) => register.type === 'string');
}

function actuatorsOf({ map, outputs }: ModbusDeviceParts) {
  return map.actuators.filter(({ pwm }) => outputs.includes(pwm));
}
