// The guardian's command line.
import { parseArgs } from 'node:util';
import { parseModbusPlace, type ModbusPlace } from '../buses/modbus-place.ts';
import { ColdslotError } from '../core/errors.ts';

export interface GuardianArguments {
  readonly board: string;
  readonly socket: string;
  /** Group that may connect besides the guardian's own user; null = none. */
  readonly socketGroup: string | null;
  /** The simulator's bus server; null = real hardware. */
  readonly simBus: string | null;
  /** Where Modbus buses are instead of where the board says, by bus. */
  readonly modbus: ReadonlyMap<string, ModbusPlace>;
  readonly speed: number;
  readonly realtime: boolean;
}

const HINT =
  'usage: --board FILE --socket PATH [--socket-group GROUP] [--sim-bus PATH] [--modbus BUS=tcp://HOST:PORT|serial:/PATH]… [--speed K] [--realtime]';
const MAX_SPEED = 1000;

/** @throws ColdslotError `usage` naming the argument */
export function readArguments(args: readonly string[]): GuardianArguments {
  const values = parse(args);
  const speed = Number(values.speed);
  if (!(speed > 0 && speed <= MAX_SPEED)) {
    throw new ColdslotError(
      'usage',
      '--speed',
      `expected a number above 0 up to ${MAX_SPEED}, found ${values.speed}`,
      HINT,
    );
  }
  return {
    board: given('--board', values.board),
    socket: given('--socket', values.socket),
    socketGroup: values['socket-group'] ?? null,
    simBus: values['sim-bus'] ?? null,
    modbus: new Map((values.modbus ?? []).map(modbusPlace)),
    speed,
    realtime: values.realtime,
  };
}

function parse(args: readonly string[]) {
  try {
    const options = {
      board: { type: 'string' },
      socket: { type: 'string' },
      'socket-group': { type: 'string' },
      'sim-bus': { type: 'string' },
      modbus: { type: 'string', multiple: true },
      speed: { type: 'string', default: '1' },
      realtime: { type: 'boolean', default: false },
    } as const;
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    throw new ColdslotError('usage', 'guardian', cause instanceof Error ? cause.message : String(cause), HINT, {
      cause,
    });
  }
}

function given(name: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw new ColdslotError('usage', name, 'is missing', HINT);
}

function modbusPlace(text: string): readonly [string, ModbusPlace] {
  const cut = text.indexOf('=');
  if (cut > 0) return [text.slice(0, cut), parseModbusPlace(text.slice(cut + 1))];
  throw new ColdslotError('usage', '--modbus', `expected BUS=PLACE, found ${JSON.stringify(text)}`, HINT);
}
