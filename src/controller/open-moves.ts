// Which Moves are still under way.
import type { MoveView } from '../core/view.ts';

export function isOpen(move: MoveView): boolean {
  return move.state !== 'done' && move.state !== 'undone';
}
