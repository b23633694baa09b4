// The guardian's command line.
import { parseArgs } from 'node:util';
import { ColdslotError } from '../core/errors.ts';

export interface GuardianArguments {
  readonly board: string;
  readonly socket: string;
  /** Group that may connect besides the guardian's own user; null = none. */
  readonly socketGroup: string | null;
  /** The simulator's bus server; null = real hardware. */
  readonly simBus: string | null;
  readonly speed: number;
  readonly realtime: boolean;
}

const HINT = 'usage: --board FILE --socket PATH [--socket-group GROUP] [--sim-bus PATH] [--speed K] [--realtime]';
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
