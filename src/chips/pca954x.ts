// PCA9546/9548 I2C switches, for boards where no kernel driver makes their channels buses: one control register, a bit
// for each channel. NXP PCA9548A and PCA9546A, tables "Control register: write" and "read".
import type { I2cAnswer, I2cBus } from '../core/ports.ts';
import { ColdslotError } from '../core/errors.ts';
import type { MuxChip } from './chip.ts';
import { Serial } from './serial.ts';

export const pca954xVariants: Readonly<Record<string, number>> = {
  pca9546: 4,
  tca9546: 4,
  pca9548: 8,
  tca9548: 8,
};

export interface MuxOptions {
  /** `disconnect` after each transfer where another mux on the same bus leads to the same addresses. */
  readonly idle?: 'stay' | 'disconnect';
}

/**
 * The channels of one mux. Open a mux once: its channels share what is selected, and take turns. A transfer behind a
 * channel that could not be selected is not sent, so it never reaches the wrong chip.
 */
export function openPca954x(
  name: string,
  channelCount: number,
  bus: I2cBus,
  address: number,
  options: MuxOptions = {},
): MuxChip {
  const serial = new Serial();
  let selected: number | null = null; // null: not known

  const select = async (mask: number): Promise<I2cAnswer> => {
    if (selected === mask) return { kind: 'ok', data: new Uint8Array() };
    const answer = await bus.transfer(address, Uint8Array.of(mask), 0);
    selected = null;
    if (answer.kind === 'error') return answer;
    const control = await bus.transfer(address, new Uint8Array(0), 1); // did it take it?
    if (control.kind === 'error') return control;
    const position = control.data[0] ?? 0;
    if (position !== mask) {
      const detail = `it stays at 0x${position.toString(16).padStart(2, '0')}`;
      return { kind: 'error', error: 'io', detail };
    }
    selected = mask;
    return answer;
  };

  const through = async (channel: number, chip: number, write: Uint8Array, readLength: number): Promise<I2cAnswer> => {
    const ready = await select(1 << channel);
    if (ready.kind === 'error') {
      const mux = `${name} at 0x${address.toString(16)} on ${bus.id}`;
      return { ...ready, detail: `selecting channel ${channel} of ${mux}: ${ready.detail}` };
    }
    const answer = await bus.transfer(chip, write, readLength);
    if (answer.kind === 'error') selected = null; // perhaps the mux was reset: select again next time
    if (options.idle === 'disconnect') await select(0);
    return answer;
  };

  return {
    kind: 'mux',
    name,
    busId: bus.id,
    address,
    channelCount,
    channel: (channel) => {
      if (!Number.isInteger(channel) || channel < 0 || channel >= channelCount) {
        const what = `no channel ${channel}`;
        throw new ColdslotError('bad-input', `${name} on ${bus.id}`, what, `it has 0 to ${channelCount - 1}`);
      }
      return {
        id: `${bus.id}/0x${address.toString(16)}/${channel}`,
        transfer: (chip, write, readLength) => serial.run(() => through(channel, chip, write, readLength)),
      };
    },
  };
}

/** One channel of a mux as a bus; see MuxChip.channel. */
export function muxedBus(mux: MuxChip, channel: number): I2cBus {
  return mux.channel(channel);
}
