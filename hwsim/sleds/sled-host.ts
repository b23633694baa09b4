// One sled as the machine sees it: an agent process and the work under it. Cutting its power kills all of them at once,
// as pulling a plug does; an agent that dies by itself is started again after a second, as systemd would.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import type { Clock, Timer } from '../../src/core/clock.ts';
import { sleep } from '../../src/core/clock.ts';
import type { LogLine } from '../bus-server.ts';
import { isAlive, type ProcessId } from './proc.ts';
import type { SledProcesses } from './sled-processes.ts';

const RESTART_MS = 1000;
const END_DEADLINE_MS = 3000;
const KILL_DEADLINE_MS = 5000;

export interface AgentLaunch {
  readonly sled: string;
  /** Program and arguments; `--config FILE` is added. */
  readonly command: readonly [string, ...string[]];
  readonly configFile: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What the agent prints is appended here. */
  readonly logFile: string;
}

type State =
  | { readonly kind: 'off' }
  | { readonly kind: 'running'; readonly agent: ChildProcess }
  | { readonly kind: 'restarting'; readonly timer: Timer };

export class SledHost {
  readonly #launch: AgentLaunch;
  readonly #processes: SledProcesses;
  readonly #clock: Clock;
  readonly #log: LogLine;
  #state: State = { kind: 'off' };
  /** What the kernel of a sled of its own would name its boot. */
  #boot = '';
  /** Switching on and off takes time; one happens after the other. */
  #switching: Promise<void> = Promise.resolve();

  /** `clock` runs in real time: these are real processes. */
  constructor(launch: AgentLaunch, processes: SledProcesses, clock: Clock, log: LogLine) {
    this.#launch = launch;
    this.#processes = processes;
    this.#clock = clock;
    this.#log = log;
  }

  /** Starts the agent, which starts its work. */
  powerOn(): Promise<void> {
    return this.#then(() => {
      if (this.#state.kind === 'off') {
        this.#boot = randomUUID();
        this.#startAgent();
      }
      return Promise.resolve();
    });
  }

  /** Kills everything on the sled; resolves when nothing of it lives any more. */
  cutPower(): Promise<void> {
    return this.#then(() => {
      this.#takeAgent()?.kill('SIGKILL');
      return this.#killWork();
    });
  }

  /** Lets the agent end its work in order, then makes sure that nothing is left. */
  end(): Promise<void> {
    return this.#then(async () => {
      const agent = this.#takeAgent();
      if (agent !== null && agent.exitCode === null && agent.signalCode === null) {
        const ended = new Promise<void>((resolve) => void agent.once('exit', () => resolve()));
        agent.kill('SIGTERM');
        await Promise.race([ended, sleep(this.#clock, END_DEADLINE_MS)]);
        agent.kill('SIGKILL'); // no effect on one that has ended
      }
      await this.#killWork();
    });
  }

  #then(act: () => Promise<void>): Promise<void> {
    this.#switching = this.#switching.then(act, act);
    return this.#switching;
  }

  #startAgent(): void {
    const { command, configFile, environment, logFile, sled } = this.#launch;
    const [program, ...args] = command;
    const log = openSync(logFile, 'a');
    // detached: Ctrl-C in a terminal reaches the simulator alone, which then ends its sleds in order
    const stdio: ('ignore' | number)[] = ['ignore', log, log];
    const env = { ...environment, COLDSLOT_BOOT: this.#boot };
    const agent = spawn(program, [...args, '--config', configFile], { env, stdio, detached: true });
    closeSync(log);
    this.#state = { kind: 'running', agent };
    this.#processes.setAgent(sled, agent.pid ?? null);
    agent.once('error', (error) => this.#agentGone(agent, `cannot be started: ${error.message}`));
    agent.once('exit', (code, signal) => this.#agentGone(agent, `ended with ${signal ?? `exit status ${code}`}`));
  }

  /** Only of interest while it was meant to run. */
  #agentGone(agent: ChildProcess, how: string): void {
    if (this.#state.kind !== 'running' || this.#state.agent !== agent) return;
    const { sled, logFile } = this.#launch;
    this.#log(`agent of ${sled} ${how}; starting it again in ${RESTART_MS} ms`, { sled, log: logFile });
    this.#processes.setAgent(sled, null);
    const timer = this.#clock.after(`restart ${sled}`, RESTART_MS, () => this.#startAgent());
    this.#state = { kind: 'restarting', timer };
  }

  #takeAgent(): ChildProcess | null {
    const before = this.#state;
    this.#state = { kind: 'off' };
    if (before.kind === 'restarting') before.timer.cancel();
    return before.kind === 'running' ? before.agent : null;
  }

  /** Again and again until none is left: a process may have started another meanwhile. */
  async #killWork(): Promise<void> {
    const { sled } = this.#launch;
    const untilMs = this.#clock.nowMs() + KILL_DEADLINE_MS;
    for (;;) {
      this.#processes.scan();
      const living = this.#processes.workload(sled);
      this.#processes.setAgent(sled, null); // its children have been found by now, or carry the sled's marks
      if (living.length === 0) return;
      if (this.#clock.nowMs() > untilMs) {
        this.#log(`processes of ${sled} do not die: ${living.map((process) => process.pid).join(', ')}`, { sled });
        return;
      }
      for (const member of living) killProcess(member);
      await sleep(this.#clock, 10);
    }
  }
}

function killProcess(member: ProcessId): void {
  try {
    if (isAlive(member)) process.kill(member.pid, 'SIGKILL');
  } catch {
    // it ended between the look and the kill
  }
}
