// TMP464/468: a local and four or eight remote-diode temperatures of 13 bits (1/16 °C) in 16-bit registers. TI SBOS835
// (TMP464) and SBOS762 (TMP468), "Temperature Data Format" and "Register Map".
import type { I2cBus } from '../core/ports.ts';
import type { Reading } from '../core/reading.ts';
import { signed } from '../core/units.ts';
import type { ChipResult, SensorChip } from './chip.ts';
import type { ByteAnswer } from './chip-registers.ts';
import { ChipRegisters, readingOf } from './chip-registers.ts';
import { channelReader, temperatureChannels } from './channel-sensor.ts';
import { readWordTemperature, updateWord } from './word-registers.ts';

/** The temperature of channel n is register n; offset and limits of the remote ones follow at eight registers. */
export const TMP464_REGISTER = {
  thermStatus: 0x21,
  therm2Status: 0x22,
  open: 0x23,
  configuration: 0x30,
  hysteresis: 0x38,
  localTherm: 0x39,
  localTherm2: 0x3a,
  remoteOffset1: 0x40,
  remoteTherm1: 0x42,
  remoteTherm21: 0x43,
  lock: 0xc4,
};

const SHUTDOWN = 0x0020;
const LOCKED = 0x8000;
const UNLOCK = [0xeb, 0x19] as const;
const RANGE = { lowestC: -64, highestC: 191 };
/** Reading the open-diode register clears it until the next conversion, so what it said is kept this long. */
const OPEN_HOLD_MS = 1000;

/** Channels by chip: the local sensor and the remote diodes. */
export const tmp464Variants: Readonly<Record<string, number>> = { tmp464: 5, tmp468: 9 };

/** Bit of a channel (from 0) in the status, open and configuration registers. */
export function tmp464Bit(index: number): number {
  return 0x80 << index;
}

export function tmp464Temperature(raw: number): number {
  return signed(raw & 0xfff8, 16) / 128;
}

export function openTmp464(name: string, channelCount: number, bus: I2cBus, address: number): SensorChip {
  const registers = new ChipRegisters(name, bus, address);
  let held: { readonly atMs: number; readonly answer: Promise<ByteAnswer> } | null = null;

  const openBits = async (nowMs: number): Promise<ByteAnswer> => {
    if (held === null || nowMs - held.atMs >= OPEN_HOLD_MS || nowMs < held.atMs) {
      held = { atMs: nowMs, answer: registers.readWord(TMP464_REGISTER.open) };
    }
    const answer = await held.answer;
    if (answer.kind === 'failed') held = null;
    return answer;
  };

  const readIndex = async (index: number, nowMs: number): Promise<Reading> => {
    if (index > 0) {
      const open = await openBits(nowMs);
      if (open.kind === 'failed') return readingOf(open, nowMs);
      if ((open.value & tmp464Bit(index)) !== 0) {
        return readingOf(registers.failure('fault', TMP464_REGISTER.open, 'the remote diode is open'), nowMs);
      }
    }
    return readWordTemperature(registers, index, tmp464Temperature, RANGE, nowMs);
  };

  const channels = temperatureChannels(channelCount);
  const enableBits = channels.reduce((bits, _, index) => bits | tmp464Bit(index), 0);
  const configure = () => unlockAndRun(registers, enableBits);
  return { kind: 'sensor', ...channelReader({ registers, channels, configure, readIndex }) };
}

/** Continuous conversion of every channel; a locked chip does not take writes. */
async function unlockAndRun(registers: ChipRegisters, enableBits: number): Promise<ChipResult> {
  const lock = await registers.readWord(TMP464_REGISTER.lock);
  if (lock.kind === 'failed') return lock;
  if (lock.value === LOCKED) {
    const unlocked = await registers.write(TMP464_REGISTER.lock, ...UNLOCK);
    if (unlocked.kind === 'failed') return unlocked;
  }
  return updateWord(registers, TMP464_REGISTER.configuration, SHUTDOWN, enableBits);
}
