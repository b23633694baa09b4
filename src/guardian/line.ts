// A digital line by its meaning: active or not, whatever its polarity and wherever it hangs.
import type { PinChip, PinsAnswer, ExpanderChip, LedChip } from '../chips/chip.ts';
import type { GpioLine } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import type { Polled } from './polled.ts';

export type LineLevel = 'active' | 'inactive' | 'unknown';

export interface Line {
  /** As last read. */
  level(nowMs: number): LineLevel;
  /** When that was, ms of the guardian's clock; -Infinity before the first time. */
  readAtMs(): number;
  /** Reads it again, out of turn. */
  ask(nowMs: number): Promise<void>;
  /** Null when it was set; else why not. */
  set(active: boolean): Promise<string | null>;
  /** Calls back on every edge, until the returned function is called. Never for a pin of a chip: it tells no edges. */
  watch(listener: (active: boolean) => void): () => void;
}

export function gpioLine(line: GpioLine, polled: Polled<Reading>, activeLow: boolean): Line {
  return {
    level: (nowMs) => {
      const reading = polled.latest(nowMs);
      return reading?.kind === 'value' ? meaning(reading.value !== 0, activeLow) : 'unknown';
    },
    readAtMs: () => polled.latestAtMs(),
    ask: (nowMs) => polled.ask(nowMs),
    set: async (active) => {
      const result = await line.write(active === activeLow ? 0 : 1);
      return result === 'ok' ? null : `line ${line.id}: ${result.error}`;
    },
    watch: (listener) => line.watch((level) => listener((level === 1) !== activeLow)),
  };
}

export function chipLine(
  chip: ExpanderChip | LedChip,
  polled: Polled<PinsAnswer>,
  pin: number,
  activeLow: boolean,
): Line {
  return {
    level: (nowMs) => {
      const pins = polled.latest(nowMs);
      const level = pins?.kind === 'ok' ? pins.levels[pin] : undefined;
      return level === undefined ? 'unknown' : meaning(level === 1, activeLow);
    },
    readAtMs: () => polled.latestAtMs(),
    ask: (nowMs) => polled.ask(nowMs),
    set: async (active) => {
      const result = await drive(chip, pin, active === activeLow ? 0 : 1);
      return result.kind === 'ok' ? null : `pin ${pin}: ${result.detail}`;
    },
    watch: () => () => undefined,
  };
}

function drive(chip: ExpanderChip | LedChip, pin: number, level: 0 | 1): ReturnType<PinChip['writePin']> {
  return chip.kind === 'expander' ? chip.setOutput(pin, level) : chip.writePin(pin, level);
}

function meaning(high: boolean, activeLow: boolean): LineLevel {
  return high === activeLow ? 'inactive' : 'active';
}
