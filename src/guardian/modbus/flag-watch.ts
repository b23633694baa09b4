// Bits of a device's alarm registers → events: one when a flag appears, one when it has stayed away for a while. A bit
// that flickers is one alarm, not a flood.
import type { FlagsRegister } from '../../protocols/modbus/numbers.ts';
import { flagsSet } from '../../protocols/modbus/text.ts';
import type { LogEntry } from '../../sensing/event-log.ts';

/** A flag has ended when it was not seen for so long. */
const QUIET_MS = 10_000;

interface Alarm {
  seenMs: number;
}

export class FlagWatch {
  readonly #device: string;
  readonly #active = new Map<string, Alarm>();

  constructor(device: string) {
    this.#device = device;
  }

  /** @param word as read at `atMs`; the same one may be handed in again */
  observe(register: FlagsRegister, word: number, atMs: number): readonly LogEntry[] {
    const set = new Set(flagsSet(register, word).map(({ name }) => name));
    return register.bits.flatMap(({ name, severity }) => {
      const alarm = this.#active.get(name);
      if (set.has(name)) {
        this.#active.set(name, { seenMs: atMs });
        return alarm === undefined ? [this.#event(severity, name, `says ${name}`, register)] : [];
      }
      if (alarm === undefined || atMs - alarm.seenMs < QUIET_MS) return [];
      this.#active.delete(name);
      return [this.#event('info', `${name}-ended`, `no longer says ${name}`, register)];
    });
  }

  forget(): void {
    this.#active.clear();
  }

  #event(severity: LogEntry['severity'], code: string, text: string, register: FlagsRegister): LogEntry {
    const data = { device: this.#device, register: register.name };
    return { severity, source: `device/${this.#device}`, code, text: `${this.#device} ${text}`, data };
  }
}
