// What guardian and controller say to each other: JSON lines over the guardian's Unix socket.
// The guardian sends `hello` once, then a `frame` each control tick and `event`s; the controller sends `intent`s that
// hold for a lease. Without a valid intent the guardian cools on its own.
import * as z from 'zod';

export const MAX_GUARDIAN_LINE_BYTES = 1 << 20;

const readingSchema = z.union([
  z.strictObject({ kind: z.literal('value'), value: z.number(), atMs: z.number() }),
  z.strictObject({
    kind: z.literal('none'),
    reason: z.enum(['absent', 'off', 'timeout', 'fault', 'implausible']),
    detail: z.string().max(200),
    atMs: z.number(),
  }),
]);

export const fanFrameSchema = z.strictObject({
  id: z.string(),
  /** Commanded. */
  ratio: z.number().min(0).max(1),
  rpm: z.array(readingSchema),
  state: z.enum(['ok', 'degraded', 'failed', 'absent']),
});

export const zoneFrameSchema = z.strictObject({
  id: z.string(),
  mode: z.enum(['startup', 'control', 'failsafe', 'manual']),
  ratio: z.number().min(0).max(1),
  leadingSensor: z.string().nullable(),
  worstMarginK: z.number().nullable(),
});

export const slotFrameSchema = z.strictObject({
  slot: z.number(),
  presence: z.enum(['present', 'absent', 'unknown']),
  power: z.enum(['on', 'off', 'unknown']),
  /**
   * How `power` is known, and from a reading asked for when: the power-good line, the presence line (an empty slot has no
   * power), or only what the enable line was told, which proves nothing. Missing while it is not known.
   */
  powerFrom: z.strictObject({ source: z.enum(['power-good', 'absence', 'command']), atMs: z.number() }).optional(),
  /** From the sled's FRU EEPROM; null when it has none or it cannot be read. `serial` names the sled. */
  fru: z
    .strictObject({ model: z.string().max(64), serial: z.string().max(64), manufacturer: z.string().max(64) })
    .nullable(),
  /** A leak detector has spoken: `cutting` until the power is known to be off, then `cut` until an operator gives it. */
  leak: z.enum(['cutting', 'cut']).optional(),
});

export const sensorFrameSchema = z.strictObject({
  reading: readingSchema,
  /** After hysteresis; reading failures are their own states. */
  state: z.enum(['ok', 'warning', 'critical', 'absent', 'timeout', 'fault']),
});

export const frameSchema = z.strictObject({
  type: z.literal('frame'),
  seq: z.int(),
  /** The guardian's monotonic clock, comparable on this machine. */
  atMs: z.number(),
  /** How late this tick was, and how long its sweep took. */
  lateMs: z.number(),
  sweepMs: z.number(),
  sensors: z.record(z.string(), sensorFrameSchema),
  fans: z.array(fanFrameSchema),
  zones: z.array(zoneFrameSchema),
  slots: z.array(slotFrameSchema),
  /** Whether an intent's lease is valid at the moment. */
  intentHeld: z.boolean(),
});

export const guardianEventSchema = z.strictObject({
  type: z.literal('event'),
  severity: z.enum(['info', 'warning', 'critical']),
  source: z.string().max(80),
  code: z.string().max(60),
  text: z.string().max(400),
  data: z.record(z.string(), z.unknown()),
});

export const helloSchema = z.strictObject({
  type: z.literal('hello'),
  version: z.string(),
  board: z.string(),
  intervalMs: z.number(),
});

/** Answer to a command with an id. */
export const answerSchema = z.strictObject({ type: z.literal('answer'), id: z.int(), error: z.string().nullable() });

export const guardianMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  frameSchema,
  guardianEventSchema,
  answerSchema,
]);

/** Replaces the intent before it. `airMoverRatios`: what the plan would run; the loop may go higher, never under its minimum. */
export const intentSchema = z.strictObject({
  type: z.literal('intent'),
  leaseMs: z.number().min(0).max(600_000),
  airMoverRatios: z.record(z.string(), z.number().min(0).max(1)),
  /** Operator's fixed speeds; still overridden upwards by the cooling loop when a limit is near. */
  manualRatios: z.record(z.string(), z.number().min(0).max(1)),
  /** Further readings for the cooling loop (sleds' BMCs), by sensor name. */
  readings: z.record(z.string(), readingSchema),
});

/** Cut or give a slot's power, or light its identify LED; answered with `answer`. */
export const slotCommandSchema = z.strictObject({
  type: z.literal('slot'),
  id: z.int(),
  slot: z.int(),
  action: z.enum(['power-on', 'power-off', 'identify-on', 'identify-off']),
});

export const controllerMessageSchema = z.discriminatedUnion('type', [intentSchema, slotCommandSchema]);

export type FanFrame = z.output<typeof fanFrameSchema>;
export type ZoneFrame = z.output<typeof zoneFrameSchema>;
export type SlotFrame = z.output<typeof slotFrameSchema>;
export type SensorFrame = z.output<typeof sensorFrameSchema>;
export type Frame = z.output<typeof frameSchema>;
export type GuardianEvent = z.output<typeof guardianEventSchema>;
export type GuardianMessage = z.output<typeof guardianMessageSchema>;
export type Intent = z.output<typeof intentSchema>;
export type SlotCommand = z.output<typeof slotCommandSchema>;
export type ControllerMessage = z.output<typeof controllerMessageSchema>;
