// The agent's listener for bulk data. Bounded: how many connections at a time, and how long one may stand still.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ColdslotError } from '../../core/errors.ts';
import { lineOf } from './byte-stream.ts';
import { receiveState, type Admit } from './receiver.ts';

const MAX_CONNECTIONS = 16;

export class BulkListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(admit: Admit, warn: (message: string) => void) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      if (this.#sockets.size >= MAX_CONNECTIONS) {
        socket.on('error', () => {});
        socket.end(lineOf({ answer: 'refused', error: `more than ${MAX_CONNECTIONS} transfers at a time` }));
        return;
      }
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      void this.#receive(socket, admit, warn);
    });
  }

  async #receive(socket: Socket, admit: Admit, warn: (message: string) => void): Promise<void> {
    const peer = socket.remoteAddress ?? 'a peer';
    const error = await receiveState(socket, admit);
    if (error !== null) warn(`bulk data from ${peer} refused: ${error}`);
  }

  /** The port it listens on. @throws ColdslotError `io` when the address cannot be had */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const hint = 'free it, or choose another in bulk';
        reject(new ColdslotError('io', `bulk ${host}:${port}`, `cannot listen: ${error.message}`, hint));
      });
      this.#server.listen(port, host, () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => void this.#server.close(() => resolve()));
  }
}
