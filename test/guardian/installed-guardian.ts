// The guardian as it is installed on a chassis controller: its command and its bundle in a folder, the simulator's buses.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LineSplitter } from '../../src/core/bus-wire.ts';
import { startChild, startNode, type Child } from '../hwsim/child-process.ts';
import { builtFolder, PROJECT } from '../simulation/program.ts';

/** Only ends a test that hangs. */
const ANSWER_MS = 120_000;

export class InstalledGuardian {
  readonly directory = mkdtempSync(join(tmpdir(), 'guardian-'));
  readonly command = join(this.directory, 'guardian');
  readonly blob = join(this.directory, 'guardian.blob');
  readonly socket = join(this.directory, 'guardian.sock');
  readonly #bus = join(this.directory, 'bus.sock');
  readonly #dist = builtFolder();
  readonly #children: Child[] = [];
  #environment: NodeJS.ProcessEnv = { ...process.env, COLDSLOT_NODE: process.execPath };

  constructor() {
    for (const file of ['guardian', 'guardian.cjs']) cpSync(join(this.#dist, file), join(this.directory, file));
  }

  async startBuses(): Promise<void> {
    const scenario = ['--scenario', `${PROJECT}/hwsim/scenarios/quiet.json`, '--no-sleds'];
    const args = ['--board', `${PROJECT}/boards/sim-8.json`, ...scenario, '--socket', this.#bus];
    const simulator = startNode([join(this.#dist, 'hwsim.mjs'), ...args]);
    this.#children.push(simulator);
    await simulator.shows(/"type":"ready"/);
  }

  /** A file of the name `node` that the command runs instead of this one. */
  useNode(script: string): void {
    const node = join(this.directory, 'node');
    writeFileSync(node, script, { mode: 0o755 });
    this.#environment = { ...this.#environment, COLDSLOT_NODE: node };
  }

  /** An npm package beside the bundle. */
  addPackage(name: string, source: string): void {
    const folder = join(this.directory, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.js'), source);
  }

  run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Child {
    const env = { ...this.#environment, ...environment };
    const child = startChild(this.command, args, { env, cwd: `${PROJECT}/boards` });
    this.#children.push(child);
    return child;
  }

  /** @throws Error with what it wrote when it is not made */
  async makeSnapshot(): Promise<string> {
    const child = this.run(['snapshot', 'sim-8.json']);
    const status = await child.ended;
    if (status !== 0) throw new Error(`exit status ${status}: ${child.text()}`);
    return child.text();
  }

  /** On the simulator's buses, until it says that it is ready. */
  async start(environment: NodeJS.ProcessEnv = {}, more: readonly string[] = []): Promise<Child> {
    const args = ['--board', 'sim-8.json', '--socket', this.socket, '--sim-bus', this.#bus, ...more];
    const child = this.run(args, environment);
    await child.shows(/\{"ready":true\}/);
    return child;
  }

  /** Bytes of a chip on the simulator's chassis bus, in hex. */
  async chipBytes(address: number, register: string, count: number): Promise<string> {
    const request = { id: 1, op: 't', bus: 'chassis', a: address, w: register, n: count };
    const [answer] = await linesUntil(this.#bus, /"id":1/, `${JSON.stringify(request)}\n`);
    return (JSON.parse(answer ?? '') as { readonly d: string }).d;
  }

  async end(): Promise<void> {
    for (const child of this.#children.toReversed()) await child.kill('SIGKILL');
    rmSync(this.directory, { recursive: true });
  }
}

/** The lines that come from a Unix socket, up to and with the first that is like `last`. */
export function linesUntil(path: string, last: RegExp, request = ''): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    const splitter = new LineSplitter(1 << 20);
    const socket = connect(path, () => void socket.write(request));
    const late = setTimeout(() => socket.destroy(new Error(`${path} sent only: ${lines.join(' ')}`)), ANSWER_MS);
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const line of splitter.push(text)) {
        lines.push(line);
        if (!last.test(line)) continue;
        clearTimeout(late);
        socket.destroy();
        resolve(lines);
        return;
      }
    });
    socket.once('error', reject);
  });
}

/** Whether the kernel knows the process as one that was started from a snapshot. */
export function isFromSnapshot(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('--snapshot-blob');
}
