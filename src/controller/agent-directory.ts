// What the agents say of themselves: which sled sits in which slot, what runs where. Pure state over their records.
import type { AgentStatus, AgentWorkload } from '../protocols/agent-messages.ts';
import type { AgentView } from '../core/view.ts';

/** A workload as its owner announces it. */
export interface PlacedWorkload {
  readonly sled: string;
  /** Null while the sled's slot is not known. */
  readonly slot: number | null;
  readonly online: boolean;
  readonly workload: AgentWorkload;
}

export class AgentDirectory {
  readonly #statuses = new Map<string, AgentStatus>();
  readonly #onlineListeners = new Set<(sled: string) => void>();
  /** Slot by sled id, from the sleds' FRU serial numbers. */
  #fruSlots: ReadonlyMap<string, number> = new Map();

  /** Keeps the newest record of a sled. */
  update(status: AgentStatus): void {
    const before = this.#statuses.get(status.sled);
    this.#statuses.set(status.sled, status);
    const cameBack = before?.state !== 'online' || status.seq < before.seq; // `seq` begins anew with the process
    if (status.state === 'online' && cameBack) for (const listener of this.#onlineListeners) listener(status.sled);
  }

  /** Calls back when an agent comes online, or has been started again. */
  onOnline(listener: (sled: string) => void): () => void {
    this.#onlineListeners.add(listener);
    return () => this.#onlineListeners.delete(listener);
  }

  setFruSlots(slots: ReadonlyMap<string, number>): void {
    this.#fruSlots = slots;
  }

  /** The agent's last record; null when none was ever seen. */
  status(sled: string): AgentStatus | null {
    return this.#statuses.get(sled) ?? null;
  }

  /** Where the sled's FRU is seen; else where its agent says that it sits, unless another agent's FRU is seen there. */
  slotOf(sled: string): number | null {
    const seen = this.#fruSlots.get(sled);
    if (seen !== undefined) return seen;
    const told = this.#statuses.get(sled)?.slot ?? null;
    return told === null || this.#isKnownByFru(told) ? null : told;
  }

  /** The sled with an agent online in a slot. */
  sledIn(slot: number): string | null {
    for (const [sled, status] of this.#statuses) {
      if (status.state === 'online' && this.slotOf(sled) === slot) return sled;
    }
    return null;
  }

  agents(): AgentView[] {
    return [...this.#statuses.values()].map((status) => ({
      sled: status.sled,
      slot: this.slotOf(status.sled),
      state: status.state,
      version: status.version,
    }));
  }

  statuses(): readonly AgentStatus[] {
    return [...this.#statuses.values()];
  }

  /**
   * One entry a workload. Both ends of a Move announce it: the copy that runs counts, else the one that is kept (the
   * source), else the one on probation; of equal copies the one with the higher epoch.
   */
  workloads(): PlacedWorkload[] {
    const best = new Map<string, PlacedWorkload>();
    for (const status of this.#statuses.values()) {
      const slot = this.slotOf(status.sled);
      for (const workload of status.workloads) {
        const entry = { sled: status.sled, slot, online: status.state === 'online', workload };
        const other = best.get(workload.id);
        if (other === undefined || standing(entry, other) > 0) best.set(workload.id, entry);
      }
    }
    return [...best.values()].toSorted((a, b) => (a.workload.id < b.workload.id ? -1 : 1));
  }

  /** Whether the FRU in a slot names a sled whose agent is known; serial numbers that name no agent decide nothing. */
  #isKnownByFru(slot: number): boolean {
    return [...this.#fruSlots].some(([sled, seen]) => seen === slot && this.#statuses.has(sled));
  }

  /** Workloads that more than one online agent says it runs: never right, always said. */
  claimedTwice(): string[] {
    const seen = new Set<string>();
    const twice = new Set<string>();
    for (const status of this.#statuses.values()) {
      for (const id of runningOn(status)) {
        if (seen.has(id)) twice.add(id);
        seen.add(id);
      }
    }
    return [...twice];
  }

  /** Sleds whose agents are online and say that they run the workload. */
  runnersOf(workload: string): string[] {
    return this.statuses().flatMap((status) => (runningOn(status).includes(workload) ? [status.sled] : []));
  }
}

function runningOn(status: AgentStatus): string[] {
  if (status.state !== 'online') return [];
  return status.workloads.filter(({ state }) => state === 'running').map(({ id }) => id);
}

const STATE_RANK = { running: 3, frozen: 2, stopped: 2, failed: 2, probation: 1 } as const;
/** The last word of an agent that is gone counts less than what one says that is here. */
const OFFLINE_RANKS_LOST = 2;

/** Above 0 when `a` is more likely the owner than `b`. */
function standing(a: PlacedWorkload, b: PlacedWorkload): number {
  return rank(a) - rank(b) || a.workload.epoch - b.workload.epoch;
}

function rank(entry: PlacedWorkload): number {
  return STATE_RANK[entry.workload.state] - (entry.online ? 0 : OFFLINE_RANKS_LOST);
}
