// Serves a chassis's Modbus buses where they were asked for, and says where that came to be.
import type { Clock } from '../../src/core/clock.ts';
import type { Random } from '../../src/core/random.ts';
import type { LogLine } from '../bus-server.ts';
import type { ModbusPlace } from './modbus-place.ts';
import type { ModbusShelf } from './modbus-shelf.ts';
import { RtuLine } from './rtu-line.ts';
import { SerialPort } from './serial-port.ts';
import { ModbusTcpServer } from './tcp-server.ts';

/** Of a line that has no rate of its own, as a bus that the board has on TCP. */
const USUAL_BAUD = 19_200;
/** A pseudo terminal hands bytes on when the machine has time, not at the line's rate. */
const LEAST_GAP_MS = 10;

export interface ModbusHostOptions {
  readonly shelf: ModbusShelf;
  readonly clock: Clock;
  /** Milliseconds of `clock` in a real one. */
  readonly speed: number;
  readonly random: Random;
  readonly log: LogLine;
}

export class ModbusHost {
  readonly #options: ModbusHostOptions;
  readonly #closing: (() => void | Promise<void>)[] = [];

  constructor(options: ModbusHostOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the address: of TCP the port it came to be, `tcp://127.0.0.1:1503`.
   * @throws ColdslotError when the board has no such bus, or nothing can be had there
   */
  async serve(id: string, place: ModbusPlace): Promise<string> {
    const { shelf, clock, speed, random, log } = this.#options;
    const bus = shelf.bus(id, clock, random.fork(`modbus ${id}`));
    if (place.kind === 'tcp') {
      const server = new ModbusTcpServer(bus, log);
      this.#closing.push(() => server.close());
      return `tcp://${place.host}:${await server.listen(place.host, place.port)}`;
    }
    const port: SerialPort = new SerialPort(
      place.path,
      (bytes) => line.receive(bytes),
      (why) => log(`modbus bus ${id}: nothing more comes from ${place.path}: ${why}`),
    );
    const send = (bytes: Uint8Array) => port.send(bytes);
    const line = new RtuLine({ bus, baud: bus.baud ?? USUAL_BAUD, leastGapMs: LEAST_GAP_MS * speed, send });
    this.#closing.push(() => {
      line.close();
      port.close();
    });
    return `serial:${place.path}`;
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }
}
