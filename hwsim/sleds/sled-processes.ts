// Which processes of this machine belong to which sled: what descends from the sled's agent, and what carries the
// sled's marks in its environment. The marks find work whose agent was killed: orphans belong to process 1.
import { ageS, isAlive, livingPids, readEnvironment, readStat, type ProcessId, type ProcessStat } from './proc.ts';

/** Environment variables that every process of a sled carries, given to it by its agent. */
export const SLED_VARIABLE = 'COLDSLOT_SLED';
export const RUN_VARIABLE = 'COLDSLOT_RUN';
const STATE_VARIABLE = 'STATE_DIRECTORY';

/** A process this young may still be between fork and exec, with its parent's environment. */
const SETTLED_AGE_S = 1;

interface Sled {
  readonly id: string;
  readonly stateRoot: string;
  agentPid: number | null;
  readonly members: Map<number, ProcessId>;
}

export class SledProcesses {
  /** Names this run of the simulator; other runs on the machine have sleds of the same names. */
  readonly #run: string;
  readonly #sleds = new Map<string, Sled>();
  /** Processes looked at once and found to be nobody's. */
  #strangers = new Set<number>();

  constructor(run: string) {
    this.#run = run;
  }

  addSled(id: string, stateRoot: string): void {
    this.#sleds.set(id, { id, stateRoot, agentPid: null, members: new Map() });
  }

  sledIds(): string[] {
    return [...this.#sleds.keys()];
  }

  setAgent(id: string, pid: number | null): void {
    const sled = this.#sleds.get(id);
    if (sled !== undefined) sled.agentPid = pid;
  }

  /** Looks for new processes and forgets those that ended. */
  scan(): void {
    const living = new Set(livingPids());
    for (const sled of this.#sleds.values()) {
      for (const [pid, member] of sled.members) if (!isAlive(member)) sled.members.delete(pid);
    }
    this.#strangers = new Set([...this.#strangers].filter((pid) => living.has(pid)));
    // parents have their children after them, except where pids have wrapped around: hence a second look
    const fresh = [...living]
      .filter((pid) => !this.#strangers.has(pid) && !this.#isKnown(pid))
      .toSorted((a, b) => a - b);
    const unclear = fresh.filter((pid) => !this.#place(pid, false));
    for (const pid of unclear) this.#place(pid, true);
  }

  /** The sled's processes but for its agent, as of the last scan. */
  workload(id: string): ProcessId[] {
    return [...(this.#sleds.get(id)?.members.values() ?? [])];
  }

  #isKnown(pid: number): boolean {
    for (const sled of this.#sleds.values()) if (sled.agentPid === pid || sled.members.has(pid)) return true;
    return false;
  }

  /** Whether it is clear now whose it is. */
  #place(pid: number, isLastLook: boolean): boolean {
    const stat = readStat(pid);
    if (stat === null) return true;
    const sled = this.#ownerOf(stat);
    if (sled !== null) sled.members.set(pid, { pid, startTicks: stat.startTicks });
    else if (isLastLook && ageS(stat) > SETTLED_AGE_S) this.#strangers.add(pid);
    return sled !== null;
  }

  #ownerOf(stat: ProcessStat): Sled | null {
    for (const sled of this.#sleds.values()) {
      if (stat.parentPid === sled.agentPid || sled.members.has(stat.parentPid)) return sled;
    }
    const environment = readEnvironment(stat.pid);
    for (const sled of this.#sleds.values()) {
      const marked = environment.get(RUN_VARIABLE) === this.#run && environment.get(SLED_VARIABLE) === sled.id;
      if (marked || environment.get(STATE_VARIABLE)?.startsWith(`${sled.stateRoot}/`) === true) return sled;
    }
    return null;
  }
}
