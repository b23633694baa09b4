// What a Move asks for, as effects of the whole: its commands, its timer, its room, its slots' power.
import { assertNever } from '../core/errors.ts';
import { viewOf, type LiveMove } from './control-state.ts';
import { log, nextToken, publish, putMove, type Work } from './control-work.ts';
import type { MoveEffect } from './move.ts';

export function carryOut(work: Work, id: string, effect: MoveEffect): void {
  const live = work.control.moves.get(id) as LiveMove;
  switch (effect.kind) {
    case 'journal':
      return; // is durable by now
    case 'send':
      return void work.effects.push({ kind: 'send', move: live.state.move, send: effect });
    case 'timer':
      putMove(work, { ...live, timerToken: effect.token });
      return void work.effects.push({ kind: 'timer', timer: id, delayMs: effect.delayMs });
    case 'release':
      return putMove(work, { ...live, reservation: null });
    case 'publish':
      return publish(work, live);
    case 'cut':
    case 'give':
      return switchPower(work, id, effect.kind, effect.slot, effect.why);
    case 'tell':
      log(work, 'warn', `Move ${id}: ${effect.text}`);
      work.effects.push({
        kind: 'event',
        code: `move-${effect.code}`,
        view: viewOf(work.control, live),
        text: effect.text,
      });
      return;
    default:
      assertNever(effect, 'effect of a Move');
  }
}

function switchPower(work: Work, move: string, action: 'cut' | 'give', slot: number, why: string): void {
  if (action === 'give' && isCutByAnother(work, move, slot)) return; // that one gives it back
  const token = nextToken(work);
  const requests = new Map(work.control.requests).set(token, { move, action, slot });
  work.control = { ...work.control, requests };
  work.effects.push({ kind: action, token, slot, why });
}

function isCutByAnother(work: Work, move: string, slot: number): boolean {
  for (const [id, { state }] of work.control.moves) {
    const isCut = state.kind === 'undoing' && state.power.kind === 'cut' && state.power.slots.includes(slot);
    if (isCut && id !== move) return true;
  }
  return false;
}
