// A Move's ticket: what the controller allows, signed (Ed25519), so that agents can check it before they send or
// accept bulk data. Form: base64url(JSON claims) "." base64url(signature). One ticket per Move.
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';

const claimsSchema = z.strictObject({
  chassis: z.string().max(63),
  move: z.string().max(63),
  workload: z.string().max(63),
  epoch: z.int().min(1),
  /** Sled ids. */
  from: z.string().max(63),
  to: z.string().max(63),
});

export type TicketClaims = z.output<typeof claimsSchema>;

export function signTicket(claims: TicketClaims, privateKey: KeyObject): string {
  const body = Buffer.from(JSON.stringify(claims));
  return `${body.toString('base64url')}.${sign(null, body, privateKey).toString('base64url')}`;
}

/** The claims of a ticket that this key signed. @throws ColdslotError `refused` saying what is wrong with it */
export function openTicket(ticket: string, publicKey: KeyObject): TicketClaims {
  const [body, signature, ...rest] = ticket.split('.');
  const refuse = (why: string) =>
    new ColdslotError('refused', 'ticket', why, 'only the chassis controller issues tickets');
  if (body === undefined || signature === undefined || rest.length > 0) throw refuse('not of the form BODY.SIGNATURE');
  const bytes = Buffer.from(body, 'base64url');
  if (!verify(null, bytes, publicKey, Buffer.from(signature, 'base64url')))
    throw refuse('the signature is not the controller’s');
  const claims = claimsSchema.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!claims.success) throw refuse('its claims are not those of a Move');
  return claims.data;
}

/** The public half of a key in PEM form, as agents are given it. */
export function publicKeyOf(pem: string): KeyObject {
  return createPublicKey(pem);
}
