// A chassis under measurement: simulated hardware, guardian and controller as they run in earnest, without a twin.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFlags } from '../launch/node-flags.ts';
import type { BenchPlace } from './figure.ts';
import { Part, type JsonLine } from './part.ts';

export interface RigOptions {
  /** Board file; sim-8 when left out. */
  readonly board?: string;
  /** Real agents with real work on the sleds. */
  readonly sleds?: boolean;
}

const isReady = (line: JsonLine) => line['ready'] === true;

export class Rig {
  readonly busSocket: string;
  readonly guardianSocket: string;
  readonly controlSocket: string;
  readonly #place: BenchPlace;
  readonly #board: string;
  readonly #run: string;
  readonly #sleds: boolean;
  readonly #parts: Part[] = [];
  #mqtt = '';
  #agentKeyFile = '';

  constructor(place: BenchPlace, options: RigOptions = {}) {
    this.#place = place;
    this.#board = options.board ?? join(place.root, 'boards/sim-8.json');
    this.#sleds = options.sleds ?? false;
    this.#run = mkdtempSync(join(place.directory, 'rig-'));
    this.busSocket = join(this.#run, 'bus.sock');
    this.guardianSocket = join(this.#run, 'guardian.sock');
    this.controlSocket = join(this.#run, 'control.sock');
  }

  get mqtt(): string {
    return this.#mqtt;
  }

  /** With `sleds` the controller must run already. */
  async startHardware(): Promise<Part> {
    const { root, dist } = this.#place;
    const scenario = join(root, 'hwsim/scenarios/quiet.json');
    const work = join(this.#run, 'hwsim');
    mkdirSync(work, { recursive: true });
    const sleds = [
      ...['--run', work, '--broker', this.#mqtt, '--controller-key', this.#agentKeyFile],
      ...['--agent-command', JSON.stringify([process.execPath, join(dist, 'agent.mjs')])],
      ...['--burner', join(dist, 'burner.mjs')],
    ];
    const args = ['--board', this.#board, '--scenario', scenario, '--socket', this.busSocket];
    const part = this.#launch('hwsim', [...args, ...(this.#sleds ? sleds : ['--no-sleds'])]);
    await part.line((line) => line['type'] === 'ready');
    return part;
  }

  async startGuardian(): Promise<Part> {
    const part = this.#launch('guardian', [
      ...['--board', this.#board, '--socket', this.guardianSocket, '--sim-bus', this.busSocket],
    ]);
    await part.line(isReady);
    return part;
  }

  async startController(extra: readonly string[] = []): Promise<Part> {
    const part = this.#launch('controller', [
      ...['--board', this.#board, '--guardian', this.guardianSocket, '--socket', this.controlSocket],
      ...['--state', join(this.#run, 'controller'), '--mqtt-port', '0', ...extra],
    ]);
    const ready = await part.line(isReady);
    this.#mqtt = String(ready['mqtt']);
    this.#agentKeyFile = String(ready['agentKeyFile']);
    return part;
  }

  /** Newest first. */
  async end(): Promise<void> {
    for (const part of this.#parts.toReversed()) await part.end();
  }

  #launch(name: 'hwsim' | 'guardian' | 'controller', args: readonly string[]): Part {
    const part = new Part(name, [...nodeFlags(name), join(this.#place.dist, `${name}.mjs`), ...args]);
    this.#parts.push(part);
    return part;
  }
}
