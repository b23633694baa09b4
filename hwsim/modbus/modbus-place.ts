// Where a Modbus bus is: tcp://HOST:PORT or serial:/PATH, as --modbus BUS=PLACE has it.
import { ColdslotError } from '../../src/core/errors.ts';

export type ModbusPlace =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'serial'; readonly path: string };

const HINT = 'expected BUS=tcp://127.0.0.1:1502 or BUS=serial:/dev/pts/5';

/** @throws ColdslotError `usage` */
export function parseModbusPlace(text: string): { readonly bus: string; readonly place: ModbusPlace } {
  const parts = /^([^=]+)=(?:tcp:\/\/([^:/]+):(\d{1,5})|serial:(\/.+))$/.exec(text);
  const [, bus, host, port, path] = parts ?? [];
  if (bus !== undefined && path !== undefined) return { bus, place: { kind: 'serial', path } };
  if (bus === undefined || host === undefined || Number(port) > 65_535) {
    throw new ColdslotError('usage', '--modbus', `is not a bus and its place: ${JSON.stringify(text)}`, HINT);
  }
  return { bus, place: { kind: 'tcp', host, port: Number(port) } };
}
