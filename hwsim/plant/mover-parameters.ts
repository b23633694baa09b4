// What a plant file says of one mover: a fan, or a pump of the coolant loop.
import * as z from 'zod';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$/, 'expected a name of letters, digits, _ . - (1 to 48)');
const positive = z.number().positive();

export const moverSchema = z.strictObject({
  id,
  /** `speedFactor`: specimen spread, 1 = as its data sheet says. */
  rotors: z
    .array(z.strictObject({ fullRpm: positive, speedFactor: z.number().min(0.8).max(1.2).default(1) }))
    .min(1)
    .max(4),
  /** Free delivery at full speed, against no pressure: of air, or of coolant. */
  maxFlowM3s: positive,
  idlePowerW: z.number().min(0),
  /** On top of idle, at full speed. */
  maxPowerW: positive,
  /** Speed follows ratio^exponent. */
  speedExponent: z.number().min(0.5).max(1.5).default(1),
  /** A PWM below this does not turn it. */
  stopBelowRatio: z.number().min(0).max(1).default(0.05),
  riseTimeS: positive,
  fallTimeS: positive,
});
