// What a plant file says of a coolant loop.
import * as z from 'zod';
import { moverSchema } from './mover-parameters.ts';

const positive = z.number().positive();
const share = z.number().min(0).max(1);

export const liquidSchema = z.strictObject({
  pumps: z.array(moverSchema).min(1).max(8),
  /** Volumetric heat capacity; water 4.17e6, with a quarter of propylene glycol about 3.9e6. */
  coolantJPerM3K: positive,
  /** Head the loop costs at the pumps' joint free delivery, relative to a pump's own at full speed. */
  resistance: z.number().min(0).max(100),
  /** Part of the loop's flow that goes through the cold plate of a slot, by slot number. */
  share: z.record(z.string().regex(/^\d{1,3}$/, 'expected a slot number'), share),
  /** CPU to coolant: wPerK at the reference flow, with flow^exponent. */
  plate: z.strictObject({ wPerK: positive, referenceFlowM3s: positive, exponent: z.number().min(0.2).max(1) }),
  /** Coolant, pipes and reservoir. */
  reservoirJPerK: positive,
  /** From the coolant to the air of the room. */
  exchangerWPerK: positive,
});

export type LiquidParameters = z.output<typeof liquidSchema>;
