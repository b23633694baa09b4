// Takes a state directory in from another agent: admits the header, writes entries below the directory it was given
// and nowhere else, verifies the digest, makes everything durable. What was not confirmed leaves nothing behind.
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdir, open, rm, symlink } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { dirname, join, posix } from 'node:path';
import { ColdslotError, describeError } from '../../core/errors.ts';
import { syncDirectory } from '../records/durable-file.ts';
import { ByteReader, lineOf, writeAll } from './byte-stream.ts';
import {
  BULK_IDLE_MS,
  MAX_BULK_LINE_BYTES,
  bulkEntrySchema,
  bulkHeaderSchema,
  parseBulkLine,
  whyLinkRefused,
  whyPathRefused,
  type BulkEntry,
  type BulkHeader,
} from './format.ts';

/** A refused sender may have this much on its way. */
const MAX_DRAIN_BYTES = 16 * 1024 * 1024;

/** What the agent says to a header that it accepts. */
export type Admission =
  | { readonly kind: 'have'; readonly bytes: number; readonly digest: string }
  | {
      readonly kind: 'take';
      /** Does not exist yet; made and, if it fails, deleted here. */
      readonly directory: string;
      readonly signal: AbortSignal;
      /** Makes the agent's record durable. */
      readonly received: (bytes: number, digest: string) => Promise<void>;
      /** Always called, after the directory is complete or gone. */
      readonly ended: () => void;
    };

/** @throws ColdslotError `refused` saying why */
export type Admit = (header: BulkHeader) => Promise<Admission>;

/** One connection from its first to its last byte. Errors are answered to the sender and returned for the log. */
export async function receiveState(socket: Socket, admit: Admit, idleMs = BULK_IDLE_MS): Promise<string | null> {
  socket.on('error', () => {});
  socket.setTimeout(idleMs, () =>
    socket.destroy(new ColdslotError('failed', 'bulk stream', 'nothing moved for too long')),
  );
  const reader = new ByteReader(socket.iterator({ destroyOnReturn: false })); // an answer can follow the end
  try {
    const line = await reader.line(MAX_BULK_LINE_BYTES);
    const header = parseBulkLine(bulkHeaderSchema, line, 'the header');
    const admission = await admit(header);
    const { bytes, digest } = admission.kind === 'have' ? admission : await take(socket, reader, header, admission);
    await writeAll(socket, lineOf({ answer: 'received', bytes, digest }));
    await finish(socket, reader);
    return null;
  } catch (error) {
    const words = describeError(error).slice(0, 400);
    if (!socket.destroyed) socket.write(lineOf({ answer: 'refused', error: words }));
    await finish(socket, reader);
    return words;
  }
}

async function finish(socket: Socket, reader: ByteReader): Promise<void> {
  socket.end();
  await reader.drain(MAX_DRAIN_BYTES).catch(() => {});
  socket.destroy();
}

async function take(
  socket: Socket,
  reader: ByteReader,
  header: BulkHeader,
  admission: Extract<Admission, { kind: 'take' }>,
): Promise<{ bytes: number; digest: string }> {
  const { directory, signal } = admission;
  const stop = () => socket.destroy(new ColdslotError('failed', 'bulk stream', 'given up: the Move was undone'));
  signal.addEventListener('abort', stop, { once: true });
  let complete = false;
  try {
    if (signal.aborted) throw new ColdslotError('failed', 'bulk stream', 'given up: the Move was undone');
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeAll(socket, lineOf({ answer: 'send' }));
    const result = await new StateWriter(directory, header).writeAll(reader);
    await syncDirectory(dirname(directory));
    await admission.received(result.bytes, result.digest);
    complete = true;
    return result;
  } finally {
    signal.removeEventListener('abort', stop);
    if (!complete) await rm(directory, { recursive: true, force: true });
    admission.ended();
  }
}

/** Writes entries below one directory. Parents must have come before as directories, so no link is ever followed. */
class StateWriter {
  readonly #root: string;
  readonly #header: BulkHeader;
  readonly #directories = new Map<string, number>([['.', 0o700]]);
  readonly #seen = new Set<string>();
  #bytes = 0;

  constructor(root: string, header: BulkHeader) {
    this.#root = root;
    this.#header = header;
  }

  async writeAll(reader: ByteReader): Promise<{ bytes: number; digest: string }> {
    const hash = createHash('sha256');
    for (;;) {
      const line = await reader.line(MAX_BULK_LINE_BYTES);
      const entry = parseBulkLine(bulkEntrySchema, line, `entry ${this.#seen.size + 1}`);
      if (entry.type === 'end') {
        const digest = hash.digest('hex');
        if (entry.digest !== digest) throw broken('the digest is wrong: the state was damaged on its way');
        if (entry.bytes !== this.#bytes || entry.entries !== this.#seen.size) throw broken('the trailer miscounts');
        await this.#finish();
        return { bytes: this.#bytes, digest };
      }
      hash.update(line).update('\n');
      this.#check(entry);
      await this.#write(entry, reader, hash);
    }
  }

  #check(entry: BulkEntry): void {
    const { path } = entry;
    const why = whyPathRefused(path) ?? (entry.type === 'link' ? whyLinkRefused(path, entry.target) : null);
    if (why !== null) throw broken(`${JSON.stringify(path)} ${why}`);
    if (!this.#directories.has(posix.dirname(path))) throw broken(`${JSON.stringify(path)} comes before its directory`);
    if (this.#seen.has(path)) throw broken(`${JSON.stringify(path)} comes twice`);
    this.#seen.add(path);
    this.#bytes += entry.type === 'file' ? entry.size : 0;
    if (this.#seen.size > this.#header.entries) throw broken(`more than the ${this.#header.entries} entries announced`);
    if (this.#bytes > this.#header.bytes) throw broken(`more than the ${this.#header.bytes} bytes announced`);
  }

  async #write(entry: BulkEntry, reader: ByteReader, hash: Hash): Promise<void> {
    const target = join(this.#root, entry.path);
    if (entry.type === 'directory') {
      await mkdir(target, { mode: 0o700 });
      this.#directories.set(entry.path, entry.mode);
      return;
    }
    if (entry.type === 'link') {
      await symlink(entry.target, target);
      return;
    }
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const file = await open(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for await (const piece of reader.take(entry.size)) {
        hash.update(piece);
        await file.writeFile(piece);
      }
      await file.utimes(entry.modifiedMs / 1000, entry.modifiedMs / 1000);
      await file.chmod(entry.mode);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Modes last, children first: a directory may be read-only. */
  async #finish(): Promise<void> {
    for (const [path, mode] of [...this.#directories].toReversed()) {
      const folder = join(this.#root, path);
      await syncDirectory(folder);
      await chmod(folder, mode);
    }
  }
}

function broken(why: string): ColdslotError {
  return new ColdslotError('bad-input', 'bulk stream', why);
}
