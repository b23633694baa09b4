// The parts of the simulated system as processes: controller (with broker), simulator (with the sleds' agents), guardian.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { loadScenario } from '../../hwsim/scenario.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import { callController } from '../../src/surfaces/console/control-client.ts';
import { Child } from './child.ts';
import { nodeFlags } from './node-flags.ts';
import type { StartOptions } from './options.ts';
import { simLineSchema, type SimReport, type Verdict } from './report.ts';

const READY_MS = 60_000;
const VERDICT_MS = 2000;

/** The first that is asked for. */
const MODBUS_PORT = 1502;

type ModbusAddresses = ReadonlyMap<string, string>;

/** What a guardian drives: the simulator's socket, and Modbus buses where they came to be. */
interface SimulatedHardware {
  readonly socket: string;
  modbus: ModbusAddresses;
}

const simulatorReadySchema = z.object({
  type: z.literal('ready'),
  modbus: z.record(z.string(), z.string()).default({}),
});

type Addresses = z.output<typeof controllerReadySchema>;

const controllerReadySchema = z.object({
  ready: z.literal(true),
  mqtt: z.string(),
  mqtts: z.string().nullable(),
  enrolment: z.string().nullable(),
  control: z.string(),
  agentKeyFile: z.string(),
});

export interface SystemListener {
  onReport(report: SimReport): void;
  onSay(text: string): void;
  onLog(name: string, line: string): void;
  onDeath(name: string, how: string): void;
}

/** The same course on a second plant, where nothing is ever moved: its guardian can only spin the fans up. */
export interface Twin {
  report(): SimReport | null;
}

export interface System {
  readonly twin: Twin;
  readonly mqtt: string;
  readonly control: string;
  /** Where the chassis's Modbus buses are, by bus, in the board's order. */
  readonly modbus: ModbusAddresses;
  readonly pids: () => Readonly<Record<string, number | null>>;
  /** Plant time and the scenario begin. */
  startCourse(): void;
  /** The latest word on a Move; the simulator judges by it. */
  noteMove(move: { id: string; workload: string; from: number; to: number; outcome: 'open' | 'done' | 'undone' }): void;
  /** Which expectations of the scenario are met; null when the simulator does not say. */
  judge(): Promise<Verdict | null>;
  end(): Promise<void>;
}

/** `modbusBuses`: the board's, by name. */
export async function startSystem(
  options: StartOptions,
  modbusBuses: readonly string[],
  run: string,
  listener: SystemListener,
): Promise<System> {
  const children: { readonly name: string; readonly child: Child }[] = [];
  const end = async () => {
    // the controller first: that the others go is nothing it has to tell anyone
    const [controller, ...others] = children;
    await controller?.child.end();
    for (const { child } of others.toReversed()) await child.end();
  };
  const pids = () => Object.fromEntries(children.map(({ name, child }) => [name, child.pid]));
  const launch = (
    name: string,
    args: () => readonly string[],
    whenReady: (json: unknown) => boolean,
    onLine: (json: unknown) => void,
  ) =>
    new Promise<Child>((resolve, reject) => {
      let ready = false;
      let lastLog = '';
      const late = setTimeout(
        () => reject(new ColdslotError('failed', name, `was not ready within ${READY_MS / 1000} s`, lastLog)),
        READY_MS,
      );
      const child: Child = new Child({
        name,
        args: () => [...nodeFlags(name), ...args()],
        onStart: () => setImmediate(() => writePids(run, pids())),
        onLine: (line) => {
          const json = parseLine(line);
          if (!ready && whenReady(json)) {
            ready = true;
            clearTimeout(late);
            resolve(child);
          }
          onLine(json);
        },
        onLog: (from, line) => {
          lastLog = line;
          listener.onLog(from, line);
        },
        onDeath: (how) => {
          if (ready) {
            listener.onDeath(name, how);
            return 'restart';
          }
          clearTimeout(late);
          reject(startFailure(name, how, lastLog));
          return 'give-up';
        },
      });
      children.push({ name, child });
    });

  try {
    const state = join(run, 'state');
    rmSync(state, { recursive: true, force: true });
    mkdirSync(state, { recursive: true, mode: 0o700 });
    const guardianSocket = join(run, 'guardian.sock');
    const simulated = (socket: string): SimulatedHardware => ({
      socket: join(run, socket),
      modbus: new Map(modbusBuses.map((bus, i) => [bus, `tcp://127.0.0.1:${MODBUS_PORT + i}`])),
    });
    const hardware = simulated('bus.sock');
    const twinHardware = simulated('twin-bus.sock');
    const speed = String(options.speed);
    const isReady = (json: unknown) => z.object({ ready: z.literal(true) }).safeParse(json).success;

    let addresses: Addresses | null = null;
    await launch(
      'controller',
      () => [
        join(options.dist, 'controller.mjs'),
        ...[
          '--board',
          options.board,
          '--guardian',
          guardianSocket,
          '--socket',
          join(run, 'control.sock'),
          '--state',
          join(state, 'controller'),
        ],
        ...['--speed', speed, ...(options.moves ? [] : ['--no-moves']), ...brokerArguments(options.broker, addresses)],
      ],
      (json) => {
        const parsed = controllerReadySchema.safeParse(json);
        addresses ??= parsed.success ? parsed.data : null;
        return parsed.success;
      },
      () => {},
    );
    const { mqtt, mqtts, enrolment, control, agentKeyFile } = controllerReadySchema.parse(addresses);

    const simulator = [
      '--board',
      options.board,
      '--scenario',
      options.scenario,
      '--speed',
      speed,
      '--seed',
      String(options.seed),
    ];
    if (options.plant !== null) simulator.push('--plant', options.plant);
    const startPlant = (
      name: string,
      hardware: SimulatedHardware,
      args: readonly string[],
      onLine: (json: unknown) => void,
    ) =>
      launch(
        name,
        () => [
          join(options.dist, 'hwsim.mjs'),
          ...[...simulator, '--socket', hardware.socket, ...modbusArguments(hardware.modbus), ...args],
        ],
        (json) => {
          const ready = simulatorReadySchema.safeParse(json);
          // one that is started again comes back where the guardian looks for it
          if (ready.success) hardware.modbus = new Map(Object.entries(ready.data.modbus));
          return ready.success;
        },
        onLine,
      );
    const startGuardian = (name: string, socket: string, hardware: SimulatedHardware, ...more: readonly string[]) =>
      launch(
        name,
        () => [
          join(options.dist, 'guardian.cjs'),
          ...['--board', options.board, '--socket', socket, '--sim-bus', hardware.socket, '--speed', speed],
          ...[...modbusArguments(hardware.modbus), ...more],
        ],
        isReady,
        () => {},
      );

    const sleds = [
      ...['--run', join(state, 'hwsim'), '--broker', mqtts ?? mqtt],
      ...(enrolment === null
        ? ['--controller-key', agentKeyFile]
        : ['--enrolment', await enrolSleds(control, enrolment, state, options)]),
      ...['--agent-command', JSON.stringify([process.execPath, join(options.dist, 'agent.mjs')])],
      ...['--burner', join(options.dist, 'burner.mjs')],
    ];
    let takeVerdict = (_verdict: Verdict) => {};
    const hwsim = await startPlant('hwsim', hardware, sleds, (json) => {
      const line = simLineSchema.safeParse(json);
      if (!line.success) return;
      if (line.data.type === 'report') listener.onReport(line.data);
      else if (line.data.type === 'say') listener.onSay(line.data.text);
      else if (line.data.type === 'verdict') takeVerdict(line.data.results);
    });
    await startGuardian('guardian', guardianSocket, hardware, '--realtime');

    // The twin has the same plant and course, but its loads stay where they are and no controller advises its guardian.
    let twinReport: SimReport | null = null;
    const twin = await startPlant('twin-hwsim', twinHardware, ['--no-sleds'], (json) => {
      const line = simLineSchema.safeParse(json);
      if (line.success && line.data.type === 'report') twinReport = line.data;
    });
    await startGuardian('twin-guardian', join(run, 'twin-guardian.sock'), twinHardware);
    return {
      mqtt,
      control,
      modbus: hardware.modbus,
      twin: { report: () => twinReport },
      pids,
      startCourse: () => {
        hwsim.write({ start: true });
        twin.write({ start: true });
      },
      noteMove: (move) => hwsim.write({ move }),
      judge: () =>
        new Promise((resolve) => {
          const late = setTimeout(() => resolve(null), VERDICT_MS);
          takeVerdict = (verdict) => {
            clearTimeout(late);
            resolve(verdict);
          };
          hwsim.write({ judge: options.moves ? 'on' : 'off' });
        }),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** A part that refused its input (exit status 2) has said all there is to say in its last line. */
function startFailure(name: string, how: string, lastLog: string): ColdslotError {
  if (how !== 'exit status 2') return new ColdslotError('failed', name, `could not start (${how})`, lastLog);
  const prefix = `${name}: `;
  return new ColdslotError('bad-input', name, lastLog.startsWith(prefix) ? lastLog.slice(prefix.length) : lastLog);
}

function modbusArguments(modbus: ModbusAddresses): string[] {
  return [...modbus].flatMap(([bus, place]) => ['--modbus', `${bus}=${place}`]);
}

/** A controller that is started again comes back where the agents look for it: on the port its broker had before. */
const codeSchema = z.object({ code: z.string() });

/** A code for each sled of the scenario, in a file that only its owner may read. */
async function enrolSleds(
  control: string,
  address: string,
  state: string,
  { scenario }: StartOptions,
): Promise<string> {
  const codes: Record<string, string> = {};
  for (const { id, agent } of loadScenario(scenario).sleds) {
    if (!agent) continue;
    codes[id] = codeSchema.parse(await callController(control, { method: 'pki-enroll', sled: id })).code;
  }
  const file = join(state, 'enrolment.json');
  writeFileSync(file, JSON.stringify({ address, codes }), { mode: 0o600 });
  return file;
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}

/** A controller that is started again has its ports back: everybody knows them. */
function brokerArguments(broker: string | null, before: Addresses | null): string[] {
  if (broker !== null) return ['--broker', broker];
  if (before === null) return [];
  const { mqtt, mqtts, enrolment } = before;
  const secure = mqtts === null ? [] : ['--mqtts-port', new URL(mqtts).port];
  return [
    '--mqtt-port',
    new URL(mqtt).port,
    ...secure,
    ...(enrolment === null ? [] : ['--enrolment-port', portOf(enrolment)]),
  ];
}

/** `pids.json` in the run directory names the processes by part, for whoever wants to look at them or end them. */
function writePids(run: string, pids: Readonly<Record<string, number | null>>): void {
  const file = join(run, 'pids.json');
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(pids)}\n`);
    renameSync(`${file}.new`, file);
  } catch {
    // nothing depends on it: a full disk, or the run directory is gone already
  }
}
