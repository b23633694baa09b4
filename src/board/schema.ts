// What a board file says: buses, chips, sensors, air movers, zones, slots. Units are last in the keys.
// The types are inferred from the schema, and boards/board.schema.json is generated from it.
import * as z from 'zod';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,47}$/, 'expected a name of letters, digits, _ . - (1 to 48)');
const positive = z.number().positive();
const ratio = z.number().min(0).max(1);
/** A 7-bit I2C address, as "0x4f". */
const address = z.string().regex(/^0x[0-7][0-9a-fA-F]$/, 'expected a 7-bit I2C address such as "0x4f"');
/** An I2C address, or on a Modbus bus the unit, 0x01 to 0xf7. */
const deviceAddress = z.string().regex(/^0x[0-9a-fA-F]{2}$/, 'expected an address of two hex digits such as "0x4f"');

/** A line of a GPIO bus; the level is the wire's. */
const gpioPlaceSchema = z.strictObject({ bus: id, line: z.int().min(0).max(1023) });

export const busSchema = z.discriminatedUnion('kind', [
  /** `number` is Linux's: /dev/i2c-NUMBER. */
  z.strictObject({
    id,
    kind: z.literal('i2c'),
    number: z.int().min(0).max(255),
    clockHz: z.int().min(10_000).max(3_400_000).default(100_000),
    /** Lines through which its wires can be driven low and let go (open drain), to free it when a device holds it. */
    recovery: z.strictObject({ scl: gpioPlaceSchema, sda: gpioPlaceSchema }).optional(),
  }),
  /** `chip`: label of the GPIO controller in /sys/class/gpio (such as "1e780000.gpio"), or "linux": lines are Linux's own numbers. */
  z.strictObject({ id, kind: z.literal('gpio'), chip: z.string().max(64) }),
  /** Files of the kernel's hwmon drivers, /sys/class/hwmon: for fans on the SoC's own PWM. Its devices have `hwmon`. */
  z.strictObject({ id, kind: z.literal('hwmon') }),
  z.strictObject({ id, kind: z.literal('modbus-rtu'), path: z.string().max(128), baud: z.int().positive() }),
  z.strictObject({ id, kind: z.literal('modbus-tcp'), host: z.string().max(128), port: z.int().min(1).max(65_535) }),
  z.strictObject({ id, kind: z.literal('ipmi-lan'), host: z.string().max(128), port: z.int().min(1).max(65_535) }),
]);

/** A mux's channels are buses of their own (the kernel's mux driver makes them). `number`: Linux bus number, else found in sysfs. */
export const muxSchema = z.strictObject({
  id,
  chip: z.enum(['pca9548', 'pca9546']),
  bus: id,
  address,
  channels: z
    .array(z.strictObject({ channel: z.int().min(0).max(7), id, number: z.int().min(0).max(1023).optional() }))
    .min(1)
    .max(8),
});

/** A line of a GPIO bus (`line` = Linux line number or name offset) or of an I/O expander. */
export const lineSchema = z.union([
  z.strictObject({ bus: id, line: z.int().min(0).max(1023), activeLow: z.boolean().default(false) }),
  z.strictObject({ device: id, pin: z.int().min(0).max(39), activeLow: z.boolean().default(false) }),
]);

/** Upper and lower thresholds in the sensor's unit. Above `powerDownHigh` the slot's power is cut. */
export const limitsSchema = z.strictObject({
  warningHigh: z.number().optional(),
  criticalHigh: z.number().optional(),
  powerDownHigh: z.number().optional(),
  warningLow: z.number().optional(),
  criticalLow: z.number().optional(),
});

/** One channel of a chip → one sensor. A temperature must have limits.criticalHigh. */
export const channelSchema = z.strictObject({
  /** hwmon name of the chip's channel: temp1, temp2, in1, curr1, power1, fan1. */
  channel: z.string().regex(/^(temp|in|curr|power|fan)[0-9]{1,2}$/),
  sensor: id,
  limits: limitsSchema.default({}),
  hysteresis: z.number().min(0).default(2),
  /** Cooling cannot do without it: until it has been read once fans stay at full speed, its loss is a failsafe. */
  mustHave: z.boolean().default(false),
  /** Worst-case slew while it cannot be read, in its unit per second. */
  maxRisePerS: positive.default(1),
  /** How long a stale must-have reading may be extrapolated before it counts as failed. */
  timeoutS: positive.default(10),
});

/** Which hwmon device: the text of its `name` file; `device` is the kernel's device name where several have that name. */
export const hwmonSchema = z.strictObject({
  name: z.string().min(1).max(64),
  device: z.string().min(1).max(64).optional(),
});

/**
 * On a bus of kind `hwmon` the address only tells the devices apart (the simulator's bus server uses it); on a Modbus bus
 * it is the unit, and `chip` names a register map.
 */
export const deviceSchema = z.strictObject({
  id,
  chip: z.string().min(1).max(32),
  bus: id,
  address: deviceAddress,
  /** Devices on a hwmon bus only. */
  hwmon: hwmonSchema.optional(),
  /** The slot whose sled carries it: absent and silent when the sled is not there. Leave out for chassis parts. */
  slot: z.int().min(0).max(255).optional(),
  /** `i2c`: we read registers; `hwmon`: a kernel driver owns the chip, we read its files. The simulator has registers only. */
  via: z.enum(['i2c', 'hwmon']).default('i2c'),
  shuntMicroOhm: positive.optional(),
  /** Transfers end in an SMBus packet error code, for PMBus devices that have it. */
  pec: z.boolean().optional(),
  channels: z.array(channelSchema).max(64).default([]),
});

export const airMoverSchema = z.strictObject({
  id,
  /** `shared`: fans of one zone that all say so hang on one output, which gets the highest ratio that any is to run at. */
  pwm: z.strictObject({ device: id, channel: z.int().min(1).max(16), shared: z.literal(true).optional() }),
  /** One for each rotor. `fullRpm`: speed at ratio 1. */
  tachometers: z
    .array(z.strictObject({ device: id, channel: z.int().min(1).max(16), fullRpm: positive }))
    .min(1)
    .max(4),
  presence: lineSchema.optional(),
  /** Sensor of the electrical power that it takes. */
  powerSensor: id.optional(),
  minRatio: ratio.default(0.2),
  maxFlowM3s: positive,
  idlePowerW: z.number().min(0),
  maxPowerW: positive,
});

/** A stepwise table: while the sensor is at or above `atC` the ratio is at least `ratio`; `hysteresisK` going down. */
export const tableSchema = z.strictObject({
  sensor: id,
  hysteresisK: z.number().min(0).default(2),
  steps: z
    .array(z.strictObject({ atC: z.number(), ratio }))
    .min(1)
    .max(32),
});

/** PI on the worst margin: gains per K of margin error, integral per K·s; `targetMarginK` is kept. */
export const zoneSchema = z.strictObject({
  id,
  airMovers: z.array(id).min(1).max(32),
  /** Temperature sensors that count here. */
  sensors: z.array(id).min(1).max(256),
  pi: z
    .strictObject({
      proportionalPerK: z.number().min(0).default(0.02),
      integralPerKS: z.number().min(0).default(0.0003),
      targetMarginK: z.number().min(0).default(8),
    })
    .prefault({}),
  /** Ratio added per W of slot power above the running mean. */
  feedForwardPerW: z.number().min(0).default(0),
  minRatio: ratio.default(0.2),
  failsafeRatio: ratio.default(1),
  /** How much the ratio may fall in a second; rising is never limited. */
  slewDownPerS: positive.default(0.02),
  tables: z.array(tableSchema).max(64).default([]),
});

export const slotSchema = z.strictObject({
  number: z.int().min(0).max(255),
  row: z.int().min(0).max(31),
  column: z.int().min(0).max(63),
  presence: lineSchema.optional(),
  /** The sled pulls it while it is too hot by its own measure, as an LM75's comparator output does; mostly active low. */
  alert: lineSchema.optional(),
  power: z.strictObject({ enable: lineSchema, good: lineSchema.optional() }).optional(),
  /** A leak detector's output: when it becomes active the slot's power is cut at once, and stays off until an operator gives it. */
  leak: lineSchema.optional(),
  identify: lineSchema.optional(),
  /** Sensor names. `temperature` is the one the limit and the model are about. */
  sensors: z.strictObject({ temperature: id, inlet: id.optional(), memory: id.optional(), power: id.optional() }),
  /** Device with the sled's FRU information. */
  fru: id.optional(),
  limitC: z.number(),
  marginK: z.number().min(0).default(5),
  /** Start values of the chassis model; identified on line afterwards. */
  model: z.strictObject({
    idlePowerW: z.number().min(0),
    powerCapW: positive.nullable().default(null),
    openness: ratio.default(1),
    share: z.record(id, ratio),
    rKPerW: z.number().min(0),
    kFlow: z.number().min(0),
    timeConstantS: positive.default(80),
  }),
  capacity: z.record(id, z.number().min(0)).default({}),
});

/** A leak detector that belongs to no single slot. `cuts`: the slots whose power it cuts. */
export const leakSchema = z.strictObject({
  id,
  line: lineSchema,
  cuts: z.union([z.literal('all'), z.array(z.int().min(0).max(255)).min(1).max(64)]),
});

export const watchdogSchema = z.discriminatedUnion('kind', [
  /** The fan controller's own I2C watchdog: full speed when nobody talks to it (5, 10 or 30 s). */
  z.strictObject({
    kind: z.literal('max31790'),
    device: id,
    timeoutS: z.union([z.literal(5), z.literal(10), z.literal(30)]),
  }),
  z.strictObject({ kind: z.literal('linux'), path: z.string().max(128) }),
]);

/**
 * When the planner moves work; what is left out is as the controller has it by default (planner-policy.ts, where each
 * is explained). Seconds are of plant time.
 */
export const plannerSchema = z.strictObject({
  /** Moves under way at once. */
  movesAtOnce: z.int().min(1).max(16).optional(),
  /** A workload stays at least so long where it was put, unless its slot is about to be over its limit. */
  residenceS: z.number().min(0).max(86_400).optional(),
  /** Moves of one workload in an hour, and of all; of those, so many are kept for slots about to be over their limit. */
  movesPerHour: z.int().min(0).max(1000).optional(),
  chassisMovesPerHour: z.int().min(0).max(10_000).optional(),
  chassisMovesKept: z.int().min(0).max(10_000).optional(),
  /** No return to a slot that work left, and after that not while the load is what it was. */
  noReturnS: z.number().min(0).max(604_800).optional(),
  /** After a Move, readings are given so long to follow. */
  settleS: z.number().min(0).max(3600).optional(),
  /** After an undone Move its workload, and its destination, are left alone; twice as long each time, to the longest. */
  failedPauseS: z.number().min(0).max(86_400).optional(),
  failedSlotPauseS: z.number().min(0).max(86_400).optional(),
  failedPauseMaxS: z.number().min(0).max(604_800).optional(),
  /** Share of the air movers' power that moves for energy must save. */
  energyGain: ratio.optional(),
  /** Air-mover power each such Move must save by itself: while the model is new, and when it is known. */
  energyGainPerMoveW: z.strictObject({ early: z.number().min(0), known: z.number().min(0) }).optional(),
  knownAfterS: z.number().min(0).max(604_800).optional(),
  /** Overshoot that moves off a hot slot must relieve. */
  overshootGainK: z.number().min(0).max(100).optional(),
});

export const boardSchema = z.strictObject({
  $schema: z.string().optional(),
  format: z.literal('coldslot-board/1'),
  /** The chassis id in topics; a running chassis may be given another. */
  id,
  name: z.string().min(1).max(80),
  /** Where the facts are from. */
  source: z.string().max(400).optional(),
  buses: z.array(busSchema).min(1).max(64),
  muxes: z.array(muxSchema).max(64).default([]),
  devices: z.array(deviceSchema).min(1).max(512),
  airMovers: z.array(airMoverSchema).max(64),
  zones: z.array(zoneSchema).max(16),
  slots: z.array(slotSchema).min(1).max(64),
  leaks: z.array(leakSchema).max(32).default([]),
  /** Sensor of the air that comes in; the lowest inlet where there is none. */
  ambientSensor: id.optional(),
  /** Start values; rows and columns in the order of `slots`. */
  recirculation: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('airflow'), preheat: z.array(z.array(z.number().min(0))) }),
      z.strictObject({ kind: z.literal('linear'), kPerW: z.array(z.array(z.number().min(0))) }),
    ])
    .default({ kind: 'none' }),
  /** Whether an air mover may run a little faster for some minutes now and then, to learn where its air goes. */
  excitation: z.boolean().default(true),
  watchdogs: z.array(watchdogSchema).max(8).default([]),
  planner: plannerSchema.default({}),
  /** Sweep and control interval. */
  intervalMs: z.int().min(50).max(10_000).default(1000),
});

export type Board = z.output<typeof boardSchema>;
export type BoardHwmon = z.output<typeof hwmonSchema>;
export type BoardBus = z.output<typeof busSchema>;
export type BoardMux = z.output<typeof muxSchema>;
export type BoardLine = z.output<typeof lineSchema>;
export type BoardDevice = z.output<typeof deviceSchema>;
export type BoardChannel = z.output<typeof channelSchema>;
export type BoardAirMover = z.output<typeof airMoverSchema>;
export type BoardTable = z.output<typeof tableSchema>;
export type BoardZone = z.output<typeof zoneSchema>;
export type BoardSlot = z.output<typeof slotSchema>;
export type BoardLeak = z.output<typeof leakSchema>;
export type BoardPlanner = z.output<typeof plannerSchema>;
export type BoardWatchdog = z.output<typeof watchdogSchema>;
export type SensorLimits = z.output<typeof limitsSchema>;
