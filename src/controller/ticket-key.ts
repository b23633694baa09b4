// The key that signs the tickets of Moves: Ed25519, made once. The private half stays with the controller (mode 0600),
// the public half is a PEM file for the agents.
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { ColdslotError } from '../core/errors.ts';
import { ioProblem } from './io-problem.ts';

export interface TicketKey {
  readonly privateKey: KeyObject;
  readonly publicPem: string;
  /** The public half, for agents on this machine. */
  readonly publicFile: string;
}

/**
 * Reads the key from a directory, or makes one there.
 * @throws ColdslotError `bad-input` when the file is no Ed25519 key, `refused` when others may read it, `io`
 */
export async function loadTicketKey(directory: string): Promise<TicketKey> {
  const privateFile = path.join(directory, 'ticket-key.pem');
  const publicFile = path.join(directory, 'ticket-key.pub.pem');
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const privateKey = (await readKey(privateFile)) ?? (await makeKey(privateFile));
    const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
    if ((await readFile(publicFile, 'utf8').catch(() => null)) !== publicPem) {
      const draft = `${publicFile}.${randomUUID()}`;
      await writeDurably(draft, publicPem, 0o644);
      await rename(draft, publicFile);
    }
    return { privateKey, publicPem, publicFile };
  } catch (error) {
    throw ioProblem(directory, error);
  }
}

async function readKey(file: string): Promise<KeyObject | null> {
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (pem === null) return null;
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) {
    throw new ColdslotError('refused', file, 'others than its owner may read the private key', `chmod 600 ${file}`);
  }
  const hint = 'remove it to have a new key made, then give the agents the new public half';
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    throw new ColdslotError('bad-input', file, 'is not a private key in PEM form', hint, { cause: error });
  }
  throw new ColdslotError('bad-input', file, 'is not an Ed25519 key', hint);
}

/** Whole or not there at all, also after a power cut; the first of two makers wins. */
async function makeKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const draft = `${file}.${randomUUID()}`;
  await writeDurably(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  try {
    await link(draft, file);
    return privateKey;
  } catch (error) {
    const first = await readKey(file);
    if (first === null) throw error;
    return first;
  } finally {
    await unlink(draft).catch(() => {});
  }
}

async function writeDurably(file: string, text: string | Buffer, mode: number): Promise<void> {
  const handle = await open(file, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
