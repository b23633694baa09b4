// The agent's listener for bulk data. Bounded: how many connections at a time, and how long one may stand still.
import { constants } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { ColdslotError } from '../../core/errors.ts';
import { serverTls, type Identity } from '../../protocols/tls-identity.ts';
import { lineOf } from './byte-stream.ts';
import type { BulkHeader } from './format.ts';
import { receiveState, type Admit } from './receiver.ts';

const MAX_CONNECTIONS = 16;
const HANDSHAKE_MS = 10_000;

/** As Admit, with the name in the sender's certificate; null without TLS. */
export type AdmitFrom = (header: BulkHeader, peer: string | null) => ReturnType<Admit>;

export class BulkListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param identity the sled's certificate: others must show theirs, and are known by name; null = plain */
  constructor(admit: AdmitFrom, warn: (message: string) => void, identity: Identity | null = null) {
    const take = (socket: Socket, peer: string | null) => {
      if (this.#sockets.size >= MAX_CONNECTIONS) {
        socket.on('error', () => {});
        socket.end(lineOf({ answer: 'refused', error: `more than ${MAX_CONNECTIONS} transfers at a time` }));
        return;
      }
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      void this.#receive(socket, (header) => admit(header, peer), warn);
    };
    if (identity === null) this.#server = createServer({ allowHalfOpen: true }, (socket) => take(socket, null));
    else {
      const options = { ...serverTls(identity, constants.SSL_OP_NO_TICKET), allowHalfOpen: true };
      this.#server = createTlsServer({ ...options, handshakeTimeout: HANDSHAKE_MS }, (socket) => {
        take(socket, socket.getPeerCertificate().subject?.CN);
      });
      this.#server.on('tlsClientError', (error: Error) => warn(`bulk connection refused: ${error.message}`));
    }
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
