// The simulator's command line.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { ColdslotError } from '../src/core/errors.ts';
import { parseModbusPlace, type ModbusPlace } from './modbus/modbus-place.ts';

const agentCommandSchema = z.tuple([z.string()], z.string());

const enrolmentSchema = z.strictObject({ address: z.string(), codes: z.record(z.string(), z.string()) });

export type SledEnrolment = z.output<typeof enrolmentSchema>;

/** What it takes to run real agents with real work. */
export interface SledArguments {
  readonly runDirectory: string;
  readonly agentCommand: readonly [string, ...string[]];
  readonly burner: string;
  readonly broker: string;
  readonly controllerKeyFile: string | null;
  /** Where the sleds' agents enrol, and their codes by sled; null on a broker without TLS. */
  readonly enrolment: SledEnrolment | null;
}

export interface Arguments {
  readonly board: string;
  readonly plant: string | null;
  readonly scenario: string;
  readonly socket: string;
  readonly speed: number;
  readonly seed: number;
  readonly chassis: string | null;
  /** Modbus buses that are served, and where; a TCP port that is taken gives way to the next. */
  readonly modbus: readonly { readonly bus: string; readonly place: ModbusPlace }[];
  /** null = no processes: the scenario's figures heat the slots. */
  readonly sleds: SledArguments | null;
}

/** @throws ColdslotError `usage` naming the argument */
export function readArguments(): Arguments {
  const text = { type: 'string' } as const;
  const { values } = parseUsage(() =>
    parseArgs({
      options: {
        board: text,
        plant: text,
        scenario: text,
        socket: text,
        run: text,
        'agent-command': text,
        burner: text,
        broker: text,
        'controller-key': text,
        enrolment: text,
        chassis: text,
        modbus: { type: 'string', multiple: true, default: [] },
        speed: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        'no-sleds': { type: 'boolean', default: false },
      },
    }),
  );
  const need = (name: 'board' | 'scenario' | 'socket' | 'run' | 'agent-command' | 'burner' | 'broker') => {
    const value = values[name];
    if (value !== undefined && value !== '') return value;
    throw new ColdslotError('usage', `--${name}`, 'is missing', 'hwsim/main.ts needs it');
  };
  const sleds = () => ({
    runDirectory: need('run'),
    agentCommand: readAgentCommand(need('agent-command')),
    burner: need('burner'),
    broker: need('broker'),
    controllerKeyFile: values['controller-key'] ?? null,
    enrolment: values.enrolment === undefined ? null : readEnrolment(values.enrolment),
  });
  return {
    board: need('board'),
    plant: values.plant ?? null,
    scenario: need('scenario'),
    socket: need('socket'),
    speed: numberIn('--speed', values.speed, 0.01, 1000),
    seed: numberIn('--seed', values.seed, 0, 0xffffffff),
    chassis: values.chassis ?? null,
    modbus: values.modbus.map(parseModbusPlace),
    sleds: values['no-sleds'] ? null : sleds(),
  };
}

function parseUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new ColdslotError('usage', 'arguments', (error as Error).message, '', { cause: error });
  }
}

function readAgentCommand(text: string): readonly [string, ...string[]] {
  try {
    return agentCommandSchema.parse(JSON.parse(text));
  } catch (error) {
    const hint = 'expected a JSON array such as ["node","dist/agent.mjs"]';
    throw new ColdslotError('usage', '--agent-command', 'is not a command', hint, { cause: error });
  }
}

/** A file, for codes are nobody else's business. */
function readEnrolment(file: string): SledEnrolment {
  try {
    return enrolmentSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const hint = 'expected {"address":"HOST:PORT","codes":{"sled1":"cs1-…"}}';
    throw new ColdslotError('usage', '--enrolment', `${file} cannot be used`, hint, { cause: error });
  }
}

function numberIn(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= low && value <= high) return value;
  throw new ColdslotError('usage', name, `expected a number from ${low} to ${high}, got ${JSON.stringify(text)}`);
}
