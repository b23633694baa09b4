// The simulated chassis as a program: hardware on a Unix socket, a plant behind it, real agents on its sleds. JSON lines:
// reports on standard output, commands ({"start":true}, {"do":action}, {"tell":"wire"}, {"move":record}, {"judge":"on"})
// on standard input, log on standard error.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pino from 'pino';
import * as z from 'zod';
import { realClock } from '../src/core/clock.ts';
import { describeError, exitCodeOf } from '../src/core/errors.ts';
import { seededRandom } from '../src/core/random.ts';
import { readArguments, type SledArguments } from './arguments.ts';
import { loadBoardFile } from './board-file.ts';
import { BusServer } from './bus-server.ts';
import { Chassis } from './chassis.ts';
import { FaultDesk } from './faults/fault-desk.ts';
import { ModbusHost } from './modbus/modbus-host.ts';
import { PaperLoad } from './paper-load.ts';
import { boardNames, checkPlantFits, defaultPlant, makePlant } from './plant-for-board.ts';
import { loadPlant } from './plant/parameters.ts';
import { actionSchema, loadScenario } from './scenario.ts';
import { checkFits } from './scenario/board-fit.ts';
import { Simulation, type SimulationMessage } from './simulation.ts';
import { Fleet } from './sleds/fleet.ts';

const MAX_COMMAND_BYTES = 64 * 1024;
/** Real milliseconds before an answer is due from which on the bus server spins. */
const SPIN_MS = 2;

const commandSchema = z.union([
  z.strictObject({ start: z.literal(true) }),
  z.strictObject({ do: actionSchema }),
  z.strictObject({ tell: z.literal('wire') }),
  z.strictObject({
    move: z.strictObject({
      id: z.string().max(64),
      workload: z.string().max(64),
      from: z.int(),
      to: z.int(),
      outcome: z.enum(['open', 'done', 'undone']),
    }),
  }),
  /** Are Moves switched on? */
  z.strictObject({ judge: z.enum(['on', 'off']) }),
]);

async function main(): Promise<void> {
  const options = readArguments();
  const logger = pino({ name: 'hwsim' }, pino.destination({ dest: 2, sync: true }));
  const log = (text: string, data: Readonly<Record<string, unknown>> = {}) => logger.info(data, text);
  const board = loadBoardFile(options.board);
  const scenario = loadScenario(options.scenario);
  checkFits(scenario, options.scenario, boardNames(board));
  const parameters = options.plant === null ? defaultPlant(board) : loadPlant(options.plant);
  checkPlantFits(board, parameters, options.plant ?? options.board);

  const plant = makePlant(board, parameters, scenario);
  const sledOf = new Map(scenario.sleds.map((sled) => [sled.slot, sled]));
  const identity = (slot: number) => {
    const sled = sledOf.get(slot);
    return sled === undefined ? null : { manufacturer: 'Coldslot Works', model: sled.model, serial: sled.id };
  };
  const random = seededRandom(options.seed);
  const chassis = new Chassis({ board, plant, random, identity });
  const busTime = realClock(options.speed);
  const server = new BusServer(chassis, busTime, log, SPIN_MS * options.speed);
  const host = new ModbusHost({ shelf: chassis.modbus, clock: busTime, speed: options.speed, random, log });
  const realTime = realClock();

  const fleet = options.sleds === null ? null : makeFleet(options.sleds, options.chassis ?? board.id);
  function makeFleet(sleds: SledArguments, chassisId: string): Fleet {
    mkdirSync(join(sleds.runDirectory, 'sleds'), { recursive: true });
    const settings = { ...sleds, chassis: chassisId };
    return new Fleet({ settings, scenario, chassis, agentCommand: sleds.agentCommand, clock: realTime, log });
  }
  const paper = new PaperLoad(scenario, plant);
  const desk = new FaultDesk(chassis, (workload, cores) => (fleet ?? paper).setLoad(workload, cores));

  await server.listen(options.socket);
  const modbus: Record<string, string> = {};
  for (const { bus, place } of options.modbus) modbus[bus] = await host.serve(bus, place);
  const print = (message: SimulationMessage) => void process.stdout.write(`${JSON.stringify(message)}\n`);
  const metrics = () => plant.metrics();
  const simulation = new Simulation({
    chassis,
    metrics,
    restartMetrics: () => plant.restartMeter(),
    scenario,
    limits: new Map(board.slots.map((slot) => [slot.number, slot.limitC])),
    desk,
    speed: options.speed,
    clock: realTime,
    print,
    log,
  });
  const end = endOnce(simulation, [server, host], fleet);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdout.on('error', end); // whoever started it is gone
  await fleet?.start();
  obey(simulation, () => print({ type: 'wire', busS: wireTimes(chassis) }), log);
  print({ type: 'ready', ...(options.modbus.length === 0 ? {} : { modbus }) });
}

function endOnce(
  simulation: Simulation,
  servers: readonly { close(): Promise<void> }[],
  fleet: Fleet | null,
): () => void {
  let ending = false;
  return () => {
    if (ending) return;
    ending = true;
    simulation.stop();
    void Promise.all([...servers.map((server) => server.close()), fleet?.end()]).then(() => process.exit(0));
  };
}

/** Seconds that transactions have held each physical bus so far. */
function wireTimes({ topology }: Chassis): Record<string, number> {
  const physical = topology.busIds().filter((bus) => topology.root(bus) === bus);
  return Object.fromEntries(physical.map((bus) => [bus, topology.wireTimeS(bus)]));
}

/** Commands, one JSON line each; a wrong one is logged and nothing happens. */
function obey(simulation: Simulation, tellWire: () => void, log: (text: string) => void): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    try {
      if (line.length > MAX_COMMAND_BYTES) throw new Error(`it is longer than ${MAX_COMMAND_BYTES} bytes`);
      const command = commandSchema.parse(JSON.parse(line));
      if ('start' in command) simulation.start();
      else if ('do' in command) simulation.act(command.do);
      else if ('move' in command) simulation.noteMove(command.move);
      else if ('judge' in command) simulation.judge(command.judge);
      else tellWire();
    } catch (error) {
      log(`command ignored: ${describeError(error)}`);
    }
  });
}

main().catch((error: unknown) => {
  console.error(`hwsim: ${describeError(error)}`);
  process.exit(exitCodeOf(error));
});
