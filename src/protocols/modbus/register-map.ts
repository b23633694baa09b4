// What a Modbus device's registers mean, as data: boards/modbus/*.json, and what people write for devices of their own.
// Modbus Application Protocol 1.1b3, 4.3: registers have 16 bits and are numbered from 0 on the wire.
import * as z from 'zod';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'expected a name of letters, digits, _ . - (1 to 64)');
const register = z.int().min(0).max(65_535);
const unit = z.int().min(1).max(247);

/** `wordOrder`: which register of a number over several of them comes first; `big` = the most significant. */
const place = { name, at: register };
const number = {
  ...place,
  wordOrder: z.enum(['big', 'little']).default('big'),
  /** Value = raw · `scale` + `offset`, in `unit`. */
  scale: z.number().default(1),
  offset: z.number().default(0),
  unit: z.enum(['C', 'V', 'A', 'W', 'rpm', 'Pa', 'l/min', 'Hz', 's', '%', '']).default(''),
  /** The channel's hwmon name, by which a board uses it: temp1, fan1, in1, curr1, power1. In the unit that name has. */
  channel: z
    .string()
    .regex(/^(temp|in|curr|power|fan)[0-9]{1,2}$/)
    .optional(),
  /** Raw values that say that there is no value: a sensor that is not fitted. */
  absent: z.array(z.int()).max(8).default([]),
  /** Asked no more often than this, s; 0 = with each sweep. */
  pollS: z.number().min(0).max(86_400).default(0),
};

export const modbusRegisterSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['u16', 'i16', 'u32', 'i32', 'u64', 'f32']), ...number }),
  /** ASCII, two characters in a register, the high byte first; NUL and blanks at the end are no part of it. */
  z.strictObject({
    type: z.literal('string'),
    ...place,
    length: z.int().min(1).max(32),
    /** What of the inventory it is. */
    fru: z.enum(['manufacturer', 'model', 'serial', 'partNumber', 'revision', 'date']).optional(),
  }),
  /** A bit that is set becomes an event of that name. */
  z.strictObject({
    type: z.literal('flags'),
    ...place,
    pollS: z.number().min(0).max(86_400).default(0),
    bits: z
      .array(
        z.strictObject({
          bit: z.int().min(0).max(15),
          name,
          severity: z.enum(['info', 'warning', 'critical']).default('warning'),
        }),
      )
      .min(1)
      .max(16),
  }),
]);

/** A speed that can be set: PWM output `pwm` of the device as a board uses it. */
export const modbusActuatorSchema = z.strictObject({
  pwm: z.int().min(1).max(16),
  /** Register of the wanted speed, and what ratio 1 is there. */
  at: register,
  fullScale: z.int().min(1).max(65_535),
  /**
   * Written before the first speed and after the device was away, such as a switch to manual control. What several
   * actuators in use ask for in one register is joined by OR: a pump's and a fan's bit of a control register.
   */
  prepare: z
    .array(z.strictObject({ at: register, value: register }))
    .max(8)
    .default([]),
});

export const modbusMapSchema = z.strictObject({
  $schema: z.string().optional(),
  format: z.literal('coldslot-modbus-map/1'),
  /** By which boards name it as a `chip`. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
  name: z.string().min(1).max(80),
  /** Where the facts are from. */
  source: z.string().max(400).optional(),
  /** On a serial line: baud rates to try, the likeliest first. */
  bauds: z.array(z.int().min(1200).max(1_000_000)).min(1).max(8).default([19_200]),
  parity: z.enum(['none', 'even', 'odd']).default('even'),
  /** Units (slave addresses) at which such devices are found. */
  units: z
    .array(z.strictObject({ from: unit, to: unit }))
    .max(16)
    .default([]),
  /** Read to see whether the device is there, and is what the map says. */
  probe: z.strictObject({ at: register, count: z.int().min(1).max(125).default(1) }),
  /** How long it may take to answer. */
  timeoutMs: z.int().min(10).max(10_000).default(300),
  registers: z.array(modbusRegisterSchema).min(1).max(1024),
  actuators: z.array(modbusActuatorSchema).max(16).default([]),
});

export type ModbusMap = z.output<typeof modbusMapSchema>;
export type ModbusRegister = z.output<typeof modbusRegisterSchema>;
export type ModbusActuator = z.output<typeof modbusActuatorSchema>;
