// One open Modbus connection over modbus-serial: requests one by one, answers and failures as values. Never throws and
// never leaves an 'error' event without a listener: an adapter that is unplugged is a closed wire, nothing worse.
import { ColdslotError } from '../core/errors.ts';
import type { ModbusAnswer } from '../core/ports.ts';
import { placeText, type ModbusPlace } from './modbus-place.ts';

export interface LineSpeed {
  readonly baud: number;
  readonly parity: 'none' | 'even' | 'odd';
}

export interface ModbusWire {
  /** One request at a time. Answered at the latest `timeoutMs` of real time after it was sent. */
  read(unit: number, address: number, count: number, timeoutMs: number): Promise<ModbusAnswer>;
  write(unit: number, address: number, registers: readonly number[], timeoutMs: number): Promise<ModbusAnswer>;
  /** False once the other end or the adapter has gone. */
  open(): boolean;
  /** Resolves when the port is free again. */
  close(): Promise<void>;
}

/** Opens the line at a speed (serial lines only). @throws Error when it cannot be opened */
export type OpenWire = (speed: LineSpeed) => Promise<ModbusWire>;

type Done = (error: Failure | null | undefined, result?: { readonly data?: readonly number[] }) => void;
interface Failure {
  readonly name?: string;
  readonly message?: string;
  readonly errno?: unknown;
  readonly modbusCode?: number;
}
interface Port {
  on(event: string, listener: (...args: unknown[]) => void): void;
  readonly isOpen: boolean;
}
interface Client {
  on(event: string, listener: (...args: unknown[]) => void): void;
  open(done: (error?: unknown) => void): void;
  close(done: () => void): void;
  destroy(done: () => void): void;
  setTimeout(ms: number): void;
  readonly isOpen: boolean;
  writeFC3(unit: number, address: number, count: number, done: Done): void;
  writeFC6(unit: number, address: number, value: number, done: Done): void;
  writeFC16(unit: number, address: number, values: number[], done: Done): void;
}

/** As much of the package modbus-serial as is used here. */
export interface ModbusSerialModule {
  new (port: Port): Client;
  readonly TcpPort: new (host: string, options: { readonly port: number }) => Port;
  /** Missing where the native part of serialport is. */
  readonly RTUBufferedPort?: new (path: string, options: Readonly<Record<string, unknown>>) => Port;
}

const OPEN_MS = 3000;
const CLOSE_MS = 1000;
/** A gateway's way to say that the device behind it did not answer. */
const GATEWAY_CODES: ReadonlySet<number> = new Set([10, 11]);

/** @throws ColdslotError `failed` when serial ports cannot be opened with what is installed */
export function wireOpener(module: ModbusSerialModule, place: ModbusPlace): OpenWire {
  if (place.kind === 'tcp') {
    return () => openWire(module, new module.TcpPort(place.host, { port: place.port }), place);
  }
  const Serial = module.RTUBufferedPort;
  if (Serial === undefined) {
    const hint = 'install a C++ compiler, make and python3 (apt install g++ make python3), then run: npm rebuild';
    throw new ColdslotError('failed', 'package serialport', `is not there, and ${place.path} needs it`, hint);
  }
  return ({ baud, parity }) =>
    openWire(module, new Serial(place.path, { baudRate: baud, parity, dataBits: 8, stopBits: 1 }), place);
}

async function openWire(Module: ModbusSerialModule, port: Port, place: ModbusPlace): Promise<ModbusWire> {
  const client = new Module(port);
  const lost = new Set<(why: string) => void>();
  let gone: string | null = null;
  const lose = (why: string) => {
    gone ??= why;
    for (const tell of lost) tell(gone);
  };
  // listeners that stay: closing the client takes its own away, and the port may fail after that
  port.on('error', (error) => lose(textOf(error)));
  client.on('error', (error) => lose(textOf(error)));
  client.on('close', () => lose('the connection was closed'));
  const shut = () =>
    settled(CLOSE_MS, (done) => (place.kind === 'tcp' ? client.destroy(() => done()) : client.close(() => done())));
  const failed = await settled(OPEN_MS, (done) => client.open((error) => done(error === undefined ? null : error)));
  if (failed !== null && failed !== undefined) {
    await shut();
    const why = failed === 'late' ? `it did not open within ${OPEN_MS / 1000} s` : textOf(failed);
    throw new Error(`${placeText(place)}: ${why}`);
  }
  const request = (timeoutMs: number, count: number | null, send: (done: Done) => void) =>
    new Promise<ModbusAnswer>((resolve) => {
      const finish = (answer: ModbusAnswer) => {
        lost.delete(onLost);
        resolve(answer);
      };
      const onLost = (why: string) => finish({ kind: 'error', error: 'io', detail: why });
      if (gone !== null) return onLost(gone);
      lost.add(onLost);
      client.setTimeout(timeoutMs);
      try {
        send((error, result) => finish(answerOf(error, result?.data, count, timeoutMs)));
      } catch (error) {
        onLost(textOf(error));
      }
    });
  return {
    read: (unit, address, count, timeoutMs) =>
      request(timeoutMs, count, (done) => client.writeFC3(unit, address, count, done)),
    write: (unit, address, registers, timeoutMs) =>
      request(timeoutMs, null, (done) => {
        const [first, ...more] = registers;
        if (more.length === 0) client.writeFC6(unit, address, first ?? 0, done);
        else client.writeFC16(unit, address, [...registers], done);
      }),
    open: () => gone === null && client.isOpen,
    close: async () => {
      gone ??= 'closed';
      await shut();
    },
  };
}

function answerOf(
  failure: Failure | null | undefined,
  data: readonly number[] | undefined,
  count: number | null,
  timeoutMs: number,
): ModbusAnswer {
  if (failure === null || failure === undefined) {
    if (count === null) return { kind: 'ok', registers: [] };
    if (data?.length === count) return { kind: 'ok', registers: data };
    return { kind: 'error', error: 'crc', detail: `${data?.length ?? 0} registers instead of ${count}` };
  }
  const detail = textOf(failure);
  const code = failure.modbusCode;
  if (code !== undefined && GATEWAY_CODES.has(code)) return { kind: 'error', error: 'timeout', detail };
  if (code !== undefined) return { kind: 'error', error: 'exception', detail, code };
  if (failure.name === 'TransactionTimedOutError' || failure.errno === 'ETIMEDOUT') {
    return { kind: 'error', error: 'timeout', detail: `no answer within ${timeoutMs} ms` };
  }
  return { kind: 'error', error: /^(CRC|Data length|Unexpected data)/.test(detail) ? 'crc' : 'io', detail };
}

/** What it was called back with, or `late`. Whatever is thrown counts as called back. */
function settled(limitMs: number, start: (done: (value?: unknown) => void) => void): Promise<unknown> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('late'), limitMs);
    const done = (value?: unknown) => {
      clearTimeout(timer);
      resolve(value ?? null);
    };
    try {
      start(done);
    } catch (error) {
      done(error);
    }
  });
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  const message = (error as Failure | undefined)?.message;
  return message ?? String(error);
}
