// What the journal says: the fold of its entries into open Moves, epochs and owners per workload and the Moves closed
// last; and the other way, the entries that a compacted segment starts with.
import * as z from 'zod';
import { assertNever, ColdslotError } from '../core/errors.ts';
import { isClosed, isOwed, moveRecordSchema, type MoveRecord } from './move-record.ts';

/** Closed Moves that are remembered; and how many more that still owe something. */
export const CLOSED_KEPT = 64;
export const OWED_KEPT = 256;
const PER_ENTRY = 256;

const epochsSchema = z.record(z.string().max(63), z.int().min(1));
const ownersSchema = z.record(
  z.string().max(63),
  z.strictObject({ sled: z.string().min(1).max(63), epoch: z.int().min(0) }),
);
const counterSchema = z.strictObject({ lastMove: z.int().min(0) });

/** The sled that has a workload when no Move of it is open, and the epoch of its copy. */
export interface Owner {
  readonly sled: string;
  readonly epoch: number;
}

export type JournalEntry =
  | { readonly kind: 'edge'; readonly move: MoveRecord }
  | { readonly kind: 'epochs'; readonly epochs: Readonly<Record<string, number>> }
  | { readonly kind: 'owners'; readonly owners: Readonly<Record<string, Owner>> }
  /** Number of the last Move that was ever planned. */
  | { readonly kind: 'counter'; readonly lastMove: number };

export interface Ledger {
  readonly open: ReadonlyMap<string, MoveRecord>;
  /** The highest epoch ever allocated, by workload. */
  readonly epochs: ReadonlyMap<string, number>;
  /** By workload; none for one that was never moved, or only before owners were kept. */
  readonly owners: ReadonlyMap<string, Owner>;
  /** Oldest first. */
  readonly closed: readonly MoveRecord[];
  readonly lastMove: number;
}

export const emptyLedger: Ledger = { open: new Map(), epochs: new Map(), owners: new Map(), closed: [], lastMove: 0 };

const KINDS = { edge: 1, epochs: 2, counter: 3, owners: 4 } as const;

export function encodeEntry(entry: JournalEntry): Uint8Array {
  return Buffer.concat([Uint8Array.of(KINDS[entry.kind]), Buffer.from(JSON.stringify(bodyOf(entry)))]);
}

function bodyOf(entry: JournalEntry): unknown {
  switch (entry.kind) {
    case 'edge':
      return entry.move;
    case 'epochs':
      return entry.epochs;
    case 'owners':
      return entry.owners;
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
  const body: unknown = JSON.parse(Buffer.from(bytes.subarray(1)).toString('utf8'));
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
    case KINDS.owners:
      return { kind: 'owners', owners: parse(ownersSchema) };
    case KINDS.counter:
      return { kind: 'counter', lastMove: parse(counterSchema).lastMove };
    default:
      throw refuse(`an entry has the unknown kind ${bytes[0]}`);
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
    case 'owners':
      return { ...ledger, owners: new Map([...ledger.owners, ...Object.entries(entry.owners)]) };
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
  const owners = foldOwner(ledger.owners, move);
  if (!isClosed(move)) return { ...ledger, open: open.set(move.id, move), epochs, owners, lastMove };
  const others = ledger.closed.filter((closed) => closed.id !== move.id);
  return { open, epochs, owners, lastMove, closed: lastOf([...others, move]) };
}

/** Those that still owe something are kept longer: who owes must be reminded. */
function lastOf(closed: readonly MoveRecord[]): MoveRecord[] {
  const last = new Set(closed.slice(-CLOSED_KEPT));
  const owed = new Set(closed.filter(isOwed).slice(-OWED_KEPT));
  return closed.filter((move) => last.has(move) || owed.has(move));
}

const OWNED_BY_DESTINATION: ReadonlySet<MoveRecord['state']['kind']> = new Set([
  'committed',
  'claimed',
  'fenced',
  'done',
]);

/**
 * The source's with its own epoch, from Committed on the destination's with that of the Move. While only planned the
 * source has not confirmed that it runs there: that does not take a workload from an owner that is known.
 */
function foldOwner(owners: Ledger['owners'], move: MoveRecord): Ledger['owners'] {
  const known = owners.get(move.workload);
  const ownEpoch = move.ownEpoch ?? null;
  if (known === undefined && ownEpoch === null) return owners; // of an older version: what came after it is not known
  const owner = OWNED_BY_DESTINATION.has(move.state.kind)
    ? { sled: move.toSled, epoch: move.epoch }
    : { sled: move.fromSled, epoch: ownEpoch ?? (known?.sled === move.fromSled ? known.epoch : 0) };
  if (known !== undefined && known.epoch > owner.epoch) return owners;
  if (known?.sled === owner.sled && known.epoch === owner.epoch) return owners;
  if (known !== undefined && known.sled !== owner.sled && !isConfirmed(move)) return owners;
  return new Map(owners).set(move.workload, owner);
}

/** Whether the source has said in this Move that it runs the workload. */
function isConfirmed(move: MoveRecord): boolean {
  return move.state.kind !== 'planned' && move.state.kind !== 'undoing' && move.state.kind !== 'undone';
}

function raise(epochs: Map<string, number>, workload: string, epoch: number): void {
  epochs.set(workload, Math.max(epochs.get(workload) ?? 0, epoch));
}

/** The entries whose fold is this ledger. */
export function snapshotOf(ledger: Ledger): JournalEntry[] {
  const epochs = inParts(ledger.epochs).map((part): JournalEntry => ({ kind: 'epochs', epochs: part }));
  const owners = inParts(ledger.owners).map((part): JournalEntry => ({ kind: 'owners', owners: part }));
  const edges = [...ledger.closed, ...ledger.open.values()].map((move): JournalEntry => ({ kind: 'edge', move }));
  const counter: JournalEntry[] = ledger.lastMove === 0 ? [] : [{ kind: 'counter', lastMove: ledger.lastMove }];
  return [...counter, ...epochs, ...edges, ...owners]; // owners last: they are right, whatever the closed edges say
}

function inParts<T>(map: ReadonlyMap<string, T>): Record<string, T>[] {
  const pairs = [...map];
  return Array.from({ length: Math.ceil(pairs.length / PER_ENTRY) }, (_, part) =>
    Object.fromEntries(pairs.slice(part * PER_ENTRY, (part + 1) * PER_ENTRY)),
  );
}

export function moveId(number: number): string {
  return `m${number}`;
}

export function moveNumber(id: string): number {
  return Number(/^m([0-9]{1,15})$/.exec(id)?.[1] ?? 0);
}

/** The epoch of the next Move: above every one that was ever allocated, and above what the sled knows. */
export function nextEpoch(ledger: Ledger, workload: string, knownEpoch: number): number {
  return Math.max(ledger.epochs.get(workload) ?? 0, knownEpoch) + 1;
}
