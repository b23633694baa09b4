// Frees an I2C bus that a device holds low because it lost count of the clock: up to nine clock pulses until it lets go of
// the data line, then a STOP. NXP UM10204, 3.1.16 "Bus clear". For boards that can drive the lines as GPIO; most Linux
// adapters do the same by themselves with the next transfer.
import { assertNever } from '../core/errors.ts';
import type { GpioLine } from '../core/ports.ts';

/** UM10204: a device that is in the middle of a byte needs at most eight, and one for the acknowledge. */
const MOST_PULSES = 9;
/** A bus that several segments share is not pulsed for each of them. */
const REST_MS = 500;

/** `free`: nobody held it; `not-now`: it was tried a moment ago; `held`: in words what is still low. */
export type Pulsed =
  | { readonly kind: 'free' | 'not-now' }
  | { readonly kind: 'released'; readonly pulses: number }
  | { readonly kind: 'held'; readonly detail: string };

export type Recover = (nowMs: number) => Promise<Pulsed>;

/** Lines that are driven low or let go; 1 lets go. */
export interface BusLines {
  readonly scl: GpioLine;
  readonly sda: GpioLine;
}

export function recovery(lines: BusLines): Recover {
  let lastMs = -Infinity;
  return async (nowMs) => {
    if (nowMs - lastMs < REST_MS) return { kind: 'not-now' };
    lastMs = nowMs;
    try {
      return await pulse(lines);
    } catch (error) {
      return { kind: 'held', detail: `no recovery: ${error instanceof Error ? error.message : String(error)}` };
    }
  };
}

async function pulse({ scl, sda }: BusLines): Promise<Pulsed> {
  if ((await levelOf(scl)) === 0) {
    return { kind: 'held', detail: 'the clock line is held low; no pulses can be given, only a reset helps' };
  }
  if ((await levelOf(sda)) === 1) return { kind: 'free' };
  for (let pulses = 1; pulses <= MOST_PULSES; pulses++) {
    await drive(scl, 0);
    await drive(scl, 1);
    if ((await levelOf(sda)) === 0) continue;
    await drive(scl, 0); // STOP: the data line rises while the clock is high
    await drive(sda, 0);
    await drive(scl, 1);
    await drive(sda, 1);
    return { kind: 'released', pulses };
  }
  return { kind: 'held', detail: `the data line is still low after ${MOST_PULSES} clock pulses` };
}

async function levelOf(line: GpioLine): Promise<0 | 1> {
  const reading = await line.read();
  switch (reading.kind) {
    case 'value':
      return reading.value === 0 ? 0 : 1;
    case 'none':
      throw new Error(`line ${line.id} cannot be read: ${reading.detail}`);
    default:
      return assertNever(reading, 'reading');
  }
}

async function drive(line: GpioLine, level: 0 | 1): Promise<void> {
  const result = await line.write(level);
  if (result !== 'ok') throw new Error(`line ${line.id} cannot be driven: ${result.error}`);
}
