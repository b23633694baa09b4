// The controller process: everything that faces the network, unprivileged; it touches no hardware.
// Prints one JSON line with its addresses when it is ready. Ends cleanly on SIGTERM and SIGINT.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseBoard } from '../board/parse.ts';
import { ColdslotError, describeError, exitCodeOf } from '../core/errors.ts';
import { controlSocketIn, defaultRunDirectory } from '../core/run-directory.ts';
import { startController, type ControllerOptions } from './controller.ts';

const USUAL_MQTT_PORT = 1883;
const USAGE =
  'controller --board F --guardian SOCKET [--chassis ID] [--socket PATH] [--state DIR] [--broker URL | --mqtt-port N --mqtts-port N --enrolment-port N | --open-broker] [--no-moves] [--speed K]';

function readWords() {
  const text = { type: 'string' } as const;
  const options = {
    board: text,
    guardian: text,
    chassis: text,
    socket: text,
    state: text,
    broker: text,
    'mqtt-port': text,
    'mqtts-port': text,
    'enrolment-port': text,
    'open-broker': { type: 'boolean' },
    'no-moves': { type: 'boolean' },
    speed: text,
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (cause) {
    throw new ColdslotError('usage', 'command line', (cause as Error).message, USAGE, { cause });
  }
}

function readOptions(): ControllerOptions {
  const values = readWords();
  const run = defaultRunDirectory(process.env, process.getuid?.() ?? 0);
  if (values.board === undefined || values.guardian === undefined)
    throw new ColdslotError('usage', 'command line', '--board and --guardian are needed', USAGE);
  const board = parseBoard(values.board, readBoard(values.board));
  return {
    board,
    chassis: values.chassis ?? board.id,
    guardianSocket: values.guardian,
    controlSocket: values.socket ?? controlSocketIn(run),
    stateDirectory: values.state ?? `${run}/state`,
    broker:
      values.broker === undefined
        ? {
            kind: 'embedded',
            ...embeddedPort(values['mqtt-port']),
            securePort: number('--mqtts-port', values['mqtts-port'] ?? '0', 65_535),
            enrolmentPort: number('--enrolment-port', values['enrolment-port'] ?? '0', 65_535),
            access: values['open-broker'] === true ? 'open' : 'by-certificate',
          }
        : { kind: 'external', url: values.broker },
    movesAllowed: !(values['no-moves'] ?? false),
    speed: number('--speed', values.speed ?? '1', 1000),
  };
}

/** A port that was asked for is that port or none: somebody relies on it. */
function embeddedPort(text: string | undefined): { port: number; ports: 'only-this' | 'next-free' } {
  if (text === undefined) return { port: USUAL_MQTT_PORT, ports: 'next-free' };
  return { port: number('--mqtt-port', text, 65_535), ports: 'only-this' };
}

function readBoard(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ColdslotError('bad-input', file, `cannot be read: ${(cause as Error).message}`, 'check the path', {
      cause,
    });
  }
}

function number(name: string, text: string, high: number): number {
  const value = Number(text);
  if (text === '' || !(value >= 0) || value > high)
    throw new ColdslotError('usage', name, `expected a number up to ${high}, not '${text}'`, USAGE);
  return value;
}

try {
  const controller = await startController(readOptions());
  process.stdout.write(`${JSON.stringify({ ready: true, ...controller.addresses })}\n`);
  const end = () => {
    controller.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
} catch (error) {
  process.stderr.write(`controller: ${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
}
