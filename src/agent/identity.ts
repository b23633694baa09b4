// The sled's own certificate: kept in its state directory, had by a one-time code when there is none yet.
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';
import {
  CONTROLLER_NAME,
  enrolmentAnswerSchema,
  fingerprintOf,
  makeRequest,
  MAX_ENROLMENT_BYTES,
  parseCode,
  type Enrolled,
  type EnrolmentCode,
} from '../protocols/enrolment.ts';
import type { Identity } from '../protocols/tls-identity.ts';
import { writeDurably } from './records/durable-file.ts';

const FORMAT = 'coldslot-identity/1';
const DEADLINE_MS = 15_000;

const identitySchema = z.strictObject({
  format: z.literal(FORMAT),
  chassis: z.string(),
  sled: z.string(),
  certificate: z.string(),
  privateKey: z.string(),
  ca: z.string(),
  revocationList: z.string(),
  /** The controller's, which signs tickets. PEM. */
  ticketKey: z.string(),
});

export type SledIdentity = z.output<typeof identitySchema>;

export interface Enrolment {
  readonly code: string;
  /** HOST:PORT of the controller's enrolment listener. */
  readonly address: string;
}

/**
 * The identity that is kept in a state directory, or else one had by the code.
 * @throws ColdslotError `refused` when there is neither, the code is refused, or others may read the key; `bad-input`, `io`
 */
export async function identityOf(
  stateRoot: string,
  { chassis, sled }: { readonly chassis: string; readonly sled: string },
  enrolment: Enrolment | null,
): Promise<SledIdentity> {
  const file = join(stateRoot, 'identity.json');
  const kept = await read(file);
  if (kept !== null) {
    if (kept.chassis === chassis && kept.sled === sled) return kept;
    const why = `is of sled ${kept.sled} in chassis ${kept.chassis}, this is ${sled} in ${chassis}`;
    throw new ColdslotError('refused', file, why, 'remove it, and enrol this sled with a new code');
  }
  if (enrolment === null) {
    const hint = `run coldslot pki enroll ${sled} on the controller, and give its code with --enroll CODE@HOST:PORT`;
    throw new ColdslotError('refused', `sled ${sled}`, 'has no certificate of the chassis', hint);
  }
  const identity = await enroll(sled, chassis, enrolment);
  await writeDurably(file, `${JSON.stringify(identity)}\n`);
  return identity;
}

async function enroll(sled: string, chassis: string, { code, address }: Enrolment): Promise<SledIdentity> {
  const { secret, fingerprint } = parseCode(code);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const socket = await connectTo(address, { secret, fingerprint });
  const enrolled = await ask(socket, `${JSON.stringify(makeRequest(sled, secret, privateKey))}\n`, address);
  if (enrolled.chassis !== chassis) {
    const why = `it belongs to chassis ${enrolled.chassis}, this sled is configured for ${chassis}`;
    throw new ColdslotError('refused', `enrolment at ${address}`, why, 'correct chassis in the configuration');
  }
  const { certificate, ca, crl, ticketKey } = enrolled;
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { format: FORMAT, chassis, sled, certificate, privateKey: key, ca, revocationList: crl, ticketKey };
}

/** Connected to whoever has the CA that the code names. */
function connectTo(address: string, { fingerprint }: EnrolmentCode): Promise<TLSSocket> {
  const at = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))];
  const fail = (why: string) => new ColdslotError('failed', `enrolment at ${address}`, why, 'is the controller up?');
  return new Promise((resolve, reject) => {
    // whom it is can only be told from the chain it shows: its CA is what the code is about
    const socket = connect({ host, port, rejectUnauthorized: false, minVersion: 'TLSv1.3' });
    socket.setTimeout(DEADLINE_MS, () => socket.destroy(fail('no answer')));
    socket.once('error', (error) => reject(error instanceof ColdslotError ? error : fail(error.message)));
    socket.once('secureConnect', () => {
      const why = whyNotOurs(socket, fingerprint);
      if (why === null) return resolve(socket);
      socket.destroy();
      reject(new ColdslotError('refused', `enrolment at ${address}`, why, 'ask for a new code, and check the address'));
    });
  });
}

function whyNotOurs(socket: TLSSocket, fingerprint: string): string | null {
  const shown = socket.getPeerCertificate(true);
  const { raw, issuerCertificate } = shown;
  if (raw === undefined || issuerCertificate?.raw === undefined) return 'it shows no certificate chain';
  const [own, ca] = [new X509Certificate(raw), new X509Certificate(issuerCertificate.raw)];
  if (fingerprintOf(ca.raw) !== fingerprint) return 'its CA is not the one the code is for';
  if (!ca.ca || !own.verify(ca.publicKey) || shown.subject.CN !== CONTROLLER_NAME)
    return 'it is not the controller of the chassis the code is for';
  return null;
}

function ask(socket: TLSSocket, request: string, address: string): Promise<Enrolled> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > 4 * MAX_ENROLMENT_BYTES) socket.destroy();
    });
    socket.once('close', () => {
      const answer = parseAnswer(text);
      if (answer === null) reject(new ColdslotError('failed', `enrolment at ${address}`, 'gave no answer'));
      else if ('error' in answer)
        reject(
          new ColdslotError(
            'refused',
            `enrolment at ${address}`,
            answer.error,
            'coldslot pki enroll SLED gives a new code',
          ),
        );
      else resolve(answer);
    });
    socket.write(request);
  });
}

function parseAnswer(text: string) {
  try {
    return enrolmentAnswerSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function read(file: string): Promise<SledIdentity | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new ColdslotError('io', file, `cannot be read: ${error.message}`);
  });
  if (text === null) return null;
  if (((await stat(file)).mode & 0o077) !== 0)
    throw new ColdslotError('refused', file, 'others than its owner may read the private key', `chmod 600 ${file}`);
  try {
    const identity = identitySchema.parse(JSON.parse(text));
    createPrivateKey(identity.privateKey);
    return identity;
  } catch (cause) {
    throw new ColdslotError('bad-input', file, 'is damaged', 'remove it, and enrol this sled with a new code', {
      cause,
    });
  }
}

export function tlsOf({ certificate, privateKey, ca, revocationList }: SledIdentity): Identity {
  return { certificate, privateKey, ca, revocationList };
}
