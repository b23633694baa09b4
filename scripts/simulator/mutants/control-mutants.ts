// Mistakes of the controller.
import type { ControlEffect } from '../../../src/moves/control.ts';
import type { Control } from '../../../src/moves/control-state.ts';
import type { MovePlan } from '../../../src/moves/move.ts';
import type { AgentEvent } from '../../../src/protocols/agent-messages.ts';
import { controlEffects, wrapControl, type Mutant } from './mutant.ts';

type SendEffect = Extract<ControlEffect, { kind: 'send' }>;

export const controlMutants: readonly (readonly [string, Mutant])[] = [
  [
    'stopped-assumed-on-timeout',
    { text: 'a destination that does not confirm the abort is taken for stopped', mutate: stoppedAssumed() },
  ],
  [
    'floor-blocks-undo',
    { text: 'the source of an open Move is granted the epoch of the Move as its floor', mutate: floorBlocksUndo() },
  ],
  [
    'fence-unconfirmed',
    { text: 'a slot counts as off as soon as the guardian has taken the request', mutate: fenceUnconfirmed() },
  ],
  [
    'stale-reading-believed',
    {
      text: 'a reading of a slot’s power counts as taken when it arrives',
      mutate: wrapControl(
        () => (step, control, event) =>
          step(control, event.kind === 'slot-power' ? { ...event, sinceMs: event.atMs } : event),
      ),
    },
  ],
  [
    'undo-after-commit',
    {
      text: 'a Move can be undone after it was committed',
      mutate: wrapControl(
        () => (step, control, event) => step(event.kind === 'undo' ? takenBack(control, event.move) : control, event),
      ),
    },
  ],
  [
    'reservation-leaked',
    {
      text: 'the room of a Move that was undone is never given back',
      mutate: wrapControl(() => (step, control, event) => {
        const next = step(control, event);
        return { control: withLeaks(control, next.control), effects: next.effects };
      }),
    },
  ],
  ['commit-not-repeated', { text: 'a commit that is not answered is not sent again', mutate: sentOnce('commit') }],
  ['resume-not-repeated', { text: 'a resume that is not answered is not sent again', mutate: sentOnce('resume') }],
  [
    'power-not-given-back',
    {
      text: 'a slot that was cut for a fence stays without power',
      mutate: controlEffects((effects) => effects.filter(({ kind }) => kind !== 'give')),
    },
  ],
];

/** After three aborts without a word the machine hears that the copy is gone. */
function stoppedAssumed() {
  return wrapControl(() => {
    const aborts = new Map<string, number>();
    return (step, control, event) => {
      const first = step(control, event);
      const silent = first.effects.find((effect) => isThird(effect));
      if (silent?.kind !== 'send') return first;
      const second = step(first.control, { kind: 'answer', atMs: event.atMs, event: settled(silent.move) });
      return { control: second.control, effects: [...first.effects, ...second.effects] };
    };

    function isThird(effect: ControlEffect): boolean {
      if (effect.kind !== 'send' || effect.send.verb !== 'abort') return false;
      const count = (aborts.get(effect.move.id) ?? 0) + 1;
      aborts.set(effect.move.id, count);
      return count === 3;
    }
  });
}

function settled(move: MovePlan): AgentEvent {
  return {
    move: move.id,
    workload: move.workload,
    epoch: move.epoch,
    verb: 'abort',
    deadline: '',
    ticket: '',
    sled: move.toSled,
    outcome: 'done',
    error: null,
    spec: null,
    bytes: 0,
    digest: null,
    record: 'none',
    at: '',
  };
}

function floorBlocksUndo() {
  return wrapControl(() => {
    const epochs = new Map<string, number>();
    return (step, control, event) => {
      const next = step(control, event);
      for (const effect of next.effects) if (effect.kind === 'send') note(effect);
      return { control: next.control, effects: next.effects.map(raised) };
    };

    function note({ move }: SendEffect): void {
      epochs.set(move.workload, Math.max(move.epoch, epochs.get(move.workload) ?? 0));
    }

    function raised(effect: ControlEffect): ControlEffect {
      if (effect.kind !== 'grant') return effect;
      const floors = Object.entries(effect.floors).map(([id, floor]) => [id, Math.max(floor, epochs.get(id) ?? 0)]);
      return { ...effect, floors: Object.fromEntries(floors) as Record<string, number> };
    }
  });
}

function fenceUnconfirmed() {
  return wrapControl(() => {
    const cuts = new Map<number, number>();
    return (step, control, event) => {
      const first = step(control, event);
      for (const effect of first.effects) if (effect.kind === 'cut') cuts.set(effect.token, effect.slot);
      const slot = event.kind === 'power-answer' && event.error === null ? cuts.get(event.token) : undefined;
      if (slot === undefined) return first;
      const { atMs } = event;
      const believed = {
        kind: 'slot-power',
        atMs,
        slot,
        sled: `sled-${slot}`,
        power: 'confirmed-off',
        sinceMs: atMs,
      } as const;
      const second = step(first.control, believed);
      return { control: second.control, effects: [...first.effects, ...second.effects] };
    };
  });
}

function takenBack(control: Control, id: string): Control {
  const live = control.moves.get(id);
  if (live === undefined || live.state.kind !== 'committed') return control;
  return { ...control, moves: new Map(control.moves).set(id, { ...live, state: { ...live.state, kind: 'thawed' } }) };
}

function withLeaks(before: Control, after: Control): Control {
  const moves = new Map(after.moves);
  for (const [id, live] of before.moves) {
    const now = after.moves.get(id);
    if (live.reservation === null || live.state.kind !== 'undoing' || now !== undefined) continue;
    const { move, waiting } = live.state;
    moves.set(id, { ...live, pending: null, state: { kind: 'done', move, waiting, fence: 'settled' } });
  }
  return { ...after, moves };
}

function sentOnce(verb: SendEffect['send']['verb']) {
  return wrapControl(() => {
    const sent = new Set<string>();
    return (step, control, event) => {
      const next = step(control, event);
      return { control: next.control, effects: next.effects.filter(isFirst) };
    };

    function isFirst(effect: ControlEffect): boolean {
      if (effect.kind !== 'send' || effect.send.verb !== verb) return true;
      if (sent.has(effect.move.id)) return false;
      sent.add(effect.move.id);
      return true;
    }
  });
}
