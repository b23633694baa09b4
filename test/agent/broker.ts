// An MQTT 3.1.1 broker in this process, on a free port, that can go away and come back on the same port. Where it does, it
// is given an address of its own: on 127.0.0.1 the port may be another's by then.
import { Aedes } from 'aedes';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class TestBroker {
  readonly #sockets = new Set<Socket>();
  #aedes: Aedes | null = null;
  #server: Server | null = null;
  readonly #host: string;
  port = 0;

  constructor(host = '127.0.0.1') {
    this.#host = host;
  }

  async open(): Promise<this> {
    const aedes = this.#aedes ?? (await Aedes.createBroker());
    this.#aedes = aedes;
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
      aedes.handle(socket);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, this.#host, resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  url(): string {
    return `mqtt://${this.#host}:${this.port}`;
  }

  /** Cuts all connections and takes no more; sessions are kept. */
  async goAway(): Promise<void> {
    const server = this.#server;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => (server === null ? resolve() : void server.close(() => resolve())));
    this.#server = null;
  }

  async close(): Promise<void> {
    await this.goAway();
    const aedes = this.#aedes;
    if (aedes !== null) await new Promise<void>((resolve) => aedes.close(() => resolve()));
  }
}
