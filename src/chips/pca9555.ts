// I/O expanders of the PCA9555 kind: input, output, polarity and configuration registers for each 8-pin port.
// NXP PCA9555, PCA9535, PCA9539, PCA9534, PCA9536, PCA9538: table "Command byte"; NXP PCA9506: "Register summary";
// TI TCA6424: "Command Byte".
import type { I2cBus } from '../core/ports.ts';
import type { ChipResult, ExpanderChip, Level, PinsAnswer } from './chip.ts';
import { ChipRegisters } from './chip-registers.ts';
import { Serial } from './serial.ts';

export interface Pca9555Variant {
  readonly pinCount: number;
  /** First register of each kind; one register for each port. */
  readonly input: number;
  readonly output: number;
  readonly polarity: number;
  readonly configuration: number;
  /** Bit of the command byte that makes the chip go on to the next port; 0 where it does so by itself. */
  readonly autoIncrement: number;
}

const ONE_PORT = { input: 0, output: 1, polarity: 2, configuration: 3, autoIncrement: 0 };
const TWO_PORTS: Pca9555Variant = {
  pinCount: 16,
  input: 0,
  output: 2,
  polarity: 4,
  configuration: 6,
  autoIncrement: 0,
};

export const pca9555Variants: Readonly<Record<string, Pca9555Variant>> = {
  pca9534: { pinCount: 8, ...ONE_PORT },
  pca9538: { pinCount: 8, ...ONE_PORT },
  pca9536: { pinCount: 4, ...ONE_PORT },
  pca9535: TWO_PORTS,
  pca9539: TWO_PORTS,
  pca9555: TWO_PORTS,
  pca9506: { pinCount: 40, input: 0x00, output: 0x08, polarity: 0x10, configuration: 0x18, autoIncrement: 0x80 },
  tca6424: { pinCount: 24, input: 0x00, output: 0x04, polarity: 0x08, configuration: 0x0c, autoIncrement: 0x80 },
};

/** Levels of `pinCount` pins from port bytes: pin 0 is bit 0 of the first port. */
export function levelsOf(ports: Uint8Array, pinCount: number): readonly Level[] {
  return Array.from({ length: pinCount }, (_, pin) => (((ports[pin >> 3] ?? 0) >> (pin & 7)) & 1 ? 1 : 0));
}

export function withBit(value: number, pin: number, level: Level): number {
  const bit = 1 << (pin & 7);
  return level === 1 ? value | bit : value & ~bit;
}

export function openPca9555(name: string, variant: Pca9555Variant, bus: I2cBus, address: number): ExpanderChip {
  const registers = new ChipRegisters(name, bus, address);
  const serial = new Serial(); // a port's pins share registers: one read-modify-write at a time
  const ports = Math.ceil(variant.pinCount / 8);

  const setBit = (first: number, pin: number, level: Level): Promise<ChipResult> => {
    return registers.update(first + (pin >> 3), (value) => withBit(value, pin, level));
  };
  const onPin = async (pin: number, job: () => Promise<ChipResult>): Promise<ChipResult> => {
    if (Number.isInteger(pin) && pin >= 0 && pin < variant.pinCount) return serial.run(job);
    return registers.refusal(`no pin ${pin}, it has 0 to ${variant.pinCount - 1}`);
  };

  return {
    kind: 'expander',
    name,
    busId: bus.id,
    address,
    pinCount: variant.pinCount,
    /** Levels as on the wire: no polarity inversion. Directions and outputs stay as they are. */
    configure: () =>
      serial.run(() => registers.write(variant.polarity | variant.autoIncrement, ...Array<number>(ports).fill(0))),
    readPins: async (): Promise<PinsAnswer> => {
      const answer = await registers.read(variant.input | variant.autoIncrement, ports);
      return answer.kind === 'failed' ? answer : { kind: 'ok', levels: levelsOf(answer.data, variant.pinCount) };
    },
    writePin: (pin, level) => onPin(pin, () => setBit(variant.output, pin, level)),
    setOutput: (pin, level) =>
      onPin(pin, async () => {
        const result = await setBit(variant.output, pin, level);
        return result.kind === 'failed' ? result : setBit(variant.configuration, pin, 0);
      }),
    setInput: (pin) => onPin(pin, () => setBit(variant.configuration, pin, 1)),
  };
}
