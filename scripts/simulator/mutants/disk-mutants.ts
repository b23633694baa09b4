// Mistakes about what is durable, and when.
import type { JournalEntry } from '../../../src/moves/ledger.ts';
import { wrapControl, type Mutant } from './mutant.ts';

export const diskMutants: readonly (readonly [string, Mutant])[] = [
  [
    'no-fsync',
    {
      text: 'the journal confirms an append before it is on the disk',
      mutate: (sound) => ({ ...sound, journalSync: 'late' }),
    },
  ],
  [
    'agent-no-fsync',
    {
      text: 'an agent’s disk confirms a record before it is on the disk',
      mutate: (sound) => ({ ...sound, recordSync: 'late' }),
    },
  ],
  [
    'start-before-journal',
    {
      text: 'commands are sent before the edge that allows them is durable',
      mutate: startedEarly(),
    },
  ],
  [
    'epoch-not-durable',
    {
      text: 'the controller forgets in a crash which epochs it has given out',
      mutate: (sound) => ({
        ...sound,
        startControl: (start) => sound.startControl({ ...start, ledger: { ...start.ledger, epochs: new Map() } }),
      }),
    },
  ],
  [
    'shipped-not-journalled',
    {
      text: 'the edge to Shipped is not written',
      mutate: (sound) => ({ ...sound, keepsEntry: (entry) => kindOf(entry) !== 'shipped' }),
    },
  ],
];

function kindOf(entry: JournalEntry): string | null {
  return entry.kind === 'edge' ? entry.move.state.kind : null;
}

/** The machine hears that an append is durable before it has even begun. */
function startedEarly() {
  return wrapControl(() => (step, control, event) => {
    const first = step(control, event);
    const append = first.effects.find((effect) => effect.kind === 'append');
    if (append === undefined || !('wallMs' in event)) return first;
    const { atMs, wallMs } = event;
    const second = step(first.control, { kind: 'appended', atMs, wallMs, token: append.token, error: null });
    return { control: second.control, effects: [...second.effects, ...first.effects] };
  });
}
