// The last resort of an undo: a destination that may run the workload and does not confirm the abort has its power cut.
// Only when the sled is confirmed to be without power, and that is durable, does the source run again; then the slot
// gets its power back. A cut that fails or is not confirmed is tried again and told, never assumed.
import type { MoveEffect, MoveEvent, Move, PowerFence, SledPower, Step, Undoing, Undone } from './move.ts';
import { leaseOf, type MovePolicy } from './policy.ts';
import { nextWait, retryTimer } from './wait.ts';

/** Whether what frames say of the destination's power matters. */
export function watchesPower({ move, abort, resume }: Undoing): boolean {
  return move.fence === 'power' && abort === 'pending' && resume === 'blocked';
}

/** Whether this proves that no copy runs there: without power, and read after the undo began and after the cut. */
export function provesOff(state: Undoing, { power, sinceMs }: SledPower): boolean {
  return watchesPower(state) && power === 'confirmed-off' && sinceMs > (state.cutMs ?? state.sinceMs);
}

/** Cuts the power, for the first time or again, when it is time for that; null when it is not. */
export function cutWhenDue(state: Undoing, atMs: number, policy: MovePolicy): Step | null {
  const slot = state.seen?.slot ?? null;
  if (!watchesPower(state) || slot === null || !isDue(state, atMs, policy)) return null;
  const before = state.power.kind === 'cut' ? state.power.slots : [];
  const waiting = nextWait({ ...state.waiting, attempt: -1 });
  const { move } = state;
  const why = `${move.toSled} may run ${move.workload} and does not confirm the abort of Move ${move.id}`;
  if (before.includes(slot)) {
    const text = `slot ${slot} was told to cut its power, but it is not confirmed off; it is told again`;
    const next: Undoing = { ...state, move: withError(move, text), cutMs: atMs, waiting };
    const unconfirmed: MoveEffect = { kind: 'tell', code: 'fence-unconfirmed', text };
    return {
      state: next,
      effects: [{ kind: 'publish' }, unconfirmed, { kind: 'cut', slot, why }, retryTimer(policy, waiting, atMs)],
    };
  }
  const power: PowerFence = { kind: 'cut', slots: [...before, slot] };
  const next: Undoing = { ...state, power, cutMs: atMs, waiting };
  return {
    state: next,
    effects: [
      { kind: 'journal', state: next },
      { kind: 'publish' },
      { kind: 'tell', code: 'fence-cut', text: `the power of slot ${slot} is cut: ${why}` },
      { kind: 'cut', slot, why },
      retryTimer(policy, waiting, atMs),
    ],
  };
}

function isDue(state: Undoing, atMs: number, policy: MovePolicy): boolean {
  const sinceMs = state.cutMs ?? state.sinceMs;
  if (state.power.kind === 'cut') return atMs - sinceMs >= policy.powerEveryMs;
  return atMs - sinceMs >= leaseOf(policy, state.move) + policy.fencePatienceMs;
}

/** What is left to do about the power when the destination is known to run nothing of the Move. */
export function afterCut(power: PowerFence, confirmed: boolean): PowerFence {
  return power.kind === 'cut' ? { kind: 'giving', slots: power.slots, confirmed } : { kind: 'over', confirmed };
}

export function isConfirmedOff(power: PowerFence): boolean {
  return (power.kind === 'giving' || power.kind === 'over') && power.confirmed;
}

export function giveBack(power: PowerFence, move: Move): MoveEffect[] {
  if (power.kind !== 'giving') return [];
  const why = `the fence of Move ${move.id} is over`;
  return power.slots.map((slot) => ({ kind: 'give', slot, why }));
}

/** Takes in the guardian's answer to a cut or a give. */
export function powerAnswered<S extends Undoing | Undone>(
  state: S,
  event: Extract<MoveEvent, { kind: 'power-answer' }>,
  policy: MovePolicy,
): { readonly state: S; readonly effects: readonly MoveEffect[] } {
  const { action, slot, error } = event;
  const { power } = state;
  if (error !== null) {
    if (power.kind !== (action === 'cut' ? 'cut' : 'giving')) return { state, effects: [] };
    const what = action === 'cut' ? 'cut' : 'given back';
    const text = `the power of slot ${slot} could not be ${what}: ${error}; it is tried again`;
    const next = { ...state, move: withError(state.move, text) };
    return { state: next, effects: [{ kind: 'publish' }, { kind: 'tell', code: 'fence-failed', text }] };
  }
  if (action === 'cut' || power.kind !== 'giving' || !power.slots.includes(slot)) return { state, effects: [] };
  if (event.atMs - (state.cutMs ?? -Infinity) < policy.cutSettlesMs) return { state, effects: [] }; // given again
  const slots = power.slots.filter((other) => other !== slot);
  const { confirmed } = power;
  const next: S = { ...state, power: slots.length > 0 ? { ...power, slots } : { kind: 'over', confirmed } };
  const text = `slot ${slot} has its power back`;
  return {
    state: next,
    effects: [
      { kind: 'journal', state: next },
      { kind: 'tell', code: 'fence-given', text },
    ],
  };
}

/** The reason for the undo stays in front; of the failures since, the last is told. */
export function withError(move: Move, failure: string): Move {
  const why = (move.error ?? 'undone').split(' — ')[0];
  return { ...move, error: `${why} — ${failure}`.slice(0, 400) };
}
