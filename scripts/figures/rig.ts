// A chassis under measurement: simulated hardware, guardian and controller as they run in earnest, without a twin.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ColdslotError } from '../../src/core/errors.ts';
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
    const agent = JSON.stringify([process.execPath, join(dist, 'agent.mjs')]);
    const links = ['--broker', this.#mqtt, '--controller-key', this.#agentKeyFile];
    const sleds = ['--run', work, '--agent-command', agent, '--burner', join(dist, 'burner.mjs'), ...links];
    const args = ['--board', this.#board, '--scenario', scenario, '--socket', this.busSocket];
    const part = this.#launch('hwsim', [...args, ...(this.#sleds ? sleds : ['--no-sleds'])]);
    await part.line((line) => line['type'] === 'ready');
    return part;
  }

  async startGuardian(extra: readonly string[] = []): Promise<Part> {
    const sockets = ['--socket', this.guardianSocket, '--sim-bus', this.busSocket];
    const part = this.#launch('guardian', ['--board', this.#board, ...sockets, ...extra]);
    await part.line(isReady);
    return part;
  }

  /**
   * From a start-up snapshot, which is made the first time.
   * @throws ColdslotError `failed` when node cannot make it
   */
  async startGuardianFromSnapshot(): Promise<Part> {
    const command = join(this.#place.dist, 'guardian');
    const blob = join(this.#place.directory, 'guardian.blob');
    const environment = { COLDSLOT_NODE: process.execPath, COLDSLOT_SNAPSHOT: blob };
    if (!existsSync(blob)) {
      const { status, stderr } = spawnSync(command, ['snapshot', this.#board], {
        env: { ...process.env, ...environment },
        encoding: 'utf8',
      });
      if (status !== 0) throw new ColdslotError('failed', blob, 'the start-up snapshot was not made', stderr);
    }
    const args = ['--board', this.#board, '--socket', this.guardianSocket, '--sim-bus', this.busSocket];
    const part = new Part('guardian', args, this.#place.running, { command, environment });
    this.#parts.push(part);
    await part.line(isReady);
    return part;
  }

  async startController(): Promise<Part> {
    const sockets = ['--guardian', this.guardianSocket, '--socket', this.controlSocket];
    const state = ['--state', join(this.#run, 'controller'), '--mqtt-port', '0', '--open-broker'];
    const part = this.#launch('controller', ['--board', this.#board, ...sockets, ...state]);
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
    const bundle = join(this.#place.dist, name === 'guardian' ? 'guardian.cjs' : `${name}.mjs`);
    const part = new Part(name, [...nodeFlags(name), bundle, ...args], this.#place.running);
    this.#parts.push(part);
    return part;
  }
}
