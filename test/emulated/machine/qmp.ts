// QEMU's own control socket: what is soldered to the machine is moved from outside, as heat or a hand would
// (QEMU Machine Protocol Specification: greeting, qmp_capabilities, then one JSON object a line each way).
import { connect, type Socket } from 'node:net';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface QmpLine {
  readonly id?: number;
  readonly event?: string;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

export class Qmp {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  /** Names of what happened to the machine, such as WATCHDOG. */
  readonly events: string[] = [];
  #text = '';
  #id = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('QEMU closed its control socket'));
      this.#waiting.clear();
    });
  }

  static async open(path: string): Promise<Qmp> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const qmp = new Qmp(socket);
    await qmp.#execute('qmp_capabilities', {});
    return qmp;
  }

  /** @throws with QEMU's own words when there is no such object or property */
  async set(path: string, property: string, value: unknown): Promise<void> {
    await this.#execute('qom-set', { path, property, value });
  }

  get(path: string, property: string): Promise<unknown> {
    return this.#execute('qom-get', { path, property });
  }

  /** Major version of QEMU. */
  async version(): Promise<number> {
    const { qemu } = (await this.#execute('query-version', {})) as { readonly qemu: { readonly major: number } };
    return qemu.major;
  }

  /** Path of the only object of this type that was soldered by QEMU's own board, without a name. */
  async unnamed(type: string): Promise<string> {
    const path = '/machine/unattached';
    const children = (await this.#execute('qom-list', { path })) as readonly {
      readonly name: string;
      readonly type: string;
    }[];
    const found = children.filter((child) => child.type === `child<${type}>`);
    const [only] = found;
    if (only === undefined || found.length > 1) throw new Error(`${found.length} objects of type ${type}`);
    return `${path}/${only.name}`;
  }

  close(): void {
    this.#socket.destroy();
  }

  #execute(command: string, values: Readonly<Record<string, unknown>>): Promise<unknown> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: values, id })}\n`);
    });
  }

  #take(chunk: string): void {
    const lines = `${this.#text}${chunk}`.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.#answer(JSON.parse(line) as QmpLine);
  }

  /** The greeting and events have no id. */
  #answer(line: QmpLine): void {
    if (line.event !== undefined) this.events.push(line.event);
    const waiting = this.#waiting.get(line.id ?? -1);
    if (waiting === undefined) return;
    this.#waiting.delete(line.id ?? -1);
    if (line.error === undefined) waiting.resolve(line.return);
    else waiting.reject(new Error(line.error.desc));
  }
}
