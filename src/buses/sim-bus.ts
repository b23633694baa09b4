// Buses and lines of the simulated chassis, behind the same ports as real ones. Nothing here throws once it is open:
// what the bus server does not answer is an error answer, as with hardware.
import { hwmonFanRegisters, MAX_TRANSFER_BYTES, toHex, transferAnswer } from '../core/bus-wire.ts';
import { realClock, type Clock } from '../core/clock.ts';
import { ColdslotError } from '../core/errors.ts';
import type { BusError, GpioLine, I2cAnswer, I2cBus } from '../core/ports.ts';
import { good, none, type Reading } from '../core/reading.ts';
import { clamp } from '../core/units.ts';
import type { HwmonFans } from './hwmon.ts';
import { SimConnection, type SimAnswer, type SimConnectionOptions } from './sim-connection.ts';

const TIMEOUT_MS = 1000;
const OPEN_DEADLINE_MS = 10_000;
const FULL_PWM = 255;

export interface SimBusOptions {
  /** For deadlines and backoff, real time. */
  readonly clock?: Clock;
  /** Time of line readings: the guardian's clock. */
  readonly nowMs?: () => number;
  /** How long an answer may take. */
  readonly timeoutMs?: number;
  /** How long the bus server may take to be there. */
  readonly openDeadlineMs?: number;
}

export interface SimBuses {
  bus(id: string): I2cBus;
  /** `id`: `<bus>:<line>`. */
  line(id: string): GpioLine;
  /** A `hwmon-fan` device at its address on a hwmon bus. */
  hwmon(id: string, bus: string, address: number): HwmonFans;
  close(): void;
}

type Level = 0 | 1;
type Listener = (level: Level) => void;

/** @throws ColdslotError `io` when no bus server answers at that path within the deadline */
export async function openSimBus(path: string, options: SimBusOptions = {}): Promise<SimBuses> {
  const clock = options.clock ?? realClock();
  const nowMs = options.nowMs ?? (() => clock.nowMs());
  const watches = new LineWatches();
  const connection = await connect(path, clock, options, {
    onEdge: (line, level) => watches.edge(line, level),
    onConnect: () => {
      for (const line of watches.lines()) ask(line);
    },
  });
  const ask = (line: string) => connection.send({ op: 'w', line }, (answer) => watches.seen(line, answer));
  const bus = (id: string) => simBus(id, connection);
  const watch = (line: string, listener: Listener) => {
    const first = watches.add(line, listener);
    if (first) ask(line);
    return () => watches.remove(line, listener);
  };
  return {
    bus,
    line: (id) => simLine(id, connection, watch, nowMs),
    hwmon: (id, busId, address) => simHwmon(id, bus(busId), address, nowMs),
    close: () => connection.close(),
  };
}

type ConnectionEvents = Pick<SimConnectionOptions, 'onEdge' | 'onConnect'>;

/** Resolves with the first connection; until then it is tried again and again. */
function connect(path: string, clock: Clock, options: SimBusOptions, events: ConnectionEvents): Promise<SimConnection> {
  return new Promise((resolve, reject) => {
    const connection = new SimConnection({
      path,
      clock,
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      onEdge: events.onEdge,
      onConnect: () => {
        deadline.cancel();
        resolve(connection);
        events.onConnect();
      },
    });
    const deadline = clock.after('bus server deadline', options.openDeadlineMs ?? OPEN_DEADLINE_MS, () => {
      const hint = 'start the simulator first, with the same socket';
      connection.close();
      reject(new ColdslotError('io', path, `no bus server answers: ${connection.lastError}`, hint));
    });
  });
}

function simBus(id: string, connection: SimConnection): I2cBus {
  return {
    id,
    transfer: async (address, write, readLength) => {
      if (write.length > MAX_TRANSFER_BYTES || readLength > MAX_TRANSFER_BYTES) {
        return failed('io', `${id}: a transfer carries at most ${MAX_TRANSFER_BYTES} bytes each way`);
      }
      const answer = await connection.request({ op: 't', bus: id, a: address, w: toHex(write), n: readLength });
      switch (answer.kind) {
        case 'answer':
          return transferAnswer(answer.response);
        case 'timeout':
          return failed('timeout', `${id}: the bus server did not answer in time`);
        case 'refused':
          return failed('io', answer.detail);
      }
    },
  };
}

function failed(error: BusError, detail: string): I2cAnswer {
  return { kind: 'error', error, detail };
}

function simLine(
  id: string,
  connection: SimConnection,
  watch: (line: string, listener: Listener) => () => void,
  nowMs: () => number,
): GpioLine {
  return {
    id,
    read: async () => lineReading(id, await connection.request({ op: 'r', line: id }), nowMs()),
    write: async (level) => {
      const answer = await connection.request({ op: 's', line: id, level });
      const problem = lineProblem(answer);
      return problem === null ? 'ok' : { error: `${id}: ${problem}` };
    },
    watch: (listener) => watch(id, listener),
  };
}

function lineReading(id: string, answer: SimAnswer, nowMs: number): Reading {
  if (answer.kind === 'timeout') return none('timeout', nowMs, `${id}: the bus server did not answer in time`);
  const level = levelOf(answer);
  return level === null ? none('fault', nowMs, `${id}: ${lineProblem(answer) ?? 'no level'}`) : good(level, nowMs);
}

function levelOf(answer: SimAnswer): Level | null {
  return answer.kind === 'answer' && 'level' in answer.response ? answer.response.level : null;
}

function lineProblem(answer: SimAnswer): string | null {
  if (answer.kind === 'timeout') return 'the bus server did not answer in time';
  if (answer.kind === 'refused') return answer.detail;
  return 'e' in answer.response ? answer.response.detail : null;
}

/** Who watches which line, and the level it was last seen at: an edge missed while reconnecting is told afterwards. */
class LineWatches {
  readonly #watched = new Map<string, { readonly listeners: Set<Listener>; level: Level | null }>();

  lines(): string[] {
    return [...this.#watched.keys()];
  }

  /** Whether it is the line's first listener. */
  add(line: string, listener: Listener): boolean {
    const watched = this.#watched.get(line);
    if (watched === undefined) this.#watched.set(line, { listeners: new Set([listener]), level: null });
    else watched.listeners.add(listener);
    return watched === undefined;
  }

  remove(line: string, listener: Listener): void {
    this.#watched.get(line)?.listeners.delete(listener); // stays watched on the wire: it costs one edge now and then
  }

  edge(line: string, level: Level): void {
    const watched = this.#watched.get(line);
    if (watched === undefined) return;
    watched.level = level;
    for (const listener of watched.listeners) listener(level);
  }

  /** The answer to a watch request: the level at that moment. */
  seen(line: string, answer: SimAnswer): void {
    const watched = this.#watched.get(line);
    const level = levelOf(answer);
    if (watched === undefined || level === null || watched.level === level) return;
    if (watched.level === null) watched.level = level;
    else this.edge(line, level);
  }
}

/** The registers of src/core/bus-wire.ts in place of the kernel's files. */
export function simHwmon(id: string, bus: I2cBus, address: number, nowMs: () => number): HwmonFans {
  const read = async (register: number, length: number, convert: (bytes: Uint8Array) => number) => {
    const answer = await bus.transfer(address, Uint8Array.of(register), length);
    if (answer.kind === 'error') {
      return none(answer.error === 'timeout' ? 'timeout' : 'fault', nowMs(), `${id}: ${answer.detail}`);
    }
    return good(convert(answer.data), nowMs());
  };
  return {
    id,
    setPwm: async (channel, ratio) => {
      const duty = Math.round(clamp(ratio, 0, 1) * FULL_PWM);
      const answer = await bus.transfer(address, Uint8Array.of(hwmonFanRegisters.pwm + channel, duty), 0);
      return answer.kind === 'ok' ? 'ok' : { error: `${id} pwm${channel}: ${answer.detail}` };
    },
    pwmRatio: (channel) => read(hwmonFanRegisters.pwm + channel, 1, ([duty = Number.NaN]) => duty / FULL_PWM),
    fanRpm: (channel) =>
      read(hwmonFanRegisters.fan + 2 * channel, 2, ([high = Number.NaN, low = Number.NaN]) => high * 256 + low),
  };
}
