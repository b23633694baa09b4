// The simulator's own reading of a board file: only what is soldered where. Looser than the controller's, because
// gains and models are none of the hardware's business; of the limits only
// those that tell what a sled's alert line is set to, and what a supply rail should be.
import * as z from 'zod';
import type { ModbusMap } from '../src/protocols/modbus/register-map.ts';
import { badInput, parseInput, readInput } from './json-input.ts';
import { findMaps } from './modbus/register-maps.ts';

const name = z.string().min(1).max(64);
const address = z
  .string()
  .regex(/^0x[0-7][0-9a-fA-F]$/, 'expected a 7-bit I2C address such as "0x4f"')
  .transform((text) => Number.parseInt(text, 16));

const wirePlace = z.object({ bus: name, line: z.int().min(0) });
/** Of a Modbus device it is the unit, 0x01 to 0xf7. */
const deviceAddress = z
  .string()
  .regex(/^0x[0-9a-fA-F]{2}$/, 'expected an address of two hex digits such as "0x4f"')
  .transform((text) => Number.parseInt(text, 16));
const HIGHEST_I2C = 0x7f;

const gpioPlace = z.object({ bus: name, line: z.int().min(0), activeLow: z.boolean().default(false) });
const pinPlace = z.object({ device: name, pin: z.int().min(0), activeLow: z.boolean().default(false) });
const linePlace = z.union([gpioPlace, pinPlace]);
const chipChannel = z.object({ device: name, channel: z.int().min(1) });

const boardFileSchema = z.object({
  id: name,
  buses: z
    .array(
      z.object({
        id: name,
        kind: z.string(),
        clockHz: z.number().positive().default(100_000),
        recovery: z.object({ scl: wirePlace, sda: wirePlace }).optional(),
        baud: z.number().positive().optional(),
      }),
    )
    .min(1)
    .max(64),
  muxes: z
    .array(
      z.object({
        id: name,
        chip: z.string(),
        bus: name,
        address,
        channels: z.array(z.object({ channel: z.int().min(0).max(7), id: name })),
      }),
    )
    .default([]),
  devices: z.array(
    z.object({
      id: name,
      chip: z.string(),
      bus: name,
      address: deviceAddress,
      slot: z.int().optional(),
      shuntMicroOhm: z.number().positive().default(10_000),
      channels: z
        .array(
          z.object({
            channel: z.string(),
            sensor: name,
            limits: z.object({ criticalHigh: z.number().optional(), criticalLow: z.number().optional() }).optional(),
          }),
        )
        .default([]),
    }),
  ),
  airMovers: z
    .array(
      z.object({
        id: name,
        pwm: chipChannel,
        tachometers: z.array(chipChannel.extend({ fullRpm: z.number().positive() })).min(1),
        maxFlowM3s: z.number().positive().optional(),
        idlePowerW: z.number().min(0).optional(),
        maxPowerW: z.number().positive().optional(),
        presence: linePlace.optional(),
        powerSensor: name.optional(),
      }),
    )
    .default([]),
  leaks: z
    .array(
      z.object({
        id: name,
        line: linePlace,
        cuts: z.union([z.literal('all'), z.array(z.int().min(0))]).default('all'),
      }),
    )
    .default([]),
  slots: z.array(
    z.object({
      number: z.int().min(0),
      row: z.int().min(0).default(0),
      column: z.int().min(0).default(0),
      limitC: z.number(),
      presence: linePlace.optional(),
      alert: linePlace.optional(),
      leak: linePlace.optional(),
      power: z.object({ enable: linePlace, good: linePlace.optional() }).optional(),
      sensors: z.object({
        temperature: name,
        inlet: name.optional(),
        memory: name.optional(),
        power: name.optional(),
      }),
      fru: name.optional(),
      capacity: z.record(z.string(), z.number()).default({}),
    }),
  ),
});

export type BoardFile = z.output<typeof boardFileSchema> & {
  /** Register maps of Modbus devices, by the name that devices have as their chip. */
  readonly maps: ReadonlyMap<string, ModbusMap>;
};
export type BoardDevice = BoardFile['devices'][number];
export type BoardSlot = BoardFile['slots'][number];
export type LinePlace = z.output<typeof linePlace>;

/**
 * `mapsFor` gives the register maps of the names asked for.
 * @throws ColdslotError `bad-input` with the file and the JSON path of what is wrong
 */
export function parseBoardFile(
  text: string,
  file: string,
  mapsFor: (names: readonly string[]) => readonly ModbusMap[] = () => [],
): BoardFile {
  const board = parseInput(boardFileSchema, text, file);
  const modbus = new Set(board.buses.filter((bus) => bus.kind.startsWith('modbus-')).map((bus) => bus.id));
  board.devices.forEach(({ address, bus }, i) => {
    if (address <= HIGHEST_I2C || modbus.has(bus)) return;
    throw badInput(file, `devices[${i}].address`, 'expected a 7-bit I2C address such as "0x4f"');
  });
  const names = board.devices.filter((device) => modbus.has(device.bus)).map((device) => device.chip);
  return { ...board, maps: new Map(mapsFor(names).map((map) => [map.id, map])) };
}

/** As parseBoardFile, from a file; register maps are looked for beside it. */
export function loadBoardFile(file: string): BoardFile {
  return parseBoardFile(readInput(file, 'board'), file, (names) => findMaps(file, names));
}
