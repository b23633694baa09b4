// PCA9552: 16 open-drain LED outputs that also read their pins. NXP PCA9552, tables
// "Control register" and "LS0 to LS3 — LED selector registers".
import type { I2cBus } from '../core/ports.ts';
import type { ChipResult, LedChip, LedState } from './chip.ts';
import { CHIP_OK } from './chip.ts';
import { ChipRegisters } from './chip-registers.ts';
import { levelsOf } from './pca9555.ts';
import { Serial } from './serial.ts';

export const PCA9552_REGISTER = { input0: 0x00, ledSelect0: 0x06 };
/** Bit of the command byte that makes the chip go on to the next register. */
export const PCA9552_AUTO_INCREMENT = 0x10;
export const PCA9552_PINS = 16;

/** Two LS bits for each pin: 00 driven low, 01 released, 10 and 11 blinking at the rate of PSC0/PWM0 and PSC1/PWM1. */
const LED_STATES: readonly LedState[] = ['on', 'off', 'blink0', 'blink1'];

export function ledsOf(selects: Uint8Array): readonly LedState[] {
  return Array.from(
    { length: PCA9552_PINS },
    (_, pin) => LED_STATES[((selects[pin >> 2] ?? 0) >> (2 * (pin & 3))) & 3] ?? 'off',
  );
}

export function withLed(select: number, pin: number, state: LedState): number {
  const shift = 2 * (pin & 3);
  return (select & ~(3 << shift)) | (LED_STATES.indexOf(state) << shift);
}

export function openPca9552(bus: I2cBus, address: number): LedChip {
  const registers = new ChipRegisters('pca9552', bus, address);
  const serial = new Serial(); // four pins share an LS register

  const setLed = async (pin: number, state: LedState): Promise<ChipResult> => {
    if (!Number.isInteger(pin) || pin < 0 || pin >= PCA9552_PINS) {
      return registers.refusal(`no pin ${pin}, it has 0 to ${PCA9552_PINS - 1}`);
    }
    const register = PCA9552_REGISTER.ledSelect0 + (pin >> 2);
    return serial.run(() => registers.update(register, (value) => withLed(value, pin, state)));
  };

  return {
    kind: 'led',
    name: registers.name,
    busId: bus.id,
    address,
    pinCount: PCA9552_PINS,
    configure: () => Promise.resolve(CHIP_OK), // power-on state: all released, nothing to undo
    readPins: async () => {
      const answer = await registers.read(PCA9552_REGISTER.input0 | PCA9552_AUTO_INCREMENT, 2);
      return answer.kind === 'failed' ? answer : { kind: 'ok', levels: levelsOf(answer.data, PCA9552_PINS) };
    },
    writePin: (pin, level) => setLed(pin, level === 1 ? 'off' : 'on'),
    setLed,
    readLeds: async () => {
      const answer = await registers.read(PCA9552_REGISTER.ledSelect0 | PCA9552_AUTO_INCREMENT, 4);
      return answer.kind === 'failed' ? answer : { kind: 'ok', leds: ledsOf(answer.data) };
    },
  };
}
