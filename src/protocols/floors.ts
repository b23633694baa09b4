// A sled that boots asks for its floors before it starts anything: below its floor no copy of a workload may start on
// that sled, and no command of an older Move counts there. The controller answers with a signed grant for that boot.
import { sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { ColdslotError } from '../core/errors.ts';
import { MAX_WORKLOADS_PER_SLED } from './agent-messages.ts';

const name = z.string().min(1).max(63);
const boot = z.string().min(1).max(64);

/** Published by the agent on its `ask` topic until it is answered. */
export const floorsAskSchema = z.strictObject({
  kind: z.literal('floors-ask'),
  sled: name,
  /** Names this boot of the sled; an answer to an earlier boot's question does not count. */
  boot,
  workloads: z
    .array(
      z.strictObject({
        id: name,
        /** Of the copy that is kept here; 0 = none, it is only configured. */
        epoch: z.int().min(0),
        floor: z.int().min(0),
        /** Move that the copy takes part in. */
        move: name.nullable(),
      }),
    )
    .max(MAX_WORKLOADS_PER_SLED),
});

/** Published by the controller on the sled's `grant` topic. `grant` is signed: see `signGrant`. */
export const floorsGrantSchema = z.strictObject({ kind: z.literal('floors-grant'), grant: z.string().max(64 * 1024) });

const grantClaimsSchema = z.strictObject({
  purpose: z.literal('floors'),
  chassis: name,
  sled: name,
  boot,
  /** By workload; one that is missing was not asked about, and must not be started. */
  floors: z.record(name, z.int().min(0)),
});

export type FloorsAsk = z.output<typeof floorsAskSchema>;
export type FloorsGrant = z.output<typeof floorsGrantSchema>;
export type GrantClaims = z.output<typeof grantClaimsSchema>;

/** Form: base64url(JSON claims) "." base64url(Ed25519 signature), as tickets. */
export function signGrant(claims: GrantClaims, privateKey: KeyObject): string {
  const body = Buffer.from(JSON.stringify(claims));
  return `${body.toString('base64url')}.${sign(null, body, privateKey).toString('base64url')}`;
}

/** @throws ColdslotError `refused` saying what is wrong with it */
export function openGrant(grant: string, publicKey: KeyObject): GrantClaims {
  const refuse = (why: string) =>
    new ColdslotError('refused', 'floors', why, 'only the chassis controller grants them');
  const [body, signature, ...rest] = grant.split('.');
  if (body === undefined || signature === undefined || rest.length > 0) throw refuse('not of the form BODY.SIGNATURE');
  const bytes = Buffer.from(body, 'base64url');
  if (!verify(null, bytes, publicKey, Buffer.from(signature, 'base64url')))
    throw refuse('the signature is not the controller’s');
  const claims = grantClaimsSchema.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!claims.success) throw refuse('its claims are not those of a grant');
  return claims.data;
}
