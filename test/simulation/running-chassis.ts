// A whole simulated chassis of real processes for tests: started, watched, its parts killed, judged by what the kernel
// and the workloads' own logs say, and ended with nothing left.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { counterViolations } from '../../hwsim/sleds/counter-check.ts';
import { ColdslotError } from '../../src/core/errors.ts';
import type { ChassisView, MoveView } from '../../src/core/view.ts';
import { callController, watchController } from '../../src/surfaces/console/control-client.ts';
import { until } from '../hwsim/child-process.ts';
import { Program, PROJECT } from './program.ts';
import { agentPid, killNow, processesOf, workloadProcesses, type WorkloadProcess } from './run-processes.ts';

const WATCH_HZ = 20;
const LOOK_MS = 50;
const END_MS = 15_000;
const LOG_LINES_SHOWN = 60;

/** What the simulator says is true, twice a second. */
export interface PlantReport {
  readonly plantSeconds: number;
  readonly peakC: number;
  readonly overLimitS: number;
  readonly fanEnergyJ: number;
  readonly withinLimitsS: number;
  readonly fans: readonly { readonly id: string; readonly rpm: readonly number[] }[];
}

export type Part = 'controller' | 'guardian' | 'hwsim';

export class RunningChassis {
  readonly run: string;
  readonly program: Program;
  /** Since the course began. */
  readonly reports: PlantReport[] = [];
  /** Newest record of every Move that was seen. */
  readonly moves = new Map<string, MoveView>();
  /** Moments at which two copies of a workload existed. */
  readonly doubles: string[] = [];
  view: ChassisView | null = null;
  endpoints: { readonly mqtt: string; readonly modbus?: string } = { mqtt: '' };
  /** All there are, by name. */
  workloads: readonly string[] = [];
  #stopWatching = () => {};
  #looking: NodeJS.Timeout | null = null;

  private constructor(args: readonly string[]) {
    this.run = mkdtempSync(join(tmpdir(), 'coldslot-run-'));
    const own = ['--headless', '--run', this.run, '--endpoints', join(this.run, 'endpoints.json')];
    this.program = Program.start([...own, ...args], (line) => this.#log(line));
  }

  /** Runs `body` with a chassis whose agents are all there; afterwards nothing of it is left, come what may. */
  static async during(args: readonly string[], body: (chassis: RunningChassis) => Promise<void>): Promise<void> {
    const chassis = new RunningChassis(args);
    try {
      await chassis.#ready();
      await body(chassis);
    } catch (error) {
      console.error(chassis.program.errorLines.filter(isTelling).slice(-LOG_LINES_SHOWN).join('\n'));
      throw error;
    } finally {
      await chassis.#end();
    }
  }

  pid(part: Part): number {
    return (JSON.parse(readFileSync(join(this.run, 'pids.json'), 'utf8')) as Record<Part, number>)[part];
  }

  agentPid(sled: string): number | null {
    return agentPid(this.run, sled);
  }

  /** kill -9; resolves when it is gone. What is to start it again does. */
  async kill(part: Part): Promise<void> {
    await this.#killPid(this.pid(part));
  }

  async killAgent(sled: string): Promise<void> {
    const pid = this.agentPid(sled);
    if (pid !== null) await this.#killPid(pid);
  }

  /** Asks the controller; one that is just being started again is waited for. */
  async call(call: Parameters<typeof callController>[1]): Promise<unknown> {
    const endMs = performance.now() + 30_000;
    for (;;) {
      try {
        return await callController(join(this.run, 'control.sock'), call);
      } catch (error) {
        const isAway = error instanceof ColdslotError && error.code === 'no-controller';
        if (!isAway || performance.now() > endMs) throw error;
        await pause(LOOK_MS);
      }
    }
  }

  async move(workload: string, to: number): Promise<MoveView> {
    const { move } = (await this.call({ method: 'move', workload, to, dryRun: false })) as { move: MoveView };
    this.moves.set(move.id, move);
    return move;
  }

  /** Resolves with the Move when it is done or undone. */
  moveEnded(id: string, deadlineMs = 60_000): Promise<MoveView> {
    return until(
      `Move ${id} to end`,
      () => {
        const move = this.moves.get(id);
        return move?.state === 'done' || move?.state === 'undone' ? move : null;
      },
      deadlineMs,
    );
  }

  /** Where the view of a controller that knows all its agents has it. */
  slotOf(workload: string): number | null {
    return this.view?.workloads.find((entry) => entry.id === workload)?.slot ?? null;
  }

  /** All parts are there: guardian connected, every agent online, every workload running once. */
  async whole(deadlineMs = 60_000): Promise<void> {
    const look = () => this.#fault();
    await until('the chassis to be whole', () => look() === null, deadlineMs).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}: ${look()}`);
    });
  }

  copies(workload?: string): WorkloadProcess[] {
    return workloadProcesses(this.run).filter((copy) => workload === undefined || copy.workload === workload);
  }

  /** The newest count of a workload over all sleds. */
  count(workload: string): number {
    const lines = this.#counterLogs()
      .filter((log) => log.workload === workload)
      .flatMap((log) => log.text.split('\n').slice(0, -1));
    return Math.max(0, ...lines.map((line) => Number.parseInt(line, 10)));
  }

  /** Judges the run: one copy of each workload, no count backwards or by two, no Move open. */
  async judge(): Promise<void> {
    await this.whole();
    const { workloads } = this;
    const open = [...this.moves.values()].filter((move) => move.state !== 'done' && move.state !== 'undone');
    assert.deepEqual(open, [], 'Moves are open');
    const copies = this.copies().map((copy) => copy.workload);
    assert.deepEqual(copies.toSorted(), workloads, 'each workload runs exactly once');
    assert.deepEqual(this.doubles, [], 'two copies existed');
    const logs = this.#counterLogs();
    for (const workload of workloads) {
      const texts = logs.filter((log) => log.workload === workload).map((log) => log.text);
      const undone = [...this.moves.values()].filter((move) => move.workload === workload && move.state === 'undone');
      assert.ok(texts.length > 0, `${workload} has counted`);
      assert.deepEqual(
        counterViolations(
          texts,
          undone.map((move) => move.epoch),
        ),
        [],
        `the count of ${workload}`,
      );
    }
  }

  async reportAfter(plantSeconds: number, deadlineMs = 120_000): Promise<PlantReport> {
    return until(
      `plant second ${plantSeconds}`,
      () => this.reports.find((r) => r.plantSeconds >= plantSeconds),
      deadlineMs,
    );
  }

  async #ready(): Promise<void> {
    const file = join(this.run, 'endpoints.json');
    let ended: number | string | null = null;
    void this.program.ended.then((how) => (ended = how));
    this.endpoints = await until(
      'the endpoints file',
      () => {
        if (ended !== null) throw new Error(`it ended with ${ended}: ${this.program.errorLines.at(-1) ?? ''}`);
        return readJson(file) as { mqtt: string } | null;
      },
      60_000,
    );
    this.#watch();
    this.#look();
    this.workloads = configuredWorkloads(join(this.run, 'state/hwsim/sleds'));
    await this.whole();
  }

  #watch(): void {
    const again = () => {
      if (this.#looking !== null) setTimeout(() => this.#watch(), LOOK_MS);
    };
    const take = (view: ChassisView) => {
      this.view = view;
      for (const move of view.moves) this.moves.set(move.id, move);
    };
    const lost = () => {
      this.view = null;
      again();
    };
    watchController(join(this.run, 'control.sock'), WATCH_HZ, take, lost).then(
      (stop) => (this.#stopWatching = stop),
      again,
    );
  }

  /** Looks all the time whether a workload has two copies. */
  #look(): void {
    const seen = new Map<string, WorkloadProcess>();
    for (const copy of this.copies()) {
      const other = seen.get(copy.workload);
      seen.set(copy.workload, copy);
      if (other !== undefined) this.doubles.push(`${JSON.stringify(other)} beside ${JSON.stringify(copy)}`);
    }
    this.#looking = setTimeout(() => this.#look(), LOOK_MS);
  }

  /** What is not as it should be; null when all is well. */
  #fault(): string | null {
    const { view } = this;
    if (view === null) return 'the controller is away';
    if (view.guardian !== 'connected') return 'the guardian is away';
    const sleds = view.slots.filter((slot) => slot.sled !== null).length;
    const online = view.agents.filter((agent) => agent.state === 'online').length;
    if (sleds === 0 || online < sleds) return `${online} agents of ${sleds} are online`;
    const missing = this.workloads.filter((id) => view.workloads.every((workload) => workload.id !== id));
    if (missing.length > 0) return `nobody announces ${missing.join(', ')}`;
    const notRunning = view.workloads.filter((workload) => workload.state !== 'running');
    if (notRunning.length > 0) return notRunning.map((workload) => `${workload.id} is ${workload.state}`).join(', ');
    const copies = this.copies();
    const homeless = view.workloads.filter((workload) => copies.every((copy) => copy.workload !== workload.id));
    return homeless.length === 0 ? null : `no process of ${homeless.map((workload) => workload.id).join(', ')}`;
  }

  #log(line: string): void {
    const json = parse(line) as { report?: PlantReport } | null;
    if (json?.report === undefined) return;
    const lastS = this.reports.at(-1)?.plantSeconds ?? 0;
    if (json.report.plantSeconds < lastS) this.reports.length = 0; // the course begins: from here on it counts
    this.reports.push(json.report);
  }

  #counterLogs(): { readonly workload: string; readonly text: string }[] {
    const sleds = join(this.run, 'state/hwsim/sleds');
    const files = readdirSync(sleds, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('/counter.log'),
    );
    const known = new Set(this.copies().map((copy) => copy.workload));
    return files.flatMap((file) => {
      const workload = file.split('/').find((part) => known.has(part));
      const text = readOrNull(join(sleds, file));
      return workload === undefined || text === null ? [] : [{ workload, text }];
    });
  }

  async #killPid(pid: number): Promise<void> {
    killNow(pid);
    await until(`process ${pid} to be gone`, () => !processesOf(this.run).includes(pid));
    await pause(LOOK_MS); // until its end is seen on the connections it had
  }

  async #end(): Promise<void> {
    if (this.#looking !== null) clearTimeout(this.#looking);
    this.#looking = null;
    this.#stopWatching();
    this.program.process.kill('SIGINT');
    const late = setTimeout(() => killNow(this.program.pid), END_MS);
    const how = await this.program.ended;
    clearTimeout(late);
    const left = processesOf(this.run);
    for (const pid of left) killNow(pid);
    rmSync(this.run, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    assert.deepEqual(left, [], 'processes were left after the end');
    assert.equal(how, 0, 'ended in order');
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

export const SCENARIOS = `${PROJECT}/hwsim/scenarios`;

function isTelling(line: string): boolean {
  return !line.includes('"report":');
}

function readJson(file: string): unknown {
  const text = readOrNull(file);
  return text === null ? null : parse(text);
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Agents are online before their workloads run: after a boot these wait for their floors. */
function configuredWorkloads(sleds: string): string[] {
  const configs = readdirSync(sleds).map((sled) => readJson(join(sleds, sled, 'agent.json')));
  const ids = (configs as { services: { id: string }[] }[]).flatMap(({ services }) => services.map(({ id }) => id));
  return ids.toSorted();
}
