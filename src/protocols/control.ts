// The controller's local socket, which the CLI and the live view talk to: JSON lines, one answer to each request, and
// a stream of views after `watch`. Only the local user may open the socket (mode 0600).
import * as z from 'zod';
import type { ErrorCode } from '../core/errors.ts';

export const MAX_CONTROL_LINE_BYTES = 4 << 20;

const slot = z.int().min(0).max(255);
const workload = z.string().min(1).max(63);

/** `view` answers a ChassisView; `watch` answers one now and then one on every change, at most `maxHz` a second. */
export const controlCallSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('view') }),
  z.strictObject({ method: z.literal('watch'), maxHz: z.number().min(0.1).max(20) }),
  /** Answers a Plan; with `apply` its Moves are started. */
  z.strictObject({ method: z.literal('plan'), apply: z.boolean() }),
  /** Answers {move: MoveView|null, plan prediction}; with `dryRun` nothing moves. */
  z.strictObject({ method: z.literal('move'), workload, to: slot, dryRun: z.boolean() }),
  z.strictObject({ method: z.literal('move-undo'), id: z.string().min(1).max(63) }),
  z.strictObject({ method: z.literal('drain'), slot }),
  /** Gives or cuts a slot's power; `cycle` cuts it, waits until it is off and gives it again. */
  z.strictObject({ method: z.literal('power'), slot, action: z.enum(['on', 'off', 'cycle']) }),
  /** Answers {code, expiresAt, address}: the one-time code is never shown again. */
  z.strictObject({ method: z.literal('pki-enroll'), sled: z.string().max(63) }),
  /** Answers {sled, revoked}: its certificate's serial number. */
  z.strictObject({ method: z.literal('pki-revoke'), sled: z.string().max(63) }),
  z.strictObject({ method: z.literal('pki-list') }),
  z.strictObject({ method: z.literal('fan-set'), fan: z.string().min(1).max(63), ratio: z.number().min(0).max(1) }),
  /** Back to the loop: one fan, or all with null. */
  z.strictObject({ method: z.literal('fan-auto'), fan: z.string().min(1).max(63).nullable() }),
]);

export const controlRequestSchema = z.strictObject({ id: z.int(), call: controlCallSchema });

export type ControlCall = z.output<typeof controlCallSchema>;
export type ControlRequest = z.output<typeof controlRequestSchema>;

const errorCodeSchema = z.enum([
  'usage',
  'bad-input',
  'not-found',
  'refused',
  'conflict',
  'no-controller',
  'io',
  'failed',
]) satisfies z.ZodType<ErrorCode>;

/** `id` is the request's, -1 for a line that has none. `more`: further answers with this id follow (watch). */
export const controlResponseSchema = z.union([
  z.strictObject({ id: z.int(), result: z.unknown(), more: z.boolean() }),
  z.strictObject({
    id: z.int(),
    error: z.strictObject({ code: errorCodeSchema, subject: z.string(), message: z.string(), hint: z.string() }),
  }),
]);

export type ControlResponse = z.output<typeof controlResponseSchema>;
