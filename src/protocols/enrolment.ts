// How a sled gets its certificate: it makes a key of its own, and sends the public half with a one-time code over TLS to
// the controller. The code carries the fingerprint of the chassis's CA, so the sled knows whom it talks to; a signature
// proves that it has the private half. Nothing secret but the code ever travels.
import { createHash, createPublicKey, randomBytes, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';

export const ENROLMENT_FORMAT = 'coldslot-enrolment/1';
export const MAX_ENROLMENT_BYTES = 16 * 1024;
/** The controller's name in its certificate. No sled can have it: ids begin with a letter or a digit. */
export const CONTROLLER_NAME = '@controller';

const SECRET_BYTES = 15; // 120 bits
const FINGERPRINT_BYTES = 15;
const CODE = /^cs1-([A-Za-z0-9_-]{20})-([A-Za-z0-9_-]{20})$/;

export const sledIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'expected a name of letters, digits, _ . - (1 to 63)');

export const enrolmentRequestSchema = z.strictObject({
  format: z.literal(ENROLMENT_FORMAT),
  sled: sledIdSchema,
  secret: z.string().max(64),
  /** SubjectPublicKeyInfo, PEM. */
  publicKey: z.string().max(2048),
  /** Over what `proofText` says, by the private half, base64url. */
  proof: z.string().max(256),
});

const pem = z.string().max(MAX_ENROLMENT_BYTES);

export const enrolmentAnswerSchema = z.union([
  z.strictObject({ certificate: pem, ca: pem, crl: pem, ticketKey: pem, chassis: z.string().max(63) }),
  z.strictObject({ error: z.string().max(400) }),
]);

export type EnrolmentRequest = z.output<typeof enrolmentRequestSchema>;
export type EnrolmentAnswer = z.output<typeof enrolmentAnswerSchema>;
export type Enrolled = Exclude<EnrolmentAnswer, { error: string }>;

/** What an operator hands to a sled. `fingerprint`: of the CA's certificate, the first 120 bits of its SHA-256. */
export interface EnrolmentCode {
  readonly secret: string;
  readonly fingerprint: string;
}

export function makeCode(caCertificateDer: Uint8Array): EnrolmentCode {
  return { secret: randomBytes(SECRET_BYTES).toString('base64url'), fingerprint: fingerprintOf(caCertificateDer) };
}

export function fingerprintOf(certificateDer: Uint8Array): string {
  return createHash('sha256').update(certificateDer).digest().subarray(0, FINGERPRINT_BYTES).toString('base64url');
}

export function codeText({ secret, fingerprint }: EnrolmentCode): string {
  return `cs1-${secret}-${fingerprint}`;
}

/** @throws ColdslotError `bad-input` */
export function parseCode(text: string): EnrolmentCode {
  const [, secret, fingerprint] = CODE.exec(text.trim()) ?? [];
  if (secret !== undefined && fingerprint !== undefined) return { secret, fingerprint };
  const hint = 'give the whole code as coldslot pki enroll printed it';
  throw new ColdslotError('bad-input', 'enrolment code', 'is not one: expected cs1-…-… of 45 characters', hint);
}

/** What is kept of a code: whoever reads it cannot enrol with it. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(`coldslot enrolment ${secret}`).digest('base64url');
}

export function isSecret(secret: string, hash: string): boolean {
  const [given, kept] = [Buffer.from(secretHash(secret)), Buffer.from(hash)];
  return given.length === kept.length && timingSafeEqual(given, kept);
}

/** @param privateKey of a key pair on P-256 */
export function makeRequest(sled: string, secret: string, privateKey: KeyObject): EnrolmentRequest {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const proof = sign('sha256', proofText(sled, secret, publicKey), privateKey).toString('base64url');
  return { format: ENROLMENT_FORMAT, sled, secret, publicKey, proof };
}

/** The public key of a request whose proof holds. @throws ColdslotError `refused` */
export function provenKey({ sled, secret, publicKey, proof }: EnrolmentRequest): KeyObject {
  const refuse = (why: string) => new ColdslotError('refused', `sled ${sled}`, why);
  let key: KeyObject;
  try {
    key = createPublicKey(publicKey);
  } catch {
    throw refuse('its public key cannot be read');
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw refuse('its public key is not on P-256');
  if (!verify('sha256', proofText(sled, secret, publicKey), key, Buffer.from(proof, 'base64url')))
    throw refuse('it does not prove that it has the private key');
  return key;
}

function proofText(sled: string, secret: string, publicKey: string): Buffer {
  return Buffer.from(JSON.stringify([ENROLMENT_FORMAT, sled, secret, publicKey]));
}
