// Where a Modbus line is: an address and port, or a serial port.
import { ColdslotError } from '../core/errors.ts';

export type ModbusPlace =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** `baud`: the line's, tried first for every device. */
  | { readonly kind: 'serial'; readonly path: string; readonly baud: number };

/** Where a line has no baud of its own: what the Modbus serial line specification 1.02, 2.5.1 makes the default. */
export const DEFAULT_BAUD = 19_200;

/**
 * `tcp://127.0.0.1:1502` or `serial:/dev/ttyUSB0`; an IPv6 address in brackets.
 * @throws ColdslotError `usage`
 */
export function parseModbusPlace(text: string, baud: number = DEFAULT_BAUD): ModbusPlace {
  const serial = /^serial:(\/.+)$/.exec(text);
  if (serial?.[1] !== undefined) return { kind: 'serial', path: serial[1], baud };
  const tcp = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|[^:/[\]]+):(\d{1,5})$/.exec(text);
  const port = Number(tcp?.[2]);
  if (tcp?.[1] === undefined || port < 1 || port > 65_535) {
    throw new ColdslotError(
      'usage',
      'Modbus place',
      `expected tcp://HOST:PORT or serial:/PATH, found ${JSON.stringify(text)}`,
    );
  }
  return { kind: 'tcp', host: tcp[1].replace(/^\[|\]$/g, ''), port };
}

export function placeText(place: ModbusPlace): string {
  return place.kind === 'tcp' ? `tcp://${place.host}:${place.port}` : `serial:${place.path}`;
}
