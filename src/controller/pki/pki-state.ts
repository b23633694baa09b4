// What the chassis's authority durably knows, and how it changes: pure. Certificates it issued, codes it gave out.
import * as z from 'zod';
import { ColdslotError } from '../../core/errors.ts';
import { isSecret, secretHash, sledIdSchema } from '../../protocols/enrolment.ts';
import type { Revoked } from './certificates.ts';

export const PKI_FORMAT = 'coldslot-pki/1';
export const CODE_VALID_MS = 15 * 60_000;
const MAX_CODES = 256;
/** Wrong secrets for one sled's code until the code is void. */
const MAX_WRONG_TRIES = 5;
const MAX_ISSUED = 10_000;

const pair = z.strictObject({ certificate: z.string(), privateKey: z.string() });

export const pkiStateSchema = z.strictObject({
  format: z.literal(PKI_FORMAT),
  chassis: z.string(),
  authority: pair,
  controller: pair,
  issued: z.array(
    z.strictObject({
      serial: z.string().regex(/^[0-9a-f]{2,40}$/),
      name: z.string(),
      issuedAtMs: z.number(),
      notAfterMs: z.number(),
      revokedAtMs: z.number().nullable(),
    }),
  ),
  codes: z.array(
    z.strictObject({ sled: sledIdSchema, hash: z.string(), expiresAtMs: z.number(), wrongTries: z.int().min(0) }),
  ),
});

export type PkiState = z.output<typeof pkiStateSchema>;
export type Issued = PkiState['issued'][number];

/** One code for a sled at a time: a new one takes the place of the one before. */
export function withCode(state: PkiState, sled: string, secret: string, wallMs: number): PkiState {
  if (!sledIdSchema.safeParse(sled).success) {
    const why = 'is not a sled id: expected letters, digits, _ . - (1 to 63), beginning with a letter or a digit';
    throw new ColdslotError('bad-input', `sled ${sled}`, why);
  }
  const others = state.codes.filter((code) => code.sled !== sled && code.expiresAtMs > wallMs);
  if (others.length >= MAX_CODES) {
    const hint = 'wait until some are used or have expired';
    throw new ColdslotError('refused', 'enrolment', `${MAX_CODES} codes are out already`, hint);
  }
  const code = { sled, hash: secretHash(secret), expiresAtMs: wallMs + CODE_VALID_MS, wrongTries: 0 };
  return { ...state, codes: [...others, code] };
}

export type Redeemed =
  | { readonly kind: 'good'; readonly state: PkiState }
  | { readonly kind: 'wrong'; readonly state: PkiState; readonly why: string };

/** Uses a sled's code up. Who has none learns no more than that it is not good. */
export function redeem(state: PkiState, sled: string, secret: string, wallMs: number): Redeemed {
  const code = state.codes.find((one) => one.sled === sled);
  const others = state.codes.filter((one) => one !== code);
  if (code === undefined) return { kind: 'wrong', state, why: 'no code is out for it' };
  if (wallMs >= code.expiresAtMs)
    return { kind: 'wrong', state: { ...state, codes: others }, why: 'its code has expired' };
  if (isSecret(secret, code.hash)) return { kind: 'good', state: { ...state, codes: others } };
  const wrongTries = code.wrongTries + 1;
  if (wrongTries >= MAX_WRONG_TRIES)
    return {
      kind: 'wrong',
      state: { ...state, codes: others },
      why: `wrong code ${wrongTries} times; the code is void`,
    };
  return { kind: 'wrong', state: { ...state, codes: [...others, { ...code, wrongTries }] }, why: 'wrong code' };
}

/** A name has one valid certificate: the ones before it are revoked. The oldest that have ended are forgotten. */
export function withIssued(state: PkiState, issued: Omit<Issued, 'revokedAtMs'>): PkiState {
  const before = withRevoked(state, issued.name, issued.issuedAtMs).issued.filter(
    (one) => one.revokedAtMs === null || one.notAfterMs > issued.issuedAtMs,
  );
  return { ...state, issued: [...before, { ...issued, revokedAtMs: null }].slice(-MAX_ISSUED) };
}

export function withRevoked(state: PkiState, name: string, wallMs: number): PkiState {
  const issued = state.issued.map((one) =>
    one.name === name && one.revokedAtMs === null ? { ...one, revokedAtMs: wallMs } : one,
  );
  return { ...state, issued, codes: state.codes.filter((code) => code.sled !== name) };
}

export function revokedIn({ issued }: PkiState): Revoked[] {
  return issued.flatMap(({ serial, revokedAtMs }) => (revokedAtMs === null ? [] : [{ serial, atMs: revokedAtMs }]));
}
