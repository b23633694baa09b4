// Guardians that lack one defence, made through the seams that everyone has: what opens chips, and what buses are.
import type { ChannelReader } from '../../../src/chips/chip.ts';
import type { openChip } from '../../../src/chips/registry.ts';
import type { Reading } from '../../../src/core/reading.ts';

/**
 * `no identity`: chips are taken for what the board says; `one read`: further reads of a sweep repeat the first;
 * `stale answers`: where a read fails the last value is given as today's; `no mux check`: nobody looks where muxes stand.
 */
export type Mutant = 'none' | 'no identity' | 'one read' | 'stale answers' | 'no mux check';

export function opener(mutant: Mutant, open: typeof openChip): typeof openChip {
  if (mutant !== 'one read' && mutant !== 'stale answers') return open;
  const wrap = mutant === 'one read' ? oneRead : staleAnswers;
  return (...place) => {
    const chip = open(...place);
    if (chip.kind !== 'sensor' && chip.kind !== 'fan') return chip;
    return { ...chip, readAll: wrap(chip) };
  };
}

type ReadAll = ChannelReader['readAll'];

function oneRead(chip: ChannelReader): ReadAll {
  let last: { readonly nowMs: number; readonly answer: ReturnType<ReadAll> } | null = null;
  return (nowMs) => {
    if (last?.nowMs !== nowMs) last = { nowMs, answer: chip.readAll(nowMs) };
    return last.answer;
  };
}

function staleAnswers(chip: ChannelReader): ReadAll {
  const known = new Map<string, Reading>();
  return async (nowMs) => {
    const readings = new Map(await chip.readAll(nowMs));
    for (const [channel, reading] of readings) {
      const before = known.get(channel);
      if (reading.kind === 'value') known.set(channel, reading);
      else if (before?.kind === 'value') readings.set(channel, { ...before, atMs: nowMs });
    }
    return readings;
  };
}
