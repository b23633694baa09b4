// What the journal says: the fold of its entries into open Moves, epochs per workload and the Moves closed last; and
// the other way, the entries that a compacted segment starts with.
import * as z from 'zod';
import { assertNever, ColdslotError } from '../core/errors.ts';
import { isClosed, moveRecordSchema, type MoveRecord } from './move-record.ts';

/** Closed Moves that are remembered. */
export const CLOSED_KEPT = 64;
const EPOCHS_PER_ENTRY = 256;

const epochsSchema = z.record(z.string().max(63), z.int().min(1));
const counterSchema = z.strictObject({ lastMove: z.int().min(0) });

export type JournalEntry =
  | { readonly kind: 'edge'; readonly move: MoveRecord }
  | { readonly kind: 'epochs'; readonly epochs: Readonly<Record<string, number>> }
  /** Number of the last Move that was ever planned. */
  | { readonly kind: 'counter'; readonly lastMove: number };

export interface Ledger {
  readonly open: ReadonlyMap<string, MoveRecord>;
  /** The highest epoch ever allocated, by workload. */
  readonly epochs: ReadonlyMap<string, number>;
  /** Oldest first. */
  readonly closed: readonly MoveRecord[];
  readonly lastMove: number;
}

export const emptyLedger: Ledger = { open: new Map(), epochs: new Map(), closed: [], lastMove: 0 };

const KINDS = { edge: 1, epochs: 2, counter: 3 } as const;

export function encodeEntry(entry: JournalEntry): Uint8Array {
  return Buffer.concat([Uint8Array.of(KINDS[entry.kind]), Buffer.from(JSON.stringify(bodyOf(entry)))]);
}

function bodyOf(entry: JournalEntry): unknown {
  switch (entry.kind) {
    case 'edge':
      return entry.move;
    case 'epochs':
      return entry.epochs;
    case 'counter':
      return { lastMove: entry.lastMove };
    default:
      return assertNever(entry);
  }
}

/** @throws ColdslotError `bad-input` for an entry that is whole but not one of this version's */
export function decodeEntry(bytes: Uint8Array): JournalEntry {
  const refuse = (why: string) =>
    new ColdslotError('bad-input', 'journal', why, 'it was written by another version of coldslot; use that version');
  const body = jsonOf(Buffer.from(bytes.subarray(1)).toString('utf8'));
  if (body === undefined) throw refuse('an entry is not JSON');
  const parse = <T>(schema: z.ZodType<T>): T => {
    const result = schema.safeParse(body);
    if (result.success) return result.data;
    throw refuse(`an entry has the wrong form: ${z.prettifyError(result.error)}`);
  };
  switch (bytes[0]) {
    case KINDS.edge:
      return { kind: 'edge', move: parse(moveRecordSchema) };
    case KINDS.epochs:
      return { kind: 'epochs', epochs: parse(epochsSchema) };
    case KINDS.counter:
      return { kind: 'counter', lastMove: parse(counterSchema).lastMove };
    default:
      throw refuse(`an entry has the unknown kind ${bytes[0]}`);
  }
}

/** Undefined when it is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function fold(ledger: Ledger, entry: JournalEntry): Ledger {
  switch (entry.kind) {
    case 'edge':
      return foldEdge(ledger, entry.move);
    case 'epochs': {
      const epochs = new Map(ledger.epochs);
      for (const [workload, epoch] of Object.entries(entry.epochs)) raise(epochs, workload, epoch);
      return { ...ledger, epochs };
    }
    case 'counter':
      return { ...ledger, lastMove: Math.max(ledger.lastMove, entry.lastMove) };
    default:
      return assertNever(entry);
  }
}

function foldEdge(ledger: Ledger, move: MoveRecord): Ledger {
  const open = new Map(ledger.open);
  open.delete(move.id);
  const epochs = new Map(ledger.epochs);
  raise(epochs, move.workload, move.epoch);
  const lastMove = Math.max(ledger.lastMove, moveNumber(move.id));
  if (!isClosed(move)) return { ...ledger, open: open.set(move.id, move), epochs, lastMove };
  const others = ledger.closed.filter((closed) => closed.id !== move.id);
  return { open, epochs, lastMove, closed: [...others, move].slice(-CLOSED_KEPT) };
}

function raise(epochs: Map<string, number>, workload: string, epoch: number): void {
  epochs.set(workload, Math.max(epochs.get(workload) ?? 0, epoch));
}

/** The entries whose fold is this ledger. */
export function snapshotOf(ledger: Ledger): JournalEntry[] {
  const pairs = [...ledger.epochs];
  const epochs: JournalEntry[] = [];
  for (let at = 0; at < pairs.length; at += EPOCHS_PER_ENTRY) {
    epochs.push({ kind: 'epochs', epochs: Object.fromEntries(pairs.slice(at, at + EPOCHS_PER_ENTRY)) });
  }
  const edges = [...ledger.closed, ...ledger.open.values()].map((move): JournalEntry => ({ kind: 'edge', move }));
  const counter: JournalEntry[] = ledger.lastMove === 0 ? [] : [{ kind: 'counter', lastMove: ledger.lastMove }];
  return [...counter, ...epochs, ...edges];
}

export function moveId(number: number): string {
  return `m${number}`;
}

export function moveNumber(id: string): number {
  return Number(/^m([0-9]{1,15})$/.exec(id)?.[1] ?? 0);
}

/** In `epochs`, stands for workloads that are not there: a journal that was repaired may have lost theirs. No id. */
export const ANY_OTHER = '*';

/** The epoch of the next Move: above every one that was ever allocated, and above what the sled knows. */
export function nextEpoch(ledger: Ledger, workload: string, knownEpoch: number): number {
  const allocated = ledger.epochs.get(workload) ?? ledger.epochs.get(ANY_OTHER) ?? 0;
  return Math.max(allocated, knownEpoch) + 1;
}
