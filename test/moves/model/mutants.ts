// Wrong ways to do it, each of them plausible, made by wrapping the sound parts. The model test must find every one.
import { emptyLedger, fold } from '../../../src/moves/ledger.ts';
import type { MoveState, Step } from '../../../src/moves/move.ts';
import { defaultPolicy } from '../../../src/moves/policy.ts';
import { step } from '../../../src/moves/step.ts';
import { beginUndo } from '../../../src/moves/undo.ts';
import { soundParts, type Parts } from './model-controller.ts';

function changed(change: (before: MoveState, after: Step) => Step): Parts {
  return { ...soundParts, step: (state, event, policy) => change(state, step(state, event, policy)) };
}

export const mutants: Readonly<Record<string, Parts>> = {
  'the source resumes before the abort is confirmed': changed((_before, after) => {
    const { state } = after;
    if (state.kind !== 'undoing' || state.resume !== 'blocked') return after;
    const resume = { kind: 'send', end: 'source', verb: 'resume', spec: null, validMs: 60_000, leaseMs: null } as const;
    return { state: { ...state, resume: 'pending' }, effects: [...after.effects, resume] };
  }),
  'commands are sent before their edge is durable': {
    ...soundParts,
    order: (effects) => effects.toSorted((a, b) => Number(a.kind === 'journal') - Number(b.kind === 'journal')),
  },
  'epochs are forgotten in a crash': {
    ...soundParts,
    recover: (entries) => ({ ...entries.reduce(fold, emptyLedger), epochs: new Map() }),
  },
  'the edge to Shipped is not journalled': changed((_before, after) => ({
    state: after.state,
    effects: after.effects.filter((effect) => effect.kind !== 'journal' || effect.state.kind !== 'shipped'),
  })),
  'an operator can undo a committed Move': {
    ...soundParts,
    step: (state, event, policy) =>
      state.kind === 'committed' && event.kind === 'undo'
        ? beginUndo({ ...state, kind: 'thawed' }, event.why, event.atMs, defaultPolicy)
        : step(state, event, policy),
  },
  'a commit that is not answered is not repeated': {
    ...soundParts,
    step: (state, event, policy) =>
      state.kind === 'committed' && event.kind === 'timer' ? { state, effects: [] } : step(state, event, policy),
  },
  'the reservation of an undone Move is kept': changed((_before, after) => ({
    state: after.state,
    effects: after.effects.filter((effect) => effect.kind !== 'release' || after.state.kind !== 'undone'),
  })),
  'a reservation is given back at Committed and again at Done': changed((before, after) => {
    const entered = before.kind !== 'committed' && after.state.kind === 'committed';
    return entered ? { state: after.state, effects: [...after.effects, { kind: 'release' }] } : after;
  }),
};
