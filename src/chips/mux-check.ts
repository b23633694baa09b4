// A bus behind a PCA9546/9548 that is believed only while the switch stands where it should: right after each transfer
// its control register is read back. NXP PCA9548A, table "Control register: read". For channels that are buses of their
// own (the kernel's mux driver switches), where a switch that stays on another channel would give the readings of the
// same chip on another board.
import type { I2cAnswer, I2cBus } from '../core/ports.ts';

export interface MuxPlace {
  readonly id: string;
  /** The bus in front of it. */
  readonly bus: I2cBus;
  readonly address: number;
  readonly channel: number;
}

const NOTHING = new Uint8Array(0);

/** Both transfers are issued together, so that nothing comes between them on the wire. */
export function checkedChannel(channelBus: I2cBus, mux: MuxPlace): I2cBus {
  const mask = 1 << mux.channel;
  return {
    id: channelBus.id,
    transfer: async (address, write, readLength) => {
      const asked = channelBus.transfer(address, write, readLength);
      const stood = mux.bus.transfer(mux.address, NOTHING, 1);
      const [answer, control] = await Promise.all([asked, stood]);
      if (answer.kind === 'error') return answer;
      return wrongPosition(control, mask, mux) ?? answer;
    },
  };
}

/**
 * Null when it stands right, or cannot tell: the kernel does not let us ask, or was told to disconnect the switch when
 * idle, so that it reads 0.
 */
function wrongPosition(control: I2cAnswer, mask: number, { id, bus, channel }: MuxPlace): I2cAnswer | null {
  if (control.kind === 'error') {
    if (control.error === 'busy') return null;
    return { ...control, detail: `${id} on ${bus.id} did not say on which channel it stands: ${control.detail}` };
  }
  const position = control.data[0] ?? 0;
  if (position === mask || position === 0) return null;
  const detail = `${id} on ${bus.id} stands at 0x${position.toString(16).padStart(2, '0')} instead of channel ${channel}`;
  return { kind: 'error', error: 'io', detail };
}
