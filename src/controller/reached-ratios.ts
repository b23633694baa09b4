// The speed ratio each air mover has really reached: what is commanded while it is well, else what its tachometers show.
import type { Board } from '../board/schema.ts';
import { valueOrNull } from '../core/reading.ts';
import { clamp } from '../core/units.ts';
import type { Frame } from '../protocols/guardian-link.ts';

/** By air mover; 0 for one that the frame does not have, or that is not well and cannot be read. */
export function reachedRatios(board: Board, frame: Frame): ReadonlyMap<string, number> {
  return new Map(board.airMovers.map((mover) => [mover.id, reachedRatio(mover, frame)]));
}

function reachedRatio(mover: Board['airMovers'][number], frame: Frame): number {
  const fan = frame.fans.find((entry) => entry.id === mover.id);
  if (fan === undefined || fan.state === 'absent') return 0;
  if (fan.state === 'ok') return fan.ratio;
  const shares = mover.tachometers.map(({ fullRpm }, rotor) => (valueOrNull(fan.rpm[rotor]) ?? 0) / fullRpm);
  const mean = shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
  return clamp(mean, 0, 1);
}

/** Air that would pass a slot whose path is free, m³/s. */
export function freeFlowM3s(
  board: Board,
  share: Readonly<Record<string, number>>,
  ratios: ReadonlyMap<string, number>,
): number {
  return board.airMovers.reduce(
    (sum, mover) => sum + (share[mover.id] ?? 0) * mover.maxFlowM3s * (ratios.get(mover.id) ?? 0),
    0,
  );
}
