// What a frame says of every slot's power and sled, for Moves that wait for it, in the controller's time.
import type { Board } from '../board/schema.ts';
import type { ControlEvent } from '../moves/control.ts';
import { powerProof } from '../moves/power-proof.ts';
import type { Frame } from '../protocols/guardian-link.ts';

export type SlotPowerNews = Omit<Extract<ControlEvent, { kind: 'slot-power' }>, 'kind' | 'atMs'>;

/**
 * @param speed of the guardian's clock against the controller's
 * @param isAgent whether a FRU's serial number is that of a sled with an agent; others name nobody
 */
export function slotPowerNews(
  board: Board,
  frame: Frame,
  speed: number,
  isAgent: (serial: string) => boolean,
): SlotPowerNews[] {
  return board.slots.map(({ number: slot, sensors }) => {
    const { power, sinceMs } = powerProof(frame, slot, sensors.power ?? null);
    const seen = frame.slots.find((entry) => entry.slot === slot);
    const serial = seen?.presence === 'absent' ? undefined : seen?.fru?.serial;
    const sled = serial !== undefined && isAgent(serial) ? serial : null;
    return { slot, sled, power, sinceMs: sinceMs / speed };
  });
}
