// Sends a state directory to the destination's bulk listener. Starting over is how it is resumed.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { ColdslotError } from '../../core/errors.ts';
import { clientTls, type Identity } from '../../protocols/tls-identity.ts';
import { ByteReader, lineOf, writeAll } from './byte-stream.ts';
import {
  BULK_FORMAT,
  BULK_IDLE_MS,
  MAX_BULK_LINE_BYTES,
  bulkAnswerSchema,
  parseBulkLine,
  type BulkEntry,
  type BulkHeader,
} from './format.ts';
import { walkState } from './state-walk.ts';

const CHUNK_BYTES = 256 * 1024;

export interface Shipment {
  readonly directory: string;
  readonly peer: { readonly host: string; readonly port: number };
  readonly claims: Pick<BulkHeader, 'ticket' | 'move' | 'workload' | 'epoch'>;
  readonly signal: AbortSignal;
  /** Bytes of file contents sent so far. */
  readonly progress: (bytes: number) => void;
  readonly idleMs?: number;
  /** The sled's certificate, and the sled that must answer; null = plain. */
  readonly tls?: { readonly identity: Identity; readonly sled: string } | null;
}

export interface Shipped {
  readonly bytes: number;
  /** sha256, hex. */
  readonly digest: string;
}

/** Resolves when the destination has it verified and durable. @throws ColdslotError with the destination's reason */
export async function sendState(shipment: Shipment): Promise<Shipped> {
  const { host, port } = shipment.peer;
  const entries = await walkState(shipment.directory);
  const { tls = null } = shipment;
  const socket =
    tls === null ? connect({ host, port }) : connectTls({ host, port, ...clientTls(tls.identity, tls.sled) });
  const failed = (why: string) => new ColdslotError('failed', `bulk ${host}:${port}`, why);
  socket.on('error', () => {}); // what is awaited at the time reports it
  socket.setTimeout(shipment.idleMs ?? BULK_IDLE_MS, () => socket.destroy(failed('nothing moved for too long')));
  const giveUp = () => socket.destroy(failed('given up because the Move was undone'));
  shipment.signal.addEventListener('abort', giveUp, { once: true });
  if (shipment.signal.aborted) giveUp();
  try {
    await once(socket, tls === null ? 'connect' : 'secureConnect');
    return await converse(socket, entries, shipment);
  } catch (error) {
    // Why the connection was cut says more than what failed on it then.
    const cause = socket.errored instanceof ColdslotError ? socket.errored : error;
    throw cause instanceof ColdslotError ? cause : failed((cause as Error).message);
  } finally {
    shipment.signal.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}

async function converse(socket: Socket, entries: readonly BulkEntry[], shipment: Shipment): Promise<Shipped> {
  const reader = new ByteReader(socket);
  const bytes = entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0);
  await writeAll(socket, lineOf({ format: BULK_FORMAT, ...shipment.claims, entries: entries.length, bytes }));
  const first = await answerOf(reader);
  if (first.answer === 'received') return { bytes: first.bytes, digest: first.digest };
  // A refusal can come at any time; then the connection closes and it is what counts, not the failing write.
  const verdict = answerOf(reader);
  verdict.catch((refusal: unknown) => socket.destroy(refusal as Error));
  let digest: string;
  try {
    digest = await sendEntries(socket, entries, shipment, bytes);
  } catch (error) {
    throw await verdict.then(
      () => error,
      (refusal: unknown) => (isRefusal(refusal) ? refusal : error),
    );
  }
  const last = await verdict;
  if (last.answer === 'received' && last.digest === digest) return { bytes, digest };
  throw new ColdslotError('failed', 'bulk stream', 'the destination confirmed something else than was sent');
}

async function answerOf(reader: ByteReader) {
  const answer = parseBulkLine(bulkAnswerSchema, await reader.line(MAX_BULK_LINE_BYTES), 'the answer');
  if (answer.answer === 'refused')
    throw new ColdslotError('refused', 'destination', answer.error.replace(/^destination: /, ''));
  return answer;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ColdslotError && error.code === 'refused';
}

/** The digest of what was sent. */
async function sendEntries(
  socket: Socket,
  entries: readonly BulkEntry[],
  shipment: Shipment,
  bytes: number,
): Promise<string> {
  const hash = createHash('sha256');
  const send = async (data: Uint8Array | string) => {
    hash.update(data);
    await writeAll(socket, data);
  };
  let sent = 0;
  for (const entry of entries) {
    await send(lineOf(entry));
    if (entry.type !== 'file') continue;
    for await (const chunk of fileBytes(join(shipment.directory, entry.path), entry.size)) {
      await send(chunk);
      sent += chunk.length;
      shipment.progress(sent);
    }
  }
  const digest = hash.digest('hex');
  await writeAll(socket, lineOf({ type: 'end', entries: entries.length, bytes, digest }));
  return digest;
}

/** @throws ColdslotError `failed` when the file is not as long as it was: someone still writes to it */
async function* fileBytes(file: string, size: number): AsyncGenerator<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    let read = 0;
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES); // a new one each time: the socket may still hold the last
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, read);
      read += bytesRead;
      if (read > size || (bytesRead === 0 && read < size))
        throw new ColdslotError('failed', file, 'changed while it was shipped; something still writes to it');
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
